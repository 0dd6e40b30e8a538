extension InlineResponse {
    /// An answer with the fields the server would add to an ordinary one: `X-Content-Type-Options` and, but for 304,
    /// `Content-Length`. Traps where a field could not be sent, since these fields come from the program.
    package convenience init(status: Int, headers: HTTPFields, body: [UInt8] = []) {
        var head = Array("HTTP/1.1 \(status) \(StatusPhrase.of(status))\r\n".utf8)
        var fields = headers
        fields["x-content-type-options"] = "nosniff"
        if status != 304, status != 204 { fields["content-length"] = String(body.count) }
        for field in fields.fields {
            precondition(ResponseFields.isSendable(field), "a response field that cannot be sent: \(field.name)")
            ResponseFields.append(field, to: &head)
        }
        self.init(status: status, head: head, body: body)
    }
}

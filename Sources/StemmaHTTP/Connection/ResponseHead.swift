/// Writes the head of an answer.
enum ResponseHead {
    /// How the answer's body is delimited.
    enum Framing {
        case length(Int64)
        case chunked
        /// By the end of the connection: HTTP/1.0 only.
        case untilClose
        /// 204 and 304, which have neither body nor length.
        case none
    }

    /// Statuses whose answers have no body (RFC 9110 section 6.4.1).
    static func hasNoBody(_ status: Int) -> Bool { status == 204 || status == 304 }

    /// Whether the head can be sent: a final status, and fields without control characters.
    static func isSendable(_ response: HTTPResponse) -> Bool {
        (200...599).contains(response.status) && response.headers.fields.allSatisfy(ResponseFields.isSendable)
    }

    /// How an answer to `method` has to be delimited. A HEAD handler may give the length in a field and no body.
    static func framing(_ response: HTTPResponse, isHead: Bool, isHTTP10: Bool) -> Framing {
        if hasNoBody(response.status) { return .none }
        switch response.body {
        case .none:
            if isHead, let given = response.headers["content-length"], let length = Int64(given), length >= 0 {
                return .length(length)
            }
            return .length(0)
        case .bytes(let bytes): return .length(Int64(bytes.count))
        case .file(let region): return .length(region.length)
        case .stream(let length?, _): return .length(length)
        case .stream(nil, _): return isHTTP10 ? .untilClose : .chunked
        }
    }

    /// Appends status line, fields and empty line.
    static func write(
        _ response: HTTPResponse, framing: Framing, requestID: String, ends: Bool, common: borrowing CommonFields,
        to output: inout ByteBuffer
    ) {
        output.append("HTTP/1.1 \(response.status) \(StatusPhrase.of(response.status))\r\n")
        var bytes: [UInt8] = []
        for field in response.headers.fields where !ResponseFields.isManaged(field.name) {
            ResponseFields.append(field, to: &bytes)
        }
        output.append(bytes)
        output.append("X-Content-Type-Options: nosniff\r\n")
        switch framing {
        case .length(let length): output.append("Content-Length: \(length)\r\n")
        case .chunked: output.append("Transfer-Encoding: chunked\r\n")
        case .untilClose, .none: break
        }
        output.append(common.dateLine)
        output.append("X-Request-Id: \(requestID)\r\n")
        if ends { output.append("Connection: close\r\n") }
        output.append("\r\n")
    }
}

/// Rules for the fields of an answer (RFC 9110 section 5.5).
enum ResponseFields {
    /// Whether the field's name is a token and its value has no control character: nobody splits our answers.
    static func isSendable(_ field: HTTPFields.Field) -> Bool {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(ByteScan.isToken) else { return false }
        return field.value.utf8.allSatisfy { ($0 >= 0x20 || $0 == ByteScan.tab) && $0 != 0x7F }
    }

    /// Fields that frame the message or belong to the connection: the server's own.
    static func isManaged(_ name: String) -> Bool {
        switch name {
        case "connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade",
            "x-content-type-options", "x-request-id":
            true
        default: false
        }
    }

    /// `Content-Type: text/plain` CRLF, the name with capitals as people write it.
    static func append(_ field: HTTPFields.Field, to bytes: inout [UInt8]) {
        var startsWord = true
        for byte in field.name.utf8 {
            bytes.append(startsWord && byte &- 0x61 < 26 ? byte & 0xDF : byte)
            startsWord = byte == UInt8(ascii: "-")
        }
        bytes.append(contentsOf: [UInt8(ascii: ":"), ByteScan.space])
        bytes.append(contentsOf: field.value.utf8)
        bytes.append(contentsOf: [ByteScan.carriageReturn, ByteScan.lineFeed])
    }
}

/// Text made safe for a log: nothing a client sends can start a new line, move a terminal's cursor or show text in
/// another order than it has.
package enum LogText {
    /// Longer texts are cut; what follows says so. In bytes.
    static let maxBytes: Int = 16_384
    private static let hexDigits: [UInt8] = Array("0123456789abcdef".utf8)

    /// `text` with quotes around it and JSON's escapes in it (RFC 8259 section 7), which also cover DEL, the C1 controls,
    /// line separators and marks of writing direction.
    package static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        append(text, escapingQuotes: true, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The same without the quotes; quotation marks stay as they are.
    package static func appendPlain(_ text: String, to bytes: inout [UInt8]) {
        append(text, escapingQuotes: false, to: &bytes)
    }

    /// `text` as `appendPlain` writes it.
    package static func plain(_ text: String) -> String {
        var bytes: [UInt8] = []
        appendPlain(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ text: String, escapingQuotes: Bool, to bytes: inout [UInt8]) {
        let limit: Int = bytes.count + maxBytes
        for scalar in text.unicodeScalars {
            guard bytes.count < limit else {
                bytes.append(contentsOf: "...[cut]".utf8)
                return
            }
            switch scalar.value {
            case 0x5C: bytes.append(contentsOf: "\\\\".utf8)
            case 0x22 where escapingQuotes: bytes.append(contentsOf: "\\\"".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
            case let value where mustEscape(value): appendEscape(value, to: &bytes)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// Controls, line and paragraph separators, and the marks that override the direction of writing.
    private static func mustEscape(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    private static func appendEscape(_ value: UInt32, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift: UInt32 in [12, 8, 4, 0] { bytes.append(hexDigits[Int(value >> shift & 0xF)]) }
    }
}

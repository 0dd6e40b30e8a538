/// Strings as text between quotes, with the escapes of RFC 8785 section 3.2.2.2: `\b \t \n \f \r \" \\`, `\u00xx` in
/// lower case for the other control characters, and every other character as itself in UTF-8.
enum JSONStringText {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        ExactText.withBytes(text) { append($0, to: &bytes) }
    }

    static func append(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendContent(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendContent(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var pieceStart = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[pieceStart..<index]))
            appendEscape(byte, to: &bytes)
            pieceStart = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[pieceStart...]))
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0xF
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}

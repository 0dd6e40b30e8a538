internal import StemmaDigest

/// Reads one line of an export piece by piece, as `ExportText` wrote it.
struct LineCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// Whether the text stands here; then it is passed.
    mutating func skip(_ text: StaticString) -> Bool {
        let count: Int = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    /// Digits without leading zeros.
    mutating func number() -> Int64? {
        let start: Int = position
        var number: Int64 = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]),
            position - start < 16
        {
            number = number * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        guard position > start, position - start == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return number
    }

    /// 64 lowercase hexadecimal digits.
    mutating func digest() -> Digest? { hex().flatMap { Digest(bytes: $0) } }

    /// 64 lowercase hexadecimal digits.
    mutating func hex() -> [UInt8]? {
        let end: Int = position + 2 * Digest.byteCount
        guard end <= bytes.count, let decoded = Hex.decode(UnsafeBufferPointer(rebasing: bytes[position..<end])) else {
            return nil
        }
        position = end
        return decoded
    }

    /// What a string that was opened stands for; passes its end. Nil where it is not escaped as canonical JSON is.
    mutating func string() -> [UInt8]? {
        guard let (text, end) = CanonicalText.unescape(bytes, from: position) else { return nil }
        position = end
        return text
    }

    /// The content of a string that was opened, as it stands and as what it stands for; passes its end.
    mutating func raw() -> (raw: ArraySlice<UInt8>, text: [UInt8])? {
        let start: Int = position
        guard let text = string() else { return nil }
        return (Array(bytes[start..<(position - 1)])[...], text)
    }

    /// The text of one JSON value, whose end is found by its brackets. It may still be no JSON.
    mutating func value() -> [UInt8]? {
        let start: Int = position
        var depth: Int = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard position < bytes.count else { return nil }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return position > start ? Array(bytes[start..<position]) : nil }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return position > start ? Array(bytes[start..<position]) : nil
            default: break
            }
            position += 1
        }
        return nil
    }
}

internal import StemmaJSON

/// Reads a leaf of the log in one pass over its bytes and finds out whether it is canonical JSON (RFC 8785) of strings, integers
/// within 2^53 - 1, booleans, nulls, arrays and objects: the only text that there is for its value.
///
/// Building the value and writing it again would tell the same, at many times the cost, for every line of an export.
struct LeafScanner {
    /// What the verifier needs of a leaf. Texts are places in it, between their quotes.
    struct Findings {
        var sequence: Int64?
        var time: Range<Int>?
        /// Commitments by field.
        var commitments: [Opening] = []
    }

    /// Where a leaf commits to a private value.
    struct Opening {
        let field: Range<Int>
        let commitment: Range<Int>
    }

    /// Levels of nesting; the registry's own requests have far fewer.
    static let depthMax: Int = 512
    private static let integerMax: Int64 = (1 << 53) - 1

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int = 0
    private var isASCII: Bool = true
    private var findings = Findings()

    /// Nil where the text is not canonical, or no object.
    static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Findings? {
        var scanner = LeafScanner(bytes: bytes)
        guard scanner.peek == UInt8(ascii: "{"), scanner.object(depth: 1, member: nil), scanner.position == bytes.count
        else { return nil }
        if !scanner.isASCII, String(validating: bytes, as: UTF8.self) == nil { return nil }
        return scanner.findings
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let count: Int = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { return false }
        position += count
        return true
    }

    /// `member`: the name of the top-level member that this is the value of.
    private mutating func value(depth: Int, member: Range<Int>?) -> Bool {
        switch peek {
        case UInt8(ascii: "\""):
            guard let range = string() else { return false }
            if let member, isName(member, "ts") { findings.time = range }
            return true
        case UInt8(ascii: "{"): return object(depth: depth, member: member)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "t"): return literal("true")
        case UInt8(ascii: "f"): return literal("false")
        case UInt8(ascii: "n"): return literal("null")
        default:
            guard let number = integer() else { return false }
            if let member, isName(member, "seq") { findings.sequence = number }
            return true
        }
    }

    private mutating func object(depth: Int, member: Range<Int>?) -> Bool {
        guard depth <= LeafScanner.depthMax, take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        let isPrivate: Bool = depth == 2 && member.map { isName($0, "priv") } ?? false
        var last: Range<Int>?
        repeat {
            guard let name = string(), last.map({ precedes($0, name) }) ?? true, take(UInt8(ascii: ":")) else {
                return false
            }
            last = name
            let start: Int = position
            guard value(depth: depth + 1, member: depth == 1 ? name : nil) else { return false }
            if isPrivate {
                guard bytes[start] == UInt8(ascii: "\"") else { return false }
                findings.commitments.append(Opening(field: name, commitment: (start + 1)..<(position - 1)))
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth <= LeafScanner.depthMax, take(UInt8(ascii: "[")) else { return false }
        if take(UInt8(ascii: "]")) { return true }
        repeat {
            guard value(depth: depth + 1, member: nil) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]"))
    }

    private mutating func integer() -> Int64? {
        let isNegative: Bool = take(UInt8(ascii: "-"))
        let start: Int = position
        var number: Int64 = 0
        while let digit = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), position - start < 17 {
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
            position += 1
        }
        let count: Int = position - start
        guard count > 0, number <= LeafScanner.integerMax, count == 1 || bytes[start] != UInt8(ascii: "0"),
            !isNegative || number != 0
        else { return nil }
        return isNegative ? -number : number
    }

    /// The content's range. Only what must be escaped may be, in the one way that RFC 8785 section 3.2.2.2 has for it.
    private mutating func string() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start: Int = position
        while position < bytes.count {
            let byte: UInt8 = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): guard escape() else { return nil }
            case 0..<0x20: return nil
            default:
                if byte >= 0x80 { isASCII = false }
                position += 1
            }
        }
        return nil
    }

    private mutating func escape() -> Bool {
        guard let escape = CanonicalText.escaped(bytes, at: position) else { return false }
        position += escape.length
        return true
    }

    private func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != name.utf8Start[offset] { return false }
        return true
    }

    /// Whether a name stands before another by its UTF-16 code units. Names that hold escapes are compared unescaped.
    private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        if bytes[left].contains(UInt8(ascii: "\\")) || bytes[right].contains(UInt8(ascii: "\\")) {
            return CanonicalText.unescaped(bytes[left]).withUnsafeBufferPointer { left in
                CanonicalText.unescaped(bytes[right]).withUnsafeBufferPointer { CanonicalJSON.precedes(left, $0) }
            }
        }
        return CanonicalJSON.precedes(
            UnsafeBufferPointer(rebasing: bytes[left]), UnsafeBufferPointer(rebasing: bytes[right]))
    }
}

/// Escapes of canonical JSON strings.
enum CanonicalText {
    /// The code of `\u00xx` in lower case at a position; nil for anything else.
    private static func control(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt8? {
        guard position + 6 <= bytes.count, bytes[position + 2] == UInt8(ascii: "0"),
            bytes[position + 3] == UInt8(ascii: "0"),
            bytes[position + 4] == UInt8(ascii: "0")
                || bytes[position + 4] == UInt8(ascii: "1"), let low = hexDigit(bytes[position + 5])
        else { return nil }
        return (bytes[position + 4] - UInt8(ascii: "0")) << 4 | low
    }

    /// Whether a control character has no shorter escape.
    private static func isWrittenByNumber(_ code: UInt8) -> Bool { ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(code) }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// What an escaped text stands for, which begins at `start` and ends with a quote, and the position behind that; nil where
    /// the text is not canonical or does not end.
    static func unescape(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (text: [UInt8], end: Int)? {
        guard let quote = closingQuote(bytes, from: start) else { return nil }
        var isCanonical: Bool = true
        let text = [UInt8](unsafeUninitializedCapacity: quote - start) { target, count in
            var position: Int = start
            while position < quote {
                var byte: UInt8 = bytes[position]
                if byte == UInt8(ascii: "\\") {
                    guard let escape = escaped(bytes, at: position) else {
                        isCanonical = false
                        return
                    }
                    byte = escape.byte
                    position += escape.length
                } else {
                    guard byte >= 0x20 else {
                        isCanonical = false
                        return
                    }
                    position += 1
                }
                target[count] = byte
                count += 1
            }
        }
        return isCanonical ? (text, quote + 1) : nil
    }

    private static func closingQuote(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position: Int = start
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\"") { return position }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// What the escape at a position stands for, and how many bytes it has; nil where it is not the canonical one.
    static func escaped(
        _ bytes: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (byte: UInt8, length: Int)? {
        guard position + 1 < bytes.count else { return nil }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return (bytes[position + 1], 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "n"): return (0x0A, 2)
        case UInt8(ascii: "f"): return (0x0C, 2)
        case UInt8(ascii: "r"): return (0x0D, 2)
        case UInt8(ascii: "u"):
            guard let code = control(bytes, at: position), isWrittenByNumber(code) else { return nil }
            return (code, 6)
        default: return nil
        }
    }

    /// What a name with escapes stands for.
    static func unescaped(_ content: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        let closed: [UInt8] = Array(content) + [UInt8(ascii: "\"")]
        return closed.withUnsafeBufferPointer { unescape($0, from: 0)?.text ?? [] }
    }
}

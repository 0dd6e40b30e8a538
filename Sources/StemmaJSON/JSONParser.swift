/// Reads JSON strictly: RFC 8259 and nothing beside it, so that no other reader can take a text for something else.
///
/// Refused are also texts that the RFC leaves to the reader and on which readers disagree: duplicate member names
/// (compared after their escapes are undone, byte by byte), halves of surrogate pairs, a byte order mark, numbers
/// beyond the range of a 64-bit floating-point number, and nesting beyond `JSONLimits.depth`. An integer that fits 64
/// bits stays exact (`-0` is 0); a longer one becomes the nearest double. A number too small for a double becomes 0, as
/// IEEE 754 rounds it.
package enum JSONParser {
    /// Reads one value that fills the text but for white space. Memory is bounded by a small multiple of the text's
    /// size, stack by the depth limit. Throws `JSONError` for the first fault.
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        try read(bytes, limits: limits).get()
    }

    /// Typed errors do not pass through `withUnsafeBufferPointer` in all compilers, a `Result` does.
    private static func read(_ bytes: [UInt8], limits: JSONLimits) -> Result<JSONValue, JSONError> {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else {
                return .failure(JSONError(.emptyInput, byteOffset: 0))
            }
            var reader = JSONReader(base: base, count: buffer.count, depthLimit: limits.depth)
            do throws(JSONError) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
    }
}

/// The recursive descent over one text. Lives only while the buffer behind `base` does.
struct JSONReader {
    let base: UnsafePointer<UInt8>
    let count: Int
    let depthLimit: Int
    var position = 0
    /// Where strings with escapes are put together; kept from one string to the next.
    var scratch: [UInt8] = []

    init(base: UnsafePointer<UInt8>, count: Int, depthLimit: Int) {
        self.base = base
        self.count = count
        self.depthLimit = depthLimit
    }

    /// The next byte, or 0 at the end. A real NUL is allowed nowhere in JSON, so the two need no telling apart.
    @inline(__always)
    var byte: UInt8 { position < count ? base[position] : 0 }

    mutating func document() throws(JSONError) -> JSONValue {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            throw JSONError(.byteOrderMark, byteOffset: 0)
        }
        skipWhiteSpace()
        guard position < count else { throw JSONError(.emptyInput, byteOffset: position) }
        let value = try value(depth: 0)
        skipWhiteSpace()
        guard position == count else { throw JSONError(.trailingBytes, byteOffset: position) }
        return value
    }

    @inline(__always)
    mutating func skipWhiteSpace() {
        while position < count {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The fault for a byte that fits nothing: the text's end, or that byte.
    func unexpected() -> JSONError {
        JSONError(position < count ? .unexpectedByte : .unexpectedEnd, byteOffset: position)
    }

    /// Reads the value that begins at `position`; `depth` is the number of open arrays and objects around it.
    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"), UInt8(ascii: "I"): throw JSONError(.unknownLiteral, byteOffset: position)
        default: throw unexpected()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < count else { throw JSONError(.unexpectedEnd, byteOffset: count) }
            guard base[position + index] == text.utf8Start[index] else {
                throw JSONError(.unknownLiteral, byteOffset: position)
            }
        }
        position += length
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth <= depthLimit else { throw JSONError(.tooDeep, byteOffset: position) }
        position += 1
        skipWhiteSpace()
        var values: [JSONValue] = []
        if byte == UInt8(ascii: "]") {
            position += 1
            return values
        }
        while true {
            values.append(try value(depth: depth))
            skipWhiteSpace()
            switch byte {
            case UInt8(ascii: ","):
                position += 1
                skipWhiteSpace()
            case UInt8(ascii: "]"):
                position += 1
                return values
            default: throw unexpected()
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        guard depth <= depthLimit else { throw JSONError(.tooDeep, byteOffset: position) }
        position += 1
        skipWhiteSpace()
        var members: [JSONObject.Member] = []
        if byte == UInt8(ascii: "}") {
            position += 1
            return JSONObject(members)
        }
        var known: Set<ExactName> = []
        while true {
            guard byte == UInt8(ascii: "\"") else { throw unexpected() }
            let nameOffset = position
            let name = try string()
            guard isNew(name, among: members, known: &known) else {
                throw JSONError(.duplicateName, byteOffset: nameOffset)
            }
            skipWhiteSpace()
            guard byte == UInt8(ascii: ":") else { throw unexpected() }
            position += 1
            skipWhiteSpace()
            members.append(JSONObject.Member(name: name, value: try value(depth: depth)))
            skipWhiteSpace()
            switch byte {
            case UInt8(ascii: ","):
                position += 1
                skipWhiteSpace()
            case UInt8(ascii: "}"):
                position += 1
                return JSONObject(members)
            default: throw unexpected()
            }
        }
    }

    /// Few names are compared one by one; more go to a set, so that many members cost no more than linear time.
    @inline(__always)
    private func isNew(_ name: String, among members: [JSONObject.Member], known: inout Set<ExactName>) -> Bool {
        let fewNames = 16
        if members.count <= fewNames {
            for member in members where ExactText.areSame(member.name, name) { return false }
            return true
        }
        if known.isEmpty { known = Set(members.lazy.map { ExactName($0.name) }) }
        return known.insert(ExactName(name)).inserted
    }
}

extension JSONReader {
    /// Reads the string whose opening quote is at `position`.
    mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        skipPlainBytes()
        if byte == UInt8(ascii: "\""), position < count {
            let text = try text(UnsafeBufferPointer(start: base + start, count: position - start), at: start)
            position += 1
            return text
        }
        return try stringWithEscapes(from: start)
    }

    /// Moves to the next quote, backslash or control character, or to the end; eight bytes at a time while they are
    /// plain.
    @inline(__always)
    private mutating func skipPlainBytes() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawPointer(base)
        while position + 8 <= count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            // Each term has a high bit set where its byte is zero (or, for the last, below 0x20) or non-ASCII follows.
            let found =
                ((quotes &- ones) & ~quotes)
                | ((backslashes &- ones) & ~backslashes)
                | ((word &- (ones &* 0x20)) & ~word)
            if found & highBits != 0 { break }
            position += 8
        }
        while position < count {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
            position += 1
        }
    }

    /// Goes on where plain bytes end: copies the string to `scratch` piece by piece with its escapes undone.
    private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var pieceStart = start
        while true {
            guard position < count else { throw JSONError(.unexpectedEnd, byteOffset: count) }
            // Checked piece by piece, because an escape in the middle of a character's bytes must not mend or break it.
            let piece = UnsafeBufferPointer(start: base + pieceStart, count: position - pieceStart)
            if let fault = UTF8Check.firstFault(in: piece) {
                throw JSONError(.invalidUTF8, byteOffset: pieceStart + fault)
            }
            scratch.append(contentsOf: piece)
            switch base[position] {
            case UInt8(ascii: "\""):
                position += 1
                return scratch.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            case UInt8(ascii: "\\"):
                try escape()
            default:
                throw JSONError(.controlCharacter, byteOffset: position)
            }
            pieceStart = position
            skipPlainBytes()
        }
    }

    /// Checked here and not by `String(validating:)`, which costs a generic call per string and names no place.
    @inline(__always)
    private func text(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) throws(JSONError) -> String {
        if let fault = UTF8Check.firstFault(in: bytes) {
            throw JSONError(.invalidUTF8, byteOffset: start + fault)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Undoes the escape whose backslash is at `position`.
    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        guard position < count else { throw JSONError(.unexpectedEnd, byteOffset: count) }
        let letter = base[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(letter)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape(from: start)
        default: throw JSONError(.invalidEscape, byteOffset: start)
        }
    }

    /// Reads the four digits after `\u` and, for the first half of a surrogate pair, the second half (RFC 8259 section
    /// 7).
    private mutating func unicodeEscape(from start: Int) throws(JSONError) {
        let unit = try fourHexDigits(from: start)
        var code = UInt32(unit)
        switch unit {
        case 0xD800...0xDBFF:
            let secondStart = position
            guard byte == UInt8(ascii: "\\"), position + 1 < count, base[position + 1] == UInt8(ascii: "u") else {
                throw JSONError(.loneSurrogate, byteOffset: start)
            }
            position += 2
            let second = try fourHexDigits(from: secondStart)
            guard (0xDC00...0xDFFF).contains(second) else { throw JSONError(.loneSurrogate, byteOffset: start) }
            code = 0x10000 + ((UInt32(unit) - 0xD800) << 10) + (UInt32(second) - 0xDC00)
        case 0xDC00...0xDFFF:
            throw JSONError(.loneSurrogate, byteOffset: start)
        default: break
        }
        // Every code that is left is a scalar value.
        guard let scalar = Unicode.Scalar(code) else { throw JSONError(.loneSurrogate, byteOffset: start) }
        scratch.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
    }

    private mutating func fourHexDigits(from start: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < count else { throw JSONError(.unexpectedEnd, byteOffset: count) }
            let digit = base[position]
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(digit - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(digit - 0x57)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(digit - 0x37)
            default: throw JSONError(.invalidEscape, byteOffset: start)
            }
            position += 1
        }
        return unit
    }
}

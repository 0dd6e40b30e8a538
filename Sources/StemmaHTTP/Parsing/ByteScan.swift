/// Byte classes and searches that the parsers share. All work on raw memory and allocate nothing.
enum ByteScan {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// The first byte in `start..<end` that no line may contain (a control other than a tab, or DEL); `end` if there is none.
    ///
    /// Eight bytes at a time: `(w - 0x20..) & ~w & 0x80..` marks bytes below 0x20, and the lowest mark is exact.
    @inline(__always)
    static func firstControl(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        let high: UInt64 = 0x8080_8080_8080_8080
        var at = start
        while at &+ 8 <= end {
            let word = base.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let flipped = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let low = (word &- 0x2020_2020_2020_2020) & ~word & high
            let delete = (flipped &- 0x0101_0101_0101_0101) & ~flipped & high
            let marks = low | delete
            if marks == 0 {
                at &+= 8
                continue
            }
            at &+= marks.trailingZeroBitCount &>> 3
            guard byte(base, at) == tab else { return at }
            at &+= 1
        }
        while at < end {
            let value = byte(base, at)
            if (value < 0x20 && value != tab) || value == 0x7F { return at }
            at &+= 1
        }
        return end
    }

    @inline(__always)
    static func byte(_ base: UnsafeRawPointer, _ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }

    /// A character of a token (RFC 9110 section 5.6.2).
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return (bits &>> UInt64(byte & 63)) & 1 == 1
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let lower = byte | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x61 &+ 10 : nil
    }

    /// Whether `count` bytes at `base` equal `name`, which is in lower case and holds letters, digits and `-` only. The
    /// bytes must be token characters, so that setting bit 5 cannot make another byte look like a letter or `-`.
    @inline(__always)
    static func equalsName(_ base: UnsafeRawPointer, _ count: Int, _ name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount else { return false }
        let other = name.utf8Start
        for index in 0..<count where byte(base, index) | 0x20 != other[index] { return false }
        return true
    }

    /// Compares ASCII letters without regard to case, other bytes exactly.
    static func equalsIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where lowered(left[index]) != lowered(right[index]) { return false }
        return true
    }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

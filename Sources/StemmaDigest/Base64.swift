/// Base 64 text (RFC 4648): the standard alphabet with padding (section 4) and the URL-safe one without (section 5).
package enum Base64 {
    /// How the text is spelled.
    package enum Variant: Sendable, CaseIterable {
        /// `A-Z a-z 0-9 + /`, padded with `=` to a multiple of four characters.
        case standard
        /// `A-Z a-z 0-9 - _`, never padded.
        case urlSafe
    }

    /// The text of `bytes`.
    package static func encode(_ bytes: [UInt8], as variant: Variant = .standard) -> String {
        let alphabet: [UInt8] = variant == .standard ? standardAlphabet : urlSafeAlphabet
        let groups: Int = (bytes.count + 2) / 3
        return String(unsafeUninitializedCapacity: groups * 4) { text in
            var position: Int = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let taken: Int = min(3, bytes.count - start)
                var group: UInt32 = 0
                for index in 0..<3 { group = group << 8 | (index < taken ? UInt32(bytes[start + index]) : 0) }
                for index in 0..<4 {
                    if index <= taken {
                        text[position] = alphabet[Int(group >> UInt32(18 - 6 * index)) & 63]
                    } else if variant == .standard {
                        text[position] = padding
                    } else {
                        continue
                    }
                    position += 1
                }
            }
            return position
        }
    }

    /// The bytes of `text`; nil unless it is exactly what `encode` writes for them: foreign characters, white space,
    /// wrong padding and stray bits in the last character are all refused, so that no two texts mean the same bytes
    /// (RFC 4648 section 3.5).
    package static func decode(_ text: some Collection<UInt8>, as variant: Variant = .standard) -> [UInt8]? {
        var characters: [UInt8] = Array(text)
        if variant == .standard {
            guard characters.count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where characters.last == padding { characters.removeLast() }
        }
        guard characters.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(characters.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount: Int = 0
        for character in characters {
            guard let value = value(of: character, in: variant) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= (1 << UInt32(bitCount)) - 1
            }
        }
        return bits == 0 ? result : nil
    }

    /// The bytes of `text`; nil unless it is exactly what `encode` writes for them.
    package static func decode(_ text: String, as variant: Variant = .standard) -> [UInt8]? {
        decode(text.utf8, as: variant)
    }

    private static let padding: UInt8 = UInt8(ascii: "=")
    private static let letters: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardAlphabet: [UInt8] = Array((letters + "+/").utf8)
    private static let urlSafeAlphabet: [UInt8] = Array((letters + "-_").utf8)

    private static func value(of character: UInt8, in variant: Variant) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+") where variant == .standard: 62
        case UInt8(ascii: "/") where variant == .standard: 63
        case UInt8(ascii: "-") where variant == .urlSafe: 62
        case UInt8(ascii: "_") where variant == .urlSafe: 63
        default: nil
        }
    }
}

/// Characters that names and paths refuse.
enum NameCharacters {
    /// The control characters of C0 and C1, and DEL.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// Characters that are not seen but change what is: direction controls, zero-width and tag characters, line and
    /// paragraph separators. The two joiners are let through, which scripts and emoji need.
    static func isInvisibleFormat(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0xA0, scalar != "\u{200C}", scalar != "\u{200D}" else { return false }
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// `U+202E`, for messages: the character itself might garble them.
    static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

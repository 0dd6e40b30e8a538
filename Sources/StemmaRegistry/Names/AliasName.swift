/// The name of an alias: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, but no version, with or without a `v` in front.
package struct AliasName: Hashable, Sendable, CustomStringConvertible {
    /// The name without an `@`.
    package let text: String

    /// Throws the first rule that the text breaks.
    package init(validating text: String) throws(NameFault) {
        let lengthMax = 64
        guard let first = text.utf8.first else { throw NameFault("must not be empty") }
        guard text.utf8.count <= lengthMax else { throw NameFault("must have at most \(lengthMax) characters") }
        guard Self.isAlphanumeric(first) else { throw NameFault("must begin with a letter or digit of ASCII") }
        guard text.utf8.allSatisfy({ Self.isAlphanumeric($0) || ".-_".utf8.contains($0) }) else {
            throw NameFault("may contain only letters and digits of ASCII, '.', '_' and '-'")
        }
        if SemanticVersion(text) != nil
            || (first == UInt8(ascii: "v") && SemanticVersion(String(text.unicodeScalars.dropFirst())) != nil)
        {
            throw NameFault("must not be a version")
        }
        self.text = text
    }

    /// The alias that the registry works out itself and nobody can set.
    package static let latest = AliasName(unchecked: "latest")

    /// True for `latest`.
    package var isComputed: Bool { self == .latest }

    package var description: String { text }

    private init(unchecked text: String) { self.text = text }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

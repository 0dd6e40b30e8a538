/// What a `{ref}` in a path may be.
package enum VersionReference: Hashable, Sendable {
    /// `2.1.3` or `v2.1.3`: this version and no other.
    case exact(SemanticVersion)
    /// `@production`: where the alias points.
    case alias(AliasName)
    /// `latest` or `@latest`: the highest release that may be used.
    case latest
    /// `^2.1`, `~2.1.0`, `2.x`, `2`: the highest version in the range.
    case range(VersionRange)

    /// Throws what is wrong with the text. A text with all three numbers is a version, one with fewer a range.
    package init(validating text: String) throws(NameFault) {
        if text.utf8.first == UInt8(ascii: "@") {
            let alias = try AliasName(validating: String(text.unicodeScalars.dropFirst()))
            self = alias.isComputed ? .latest : .alias(alias)
        } else if text == AliasName.latest.text {
            self = .latest
        } else if let version = SemanticVersion(text) {
            self = .exact(version)
        } else if text.utf8.first == UInt8(ascii: "v"),
            let version = SemanticVersion(String(text.unicodeScalars.dropFirst()))
        {
            self = .exact(version)
        } else if let range = VersionRange(text) {
            self = .range(range)
        } else {
            throw NameFault("must be a version (2.1.3), an alias (@production), latest, or a range (^2.1, ~2.1.0, 2.x)")
        }
    }

    /// Nil where the text is none of these.
    package init?(_ text: String) {
        do throws(NameFault) { try self.init(validating: text) } catch { return nil }
    }
}

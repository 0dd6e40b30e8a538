/// A version after Semantic Versioning 2.0.0, at most 128 bytes long; its numbers may have any number of digits.
///
/// Two values are equal when their texts are: `1.0.0+a` and `1.0.0+b` are two versions. Precedence (section 11) does
/// not tell them apart, so it is no `Comparable`, whose `<` would have to agree with `==`: ask `precedes` and
/// `isSamePrecedence`, or sort by `precedenceKey`.
package struct SemanticVersion: Hashable, Sendable, CustomStringConvertible {
    /// The version as it was given.
    package let text: String
    let core: VersionCore
    /// The dot-separated identifiers after the hyphen; empty for a release.
    package let prerelease: [String]
    /// The dot-separated identifiers after the plus sign.
    package let build: [String]
    /// Bytes whose order is that of precedence (`memcmp`, or a BLOB column's): equal for versions of the same
    /// precedence.
    package let precedenceKey: [UInt8]

    /// The longest text that is a version, in bytes.
    package static let bytesMax = 128

    /// Throws the first rule that the text breaks.
    package init(validating text: String) throws(NameFault) {
        guard !text.isEmpty else { throw NameFault("must not be empty") }
        guard text.utf8.count <= Self.bytesMax else {
            throw NameFault("must have at most \(Self.bytesMax) characters, found \(text.utf8.count)")
        }
        var parser = SemanticVersionParser(text)
        self = try parser.version()
    }

    /// Nil where the text is not a version.
    package init?(_ text: String) {
        do throws(NameFault) { try self.init(validating: text) } catch { return nil }
    }

    /// Puts a version together from checked parts; the length is not limited here.
    init(core: VersionCore, prerelease: [String] = [], build: [String] = []) {
        var text = core.text
        if !prerelease.isEmpty { text += "-" + prerelease.joined(separator: ".") }
        if !build.isEmpty { text += "+" + build.joined(separator: ".") }
        self.text = text
        self.core = core
        self.prerelease = prerelease
        self.build = build
        precedenceKey = SemanticVersionKey.bytes(core: core, prerelease: prerelease)
    }

    /// The digits of the three numbers.
    package var major: String { core.major }
    /// See `major`.
    package var minor: String { core.minor }
    /// See `major`.
    package var patch: String { core.patch }

    /// True where identifiers follow a hyphen.
    package var isPrerelease: Bool { !prerelease.isEmpty }

    package var description: String { text }

    /// True where this version is older in the sense of section 11.
    package func precedes(_ other: SemanticVersion) -> Bool {
        precedenceKey.lexicographicallyPrecedes(other.precedenceKey)
    }

    /// True where neither precedes the other: they differ in build metadata at most.
    package func isSamePrecedence(as other: SemanticVersion) -> Bool { precedenceKey == other.precedenceKey }

    package static func == (left: SemanticVersion, right: SemanticVersion) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Major, minor and patch number as decimal digits without needless zeros.
struct VersionCore: Hashable, Sendable {
    let major: String
    let minor: String
    let patch: String

    var text: String { "\(major).\(minor).\(patch)" }

    /// The decimal digits of the number that follows.
    static func successor(of digits: String) -> String {
        var bytes = Array(digits.utf8)
        var place = bytes.count - 1
        while place >= 0, bytes[place] == UInt8(ascii: "9") {
            bytes[place] = UInt8(ascii: "0")
            place -= 1
        }
        if place >= 0 { bytes[place] += 1 } else { bytes.insert(UInt8(ascii: "1"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

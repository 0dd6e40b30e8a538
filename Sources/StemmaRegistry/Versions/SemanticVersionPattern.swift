/// A version in a range whose last numbers may be missing or `x`, `X` or `*`; a `v` may stand in front.
struct SemanticVersionPattern {
    /// Nil stands for any number, and so do then the numbers after it.
    let major: String?
    let minor: String?
    let patch: String?
    let prerelease: [String]

    init(_ text: String) throws(NameFault) {
        let bare = text.utf8.first == UInt8(ascii: "v") ? String(text.unicodeScalars.dropFirst()) : text
        guard bare.utf8.count <= SemanticVersion.bytesMax else {
            throw NameFault("must not hold a version of more than \(SemanticVersion.bytesMax) characters")
        }
        if let version = SemanticVersion(bare) {
            (major, minor, patch) = (version.major, version.minor, version.patch)
            // Build metadata has no precedence, so a range takes no notice of it.
            prerelease = version.prerelease
            return
        }
        var numbers: [String?] = []
        for part in bare.split(separator: ".", omittingEmptySubsequences: false) {
            numbers.append(try Self.number(String(part), in: text))
        }
        guard numbers.count <= 3 else { throw Self.fault(text) }
        major = numbers[0]
        minor = major == nil || numbers.count < 2 ? nil : numbers[1]
        patch = minor == nil || numbers.count < 3 ? nil : numbers[2]
        prerelease = []
    }

    private static func fault(_ text: String) -> NameFault {
        NameFault("must be a range such as ^2.1, ~2.1.0, 2.x or >=1.2 <2.0; cannot read '\(text)'")
    }

    /// Nil for a wildcard.
    private static func number(_ part: String, in text: String) throws(NameFault) -> String? {
        if ["x", "X", "*"].contains(part) { return nil }
        guard !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0")
        else { throw fault(text) }
        return part
    }

    /// The version itself, with zeros for the numbers that are missing.
    var lowest: SemanticVersion {
        SemanticVersion(
            core: VersionCore(major: major ?? "0", minor: minor ?? "0", patch: patch ?? "0"), prerelease: prerelease)
    }

    var nextMajor: VersionCore {
        VersionCore(major: VersionCore.successor(of: major ?? "0"), minor: "0", patch: "0")
    }

    var nextMinor: VersionCore {
        VersionCore(major: major ?? "0", minor: VersionCore.successor(of: minor ?? "0"), patch: "0")
    }

    var nextPatch: VersionCore {
        VersionCore(major: major ?? "0", minor: minor ?? "0", patch: VersionCore.successor(of: patch ?? "0"))
    }
}

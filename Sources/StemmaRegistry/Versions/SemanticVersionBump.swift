/// Which number of a version is raised. A major bump is greater than a minor one, and that than a patch.
package enum VersionBump: String, Sendable, CaseIterable, Comparable {
    case patch
    case minor
    case major

    package static func < (left: VersionBump, right: VersionBump) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .patch: 0
        case .minor: 1
        case .major: 2
        }
    }
}

extension SemanticVersion {
    /// The next release after this version, without pre-release and build metadata.
    ///
    /// A pre-release that already leads to such a release becomes that release: `1.2.3-rc.1` gives 1.2.3 for a patch,
    /// `1.3.0-rc.1` gives 1.3.0 for a minor, `2.0.0-rc.1` gives 2.0.0 for a major bump. (npm's `semver inc` does the
    /// same.) Nil where the result would be longer than a version may be.
    package func bumped(_ bump: VersionBump) -> SemanticVersion? {
        let next: VersionCore
        switch bump {
        case .patch:
            next =
                isPrerelease
                ? core : VersionCore(major: major, minor: minor, patch: VersionCore.successor(of: patch))
        case .minor:
            next =
                isPrerelease && patch == "0"
                ? core : VersionCore(major: major, minor: VersionCore.successor(of: minor), patch: "0")
        case .major:
            next =
                isPrerelease && minor == "0" && patch == "0"
                ? core : VersionCore(major: VersionCore.successor(of: major), minor: "0", patch: "0")
        }
        let version = SemanticVersion(core: next)
        return version.text.utf8.count <= Self.bytesMax ? version : nil
    }

    /// The greatest number in which the two versions differ; nil where all three are the same.
    package func difference(from other: SemanticVersion) -> VersionBump? {
        if major != other.major { return .major }
        if minor != other.minor { return .minor }
        return patch != other.patch ? .patch : nil
    }
}

/// A set of versions in npm's range notation: `^2.1`, `~2.1.0`, `2.x`, `>=1.2 <2.0`, `1.2 - 2.0`, `1.x || >=3`, `*`.
///
/// A pre-release is in the range only where one of the alternatives (between `||`) admits it and also names a
/// pre-release of the same three numbers: `>=1.2.3-rc.1` holds `1.2.3-rc.2`, but not `1.2.4-rc.1`.
package struct VersionRange: Hashable, Sendable, CustomStringConvertible {
    /// One end of the range on the line of `SemanticVersion.precedenceKey`.
    package struct Bound: Hashable, Sendable {
        /// The precedence key of the version at this end.
        package let key: [UInt8]
        /// True where that version itself is within.
        package let isInclusive: Bool

        /// See the members.
        package init(key: [UInt8], isInclusive: Bool) {
            self.key = key
            self.isInclusive = isInclusive
        }
    }

    /// The text as it was given.
    package let text: String
    /// Versions in the range satisfy every comparator of one of these.
    let alternatives: [[VersionComparator]]

    /// The longest text that is a range, in bytes.
    package static let bytesMax = 256

    /// Throws what is wrong with the text.
    package init(validating text: String) throws(NameFault) {
        guard text.utf8.count <= Self.bytesMax else {
            throw NameFault("must have at most \(Self.bytesMax) characters")
        }
        self.text = text
        alternatives = try SemanticVersionRangeParser.alternatives(text)
    }

    /// Nil where the text is not a range.
    package init?(_ text: String) {
        do throws(NameFault) { try self.init(validating: text) } catch { return nil }
    }

    package var description: String { text }

    /// True where one of the alternatives holds the version; build metadata plays no part.
    package func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { comparators in
            comparators.allSatisfy { $0.admits(version) }
                && (!version.isPrerelease
                    || comparators.contains { $0.version.isPrerelease && $0.version.core == version.core })
        }
    }

    /// No version in the range lies before this; nil where it is open. A store narrows by it and then asks `contains`.
    package var lowerBound: Bound? {
        Self.hull(alternatives.map { $0.compactMap(\.lowerBound) }) { $1.key.lexicographicallyPrecedes($0.key) }
    }

    /// No version in the range lies beyond this; nil where it is open.
    package var upperBound: Bound? {
        Self.hull(alternatives.map { $0.compactMap(\.upperBound) }) { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// The loosest of the alternatives' tightest bounds; nil where an alternative has none. `isBeyond` tells whether
    /// the key of the first bound excludes more than that of the second.
    private static func hull(_ alternatives: [[Bound]], _ isBeyond: (Bound, Bound) -> Bool) -> Bound? {
        func isTighter(_ bound: Bound, _ other: Bound) -> Bool {
            bound.key == other.key ? !bound.isInclusive && other.isInclusive : isBeyond(bound, other)
        }
        var loosest: Bound?
        for bounds in alternatives {
            guard let tightest = bounds.min(by: isTighter) else { return nil }
            if let known = loosest, !isTighter(known, tightest) { continue }
            loosest = tightest
        }
        return loosest
    }
}

/// One comparison with a version by precedence.
struct VersionComparator: Hashable, Sendable {
    enum Relation: Hashable, Sendable { case less, lessOrEqual, equal, greaterOrEqual, greater }

    let relation: Relation
    let version: SemanticVersion

    func admits(_ candidate: SemanticVersion) -> Bool {
        switch relation {
        case .less: candidate.precedes(version)
        case .lessOrEqual: !version.precedes(candidate)
        case .equal: candidate.isSamePrecedence(as: version)
        case .greaterOrEqual: !candidate.precedes(version)
        case .greater: version.precedes(candidate)
        }
    }

    var lowerBound: VersionRange.Bound? {
        switch relation {
        case .less, .lessOrEqual: nil
        case .equal, .greaterOrEqual: VersionRange.Bound(key: version.precedenceKey, isInclusive: true)
        case .greater: VersionRange.Bound(key: version.precedenceKey, isInclusive: false)
        }
    }

    var upperBound: VersionRange.Bound? {
        switch relation {
        case .greater, .greaterOrEqual: nil
        case .equal, .lessOrEqual: VersionRange.Bound(key: version.precedenceKey, isInclusive: true)
        case .less: VersionRange.Bound(key: version.precedenceKey, isInclusive: false)
        }
    }
}

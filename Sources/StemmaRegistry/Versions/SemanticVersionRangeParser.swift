/// Turns npm's range notation into comparators. An upper end that comes from a partial version is written as "less than
/// the next one's first pre-release" (`<2.0.0-0`), which shuts its pre-releases out as well.
enum SemanticVersionRangeParser {
    static func alternatives(_ text: String) throws(NameFault) -> [[VersionComparator]] {
        var alternatives: [[VersionComparator]] = []
        for part in split(text) {
            alternatives.append(try comparators(part))
        }
        return alternatives
    }

    /// The parts between `||`.
    private static func split(_ text: String) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "|"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "|") {
                parts.append([])
                index += 2
            } else {
                parts[parts.count - 1].append(bytes[index])
                index += 1
            }
        }
        return parts
    }

    private static func comparators(_ part: [UInt8]) throws(NameFault) -> [VersionComparator] {
        var words: [String] = []
        for word in part.split(separator: UInt8(ascii: " ")) { words.append(String(decoding: word, as: UTF8.self)) }
        if words.isEmpty { throw NameFault("must not have an empty alternative; * stands for every version") }
        if words.count == 3, words[1] == "-" {
            return try hyphen(from: SemanticVersionPattern(words[0]), to: SemanticVersionPattern(words[2]))
        }
        var found: [VersionComparator] = []
        var index = 0
        while index < words.count {
            var word = words[index]
            // White space may stand between an operator and its version.
            if Operator.allCases.contains(where: { $0.rawValue == word }), !word.isEmpty, index + 1 < words.count {
                index += 1
                word += words[index]
            }
            found += try simple(word)
            index += 1
        }
        return found
    }

    private enum Operator: String, CaseIterable {
        // Longer ones first: the first that fits is taken.
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
        case equal = "="
        case caret = "^"
        case tilde = "~"
        case none = ""
    }

    private static func simple(_ word: String) throws(NameFault) -> [VersionComparator] {
        let sign = Operator.allCases.first { word.utf8.starts(with: $0.rawValue.utf8) } ?? .none
        let version = try SemanticVersionPattern(String(word.unicodeScalars.dropFirst(sign.rawValue.count)))
        switch sign {
        case .caret: return caret(version)
        case .tilde: return tilde(version)
        case .equal, .none: return same(version)
        case .less: return less(version)
        case .lessOrEqual: return lessOrEqual(version)
        case .greater: return greater(version)
        case .greaterOrEqual: return version.major == nil ? everything : [from(version)]
        }
    }

    /// Every release.
    private static let everything = [
        VersionComparator(relation: .greaterOrEqual, version: SemanticVersion(core: zero))
    ]

    /// No version at all lies before the first pre-release of 0.0.0.
    private static let nothing = [before(zero)]

    private static let zero = VersionCore(major: "0", minor: "0", patch: "0")

    private static func from(_ version: SemanticVersionPattern) -> VersionComparator {
        VersionComparator(relation: .greaterOrEqual, version: version.lowest)
    }

    private static func before(_ core: VersionCore) -> VersionComparator {
        VersionComparator(relation: .less, version: SemanticVersion(core: core, prerelease: ["0"]))
    }

    /// Up to the next major version; for 0.y.z the next minor; for 0.0.z the next patch: the leftmost number that is
    /// not 0 stays.
    private static func caret(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard let major = version.major else { return everything }
        if major != "0" || version.minor == nil { return [from(version), before(version.nextMajor)] }
        if version.minor != "0" || version.patch == nil { return [from(version), before(version.nextMinor)] }
        return [from(version), before(version.nextPatch)]
    }

    /// Up to the next minor version, or the next major where no minor is named.
    private static func tilde(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard version.major != nil else { return everything }
        return [from(version), before(version.minor == nil ? version.nextMajor : version.nextMinor)]
    }

    private static func same(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard version.patch == nil else { return [VersionComparator(relation: .equal, version: version.lowest)] }
        return tilde(version)
    }

    private static func less(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard version.major != nil else { return nothing }
        return version.patch == nil
            ? [before(version.lowest.core)] : [VersionComparator(relation: .less, version: version.lowest)]
    }

    private static func lessOrEqual(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard version.major != nil else { return everything }
        if version.minor == nil { return [before(version.nextMajor)] }
        if version.patch == nil { return [before(version.nextMinor)] }
        return [VersionComparator(relation: .lessOrEqual, version: version.lowest)]
    }

    private static func greater(_ version: SemanticVersionPattern) -> [VersionComparator] {
        guard version.major != nil else { return nothing }
        guard version.patch == nil else { return [VersionComparator(relation: .greater, version: version.lowest)] }
        let next = version.minor == nil ? version.nextMajor : version.nextMinor
        return [VersionComparator(relation: .greaterOrEqual, version: SemanticVersion(core: next))]
    }

    private static func hyphen(from low: SemanticVersionPattern, to high: SemanticVersionPattern) -> [VersionComparator]
    {
        var found = low.major == nil ? [] : [from(low)]
        if high.major != nil { found += lessOrEqual(high) }
        return found.isEmpty ? everything : found
    }
}

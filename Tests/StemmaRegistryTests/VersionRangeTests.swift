import StemmaRegistry
import Testing

@Suite struct VersionRangeTests {
    @Test(
        arguments: [
            ("^2.1", "2.1.0 2.1.3 2.9.9", "2.0.9 3.0.0 2.2.0-rc.1 3.0.0-rc.1 3.0.0-0"),
            ("^2.1.3", "2.1.3 2.2.0", "2.1.2 3.0.0 2.1.3-rc.1"), ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 0.3.0-0 1.0.0"),
            ("^0.0.3", "0.0.3", "0.0.2 0.0.4 0.0.4-0"), ("^0.0", "0.0.0 0.0.9", "0.1.0"),
            ("^0", "0.0.0 0.9.9", "1.0.0"),
            ("^0.x", "0.9.0", "1.0.0"), ("^1.x", "1.0.0 1.9.0", "2.0.0 0.9.0"),
            ("^1.2.x", "1.2.0 1.9.0", "1.1.9 2.0.0"),
            ("^*", "0.0.0 9.9.9", "1.0.0-rc.1"),
            ("^1.2.3-rc.2", "1.2.3-rc.2 1.2.3-rc.10 1.2.3 1.9.0", "1.2.3-rc.1 1.2.4-rc.3"),
            ("^ 1.2", "1.2.0", "2.0.0"), ("^v1.2.3", "1.2.3", "2.0.0"),
            ("^0.0.3-beta", "0.0.3-beta 0.0.3-pr.2 0.0.3", "0.0.4"),
            ("~2.1.0", "2.1.0 2.1.9", "2.2.0 2.0.9 2.2.0-0"), ("~2", "2.0.0 2.9.0", "3.0.0 1.9.9"),
            ("~2.1", "2.1.0 2.1.7", "2.2.0"),
            ("~1.2.3-beta.2", "1.2.3-beta.4 1.2.3 1.2.9", "1.2.4-beta.2 1.3.0"), ("~0.0.1", "0.0.1 0.0.9", "0.1.0"),
            ("2.x", "2.0.0 2.9.9", "1.9.9 3.0.0 3.0.0-alpha 2.1.0-rc.1"), ("2.X", "2.1.0", "3.0.0"),
            ("2.*", "2.1.0", "3.0.0"),
            ("2.1.x", "2.1.0 2.1.8", "2.2.0 2.0.0"), ("2", "2.0.0 2.7.1", "3.0.0 1.0.0"),
            ("2.1", "2.1.0 2.1.9", "2.2.0"),
            ("2.x.x", "2.5.0", "3.0.0"), ("*", "0.0.0 1.2.3 99.0.0", "1.0.0-rc.1 0.0.0-0"), ("x", "1.0.0", "1.0.0-0"),
            (">=1.2 <2.0", "1.2.0 1.9.9", "1.1.9 2.0.0 2.0.0-rc.1 1.3.0-rc.1"),
            (">=1.2.3", "1.2.3 9.0.0", "1.2.2 1.2.3-rc.1"),
            (">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.4-rc.1"), (">1", "2.0.0", "1.9.9"), (">1.2", "1.3.0 2.0.0", "1.2.9"),
            ("<1", "0.9.9", "1.0.0 1.0.0-beta"), ("<=1", "1.9.9 0.1.0", "2.0.0 2.0.0-0"), ("<=1.2", "1.2.9", "1.3.0"),
            ("<=1.2.3", "1.2.3 0.0.1", "1.2.4"), ("<1.2.3", "1.2.2", "1.2.3 1.2.3-rc.1"),
            ("=1.2.3", "1.2.3 1.2.3+b", "1.2.4"),
            ("=1.2", "1.2.0 1.2.9", "1.3.0"), ("1.2.3", "1.2.3", "1.2.2 1.2.4"), (">= 1.0.0", "1.0.0", "0.9.9"),
            ("<2.0.0-rc.2 >1.0.0", "1.5.0 2.0.0-rc.1", "2.0.0-rc.2 2.0.0 1.5.0-rc.1"),
            (">*", "", "0.0.0 1.0.0 0.0.0-0"),
            ("<*", "", "0.0.0 1.0.0"), (">=*", "0.0.0 5.0.0", "1.0.0-a"), ("<=x", "1.0.0", "1.0.0-a"),
            (">1.2.3-alpha.3", "1.2.3-alpha.7 1.2.3 3.4.5", "1.2.3-alpha.3 3.4.5-alpha.9"),
            ("1.2 - 2.0", "1.2.0 1.9.9 2.0.0 2.0.9", "1.1.9 2.1.0 2.1.0-0"),
            ("1.2.3 - 2", "1.2.3 2.9.9", "3.0.0 1.2.2"),
            ("1.2.3 - 2.3.4", "1.2.3 2.3.4", "2.3.5 1.2.2"),
            ("1.2.3-rc.1 - 2.0.0-rc.2", "1.2.3-rc.1 2.0.0-rc.2 1.5.0", "2.0.0 1.2.3-a"),
            ("* - 2", "0.0.1 2.9.0", "3.0.0"), ("1 - *", "1.0.0 7.0.0", "0.9.0"), ("* - *", "1.0.0", "1.0.0-a"),
            ("1.x || >=3 <4 || 5.0.0", "1.2.0 3.9.0 5.0.0", "2.0.0 4.0.0 5.0.1"), ("^1||^3", "1.0.0 3.0.0", "2.0.0"),
            (">=1.2.3 <1.2.3", "", "1.2.3"),
            ("18446744073709551616.x", "18446744073709551616.5.0", "18446744073709551617.0.0"),
            ("^99", "99.1.0", "100.0.0"), ("1.2.3+build", "1.2.3 1.2.3+other", "1.2.4"),
            (">=0.0.0-0", "0.0.0-0 0.0.0 1.0.0", "1.0.0-0"),
        ])
    func holds(_ text: String, _ inside: String, _ outside: String) throws {
        let range = try VersionRange(validating: text)
        for version in try Self.versions(inside) {
            #expect(range.contains(version), "\(version) in \(text)")
            #expect(Self.isWithinHull(version, range), "\(version) in the hull of \(text)")
        }
        for version in try Self.versions(outside) { #expect(!range.contains(version), "\(version) not in \(text)") }
    }

    private static func versions(_ list: String) throws -> [SemanticVersion] {
        try list.split(separator: " ").map { try SemanticVersion(validating: String($0)) }
    }

    private static func isWithinHull(_ version: SemanticVersion, _ range: VersionRange) -> Bool {
        let key = version.precedenceKey
        if let bound = range.lowerBound {
            if key.lexicographicallyPrecedes(bound.key) || (key == bound.key && !bound.isInclusive) { return false }
        }
        if let bound = range.upperBound {
            if bound.key.lexicographicallyPrecedes(key) || (key == bound.key && !bound.isInclusive) { return false }
        }
        return true
    }

    @Test(
        arguments: [
            "", " ", "||", "1.x ||", "foo", "^", "~", ">", ">=", "1.2.3.4", "^01", "1.02", ">=1.2.3-", "=>1.2", "^^1",
            ">>1",
            "1 -", "- 2", "1.2-rc", "é", "1.2.x-rc", "1,2", "^1.2.3 latest", "v", "1.2.", ".1", "1..2", "v\u{301}1.2",
            "^\u{301}1.2", "1.2\t.3", "|", "1|2",
        ])
    func refuses(_ text: String) {
        #expect(VersionRange(text) == nil)
    }

    @Test func refusesWhatIsTooLong() {
        #expect(VersionRange(String(repeating: "9", count: 129)) == nil)
        #expect(VersionRange(Array(repeating: "1", count: 200).joined(separator: "||")) == nil)
        #expect(VersionRange(String(repeating: "9", count: 128))?.contains(SemanticVersion("1.0.0")!) == false)
    }

    @Test func hullIsTight() throws {
        let range = try VersionRange(validating: ">=1.2 <2 || ~4.1.2 || >3.0.0 <=3.5.0")
        #expect(range.lowerBound == .init(key: SemanticVersion("1.2.0")!.precedenceKey, isInclusive: true))
        #expect(range.upperBound == .init(key: SemanticVersion("4.2.0-0")!.precedenceKey, isInclusive: false))
        #expect(try VersionRange(validating: ">1.0.0 || >=1.0.0").lowerBound?.isInclusive == true)
        #expect(try VersionRange(validating: ">1.0.0 >=1.0.0").lowerBound?.isInclusive == false)
        #expect(try VersionRange(validating: ">1.0.0 || <0.1.0").lowerBound == nil)
        #expect(try VersionRange(validating: "^1 || >=5").upperBound == nil)
    }

    @Test func references() throws {
        let version = try SemanticVersion(validating: "2.1.3")
        #expect(VersionReference("2.1.3") == .exact(version))
        #expect(VersionReference("v2.1.3") == .exact(version))
        #expect(VersionReference("2.1.3-rc.1+b") == .exact(SemanticVersion("2.1.3-rc.1+b")!))
        #expect(VersionReference("@production") == .alias(try AliasName(validating: "production")))
        #expect(VersionReference("latest") == .latest)
        #expect(VersionReference("@latest") == .latest)
        for text in ["2.1", "2", "v2", "^2.1", "~2.1.0", "2.x", "*", ">=1 <3", "=2.1.3"] {
            #expect(VersionReference(text) == .range(VersionRange(text)!))
        }
        for text in [
            "", "@", "@1.2.3", "@v1.2.3", "production", "Latest", "vv1.2.3", "v\u{301}2.1.3", "@\u{301}production",
            "../x", "@a/b",
        ] {
            #expect(VersionReference(text) == nil, "\(text)")
        }
    }
}

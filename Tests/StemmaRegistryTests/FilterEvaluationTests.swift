import StemmaRegistry
import Testing

@Suite struct FilterEvaluationTests {
    private let item: [FieldPath: FilterValue] = [
        FieldPath(["state"]): .string("production"), FieldPath(["size_bytes"]): .integer(1_000),
        FieldPath(["draft"]): .boolean(false), FieldPath(["created_at"]): .time(1_705_314_600_000),
        FieldPath(["version"]): .version(SemanticVersion("2.10.0-rc.1+b")!),
        FieldPath(["tags", "team"]): .string("Risk"),
        FieldPath(["tags", "a.b"]): .string("x"), FieldPath(["metrics", "auc"]): .double(0.95),
        FieldPath(["metadata", "rows"]): .integer(5), FieldPath(["metadata", "deep", "flag"]): .boolean(true),
        FieldPath(["metadata", "note"]): .string("5"),
    ]

    private func verdict(_ text: String) throws -> Bool? {
        try FilterParser.parse(text, fields: sampleSchema).matches { item[$0] }
    }

    @Test(
        arguments: [
            "state = 'production'", "state != 'staging'", "state > 'a'", "state IN ('x', 'production')",
            "state NOT IN ('x')", "size_bytes >= 1000", "size_bytes < 1000.5", "size_bytes = 1e3", "draft = false",
            "draft != true", "created_at > '2024-01-15'", "created_at = '2024-01-15T10:30:00Z'",
            "created_at = '2024-01-15T12:30:00+02:00'", "version > '2.9.0'", "version < '2.10.0'",
            "version = '2.10.0-rc.1'", "version LIKE '2.10.%'", "tags.team ILIKE 'RISK'", "tags.team LIKE 'R_sk'",
            "tags.a.b = 'x'", "metrics.auc > 0.9", "metrics.auc <= 1", "metadata.rows = 5", "metadata.deep.flag = true",
            "metadata.note = '5'", "tags.none IS NULL", "state IS NOT NULL", "NOT (state = 'x')",
            "state = 'x' OR metrics.auc > 0.9", "tags.none = 'x' OR draft = false",
            "NOT (tags.none = 'x' AND draft = true)",
        ])
    func holds(_ text: String) throws { #expect(try verdict(text) == true) }

    @Test(
        arguments: [
            "state = 'Production'", "state < 'a'", "state IN ('x','y')", "state NOT IN ('production')",
            "size_bytes != 1000",
            "version >= '2.10.0'", "tags.team LIKE 'risk'", "tags.team NOT LIKE 'R%'", "metadata.rows = 6",
            "state IS NULL",
            "tags.none IS NOT NULL", "tags.none = 'x' AND draft = true", "NOT (tags.none = 'x' OR draft = false)",
        ])
    func fails(_ text: String) throws { #expect(try verdict(text) == false) }

    @Test(
        arguments: [
            "tags.none = 'x'", "tags.none != 'x'", "NOT tags.none = 'x'", "tags.none IN ('x')",
            "tags.none NOT IN ('x')",
            "tags.none LIKE '%'", "tags.none = 'x' AND draft = false", "tags.none = 'x' OR draft = true",
            "metadata.rows = '5'", "metadata.rows != '5'", "metadata.note > 4", "metadata.note IN (5)",
            "metadata.rows LIKE '5'", "metadata.deep.flag = 1", "metrics.none > 0",
        ])
    func isUnknown(_ text: String) throws { #expect(try verdict(text) == nil) }

    @Test(
        arguments: [
            ("", "", true), ("", "a", false), ("%", "", true), ("%", "abc", true), ("_", "", false), ("_", "é", true),
            ("_", "e\u{301}", false), ("__", "e\u{301}", true), ("a%", "abc", true), ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a%c", "abcbc", true), ("a%c", "abcb", false), ("%%%", "x", true), ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("100\\%", "100%", true), ("100\\%", "1000", false), ("a\\_b", "axb", false), ("a\\\\b", "a\\b", true),
            ("\\a", "a", true), ("A", "a", false), ("%ab%ab%", "abab", true), ("%ab%ab%", "aab", false),
            ("*", "x", false),
            ("[a]", "a", false), ("%_", "", false), ("%_%", "a", true),
        ])
    func patterns(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try #require(FilterPattern(pattern, isCaseSensitive: true)).matches(text) == expected)
    }

    @Test func patternsThatIgnoreCaseDoSoForASCIIOnly() throws {
        #expect(try #require(FilterPattern("%PrOd_É", isCaseSensitive: false)).matches("my-PRODxÉ"))
        #expect(try !#require(FilterPattern("é", isCaseSensitive: false)).matches("É"))
        #expect(try !#require(FilterPattern("[", isCaseSensitive: false)).matches("{"))
    }

    @Test func aHostilePatternIsNoTrouble() throws {
        let pattern = String(repeating: "%a", count: 1_000) + "b"
        #expect(
            try !#require(FilterPattern(pattern, isCaseSensitive: true)).matches(String(repeating: "a", count: 3_000)))
    }

    @Test func integersAndDoublesAreComparedExactly() {
        let values: [(FilterValue, FilterValue, Bool, Bool)] = [
            (.integer(.max), .double(9_223_372_036_854_775_808), true, false),
            (.integer(.min), .double(-9_223_372_036_854_775_808), false, true),
            (.integer(9_007_199_254_740_993), .double(9_007_199_254_740_992), false, false),
            (.integer(0), .double(-0.5), false, false), (.integer(0), .double(0.5), true, false),
            (.integer(-1), .double(-0.5), true, false), (.integer(1), .double(1e300), true, false),
            (.integer(1), .double(-1e300), false, false), (.integer(0), .double(-0.0), false, true),
        ]
        for (left, right, isLess, isSame) in values {
            #expect(FilterRelation.less.holds(left, right) == isLess, "\(left) < \(right)")
            #expect(FilterRelation.equal.holds(left, right) == isSame, "\(left) = \(right)")
            #expect(FilterRelation.greater.holds(left, right) == (!isLess && !isSame), "\(left) > \(right)")
            #expect(FilterRelation.greater.holds(right, left) == isLess, "\(right) > \(left)")
            #expect(FilterRelation.lessOrEqual.holds(right, left) == !isLess, "\(right) <= \(left)")
        }
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29", 951_782_400_000),
            ("2024-01-15T10:30:00.000Z", 1_705_314_600_000), ("2024-01-15T10:30:00.1234567Z", 1_705_314_600_123),
            ("2024-01-15t10:30:00z", 1_705_314_600_000), ("2024-01-15 10:30:00Z", 1_705_314_600_000),
            ("2024-01-15T05:00:00.5-05:30", 1_705_314_600_500), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("0001-01-01", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("0000-01-01", -62_167_219_200_000),
        ] as [(String, Int64)])
    func times(_ text: String, _ milliseconds: Int64) { #expect(FilterTime.milliseconds(text) == milliseconds) }

    @Test(
        arguments: [
            "", "2024", "2024-1-5", "2024-00-01", "2024-13-01", "2023-02-29", "1900-02-29", "2024-04-31", "2024-01-00",
            "2024-01-15T", "2024-01-15T10:30", "2024-01-15T10:30:00", "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z",
            "2024-01-15T10:30:61Z", "2024-01-15T10:30:00.Z", "2024-01-15T10:30:00+0100", "2024-01-15T10:30:00Z ",
            "2024-01-15Z",
            "20240115", "+2024-01-15", "2024-01-15T10:30:00+24:00", "２０２４-01-15", "now",
        ])
    func textsThatAreNoTime(_ text: String) { #expect(FilterTime.milliseconds(text) == nil) }
}

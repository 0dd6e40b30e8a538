import StemmaRegistry
import Testing

/// The schema of these tests: a field of each type and a family of each kind.
let sampleSchema = FilterSchema(
    fields: [
        "state": .string, "size_bytes": .number, "draft": .boolean, "created_at": .time, "version": .version,
    ],
    families: [
        FilterFamily("tags", .string), FilterFamily("metrics", .number), FilterFamily("metadata", .any, .nested),
    ])

/// The fields of `sampleSchema` as messages list them.
private let knownFields = "created_at, draft, size_bytes, state, version, tags.*, metrics.*, metadata.*"

@Suite struct FilterParserTests {
    private func parse(_ text: String) throws -> FilterExpression {
        try FilterParser.parse(text, fields: sampleSchema)
    }

    private func field(_ segments: String...) throws -> FilterField {
        try #require(sampleSchema.field(FieldPath(segments)))
    }

    @Test func readsComparisons() throws {
        let state = try field("state")
        #expect(try parse("state = 'production'") == .comparison(state, .equal, .string("production")))
        #expect(try parse("state='it''s'") == .comparison(state, .equal, .string("it's")))
        #expect(try parse("state != \"say \"\"x\"\"\"") == .comparison(state, .notEqual, .string("say \"x\"")))
        #expect(try parse("  state\n>=\t''  ") == .comparison(state, .greaterOrEqual, .string("")))
        #expect(try parse("size_bytes<=-5") == .comparison(try field("size_bytes"), .lessOrEqual, .integer(-5)))
        #expect(try parse("metrics.auc > .5e1") == .comparison(try field("metrics", "auc"), .greater, .double(5)))
        #expect(
            try parse("size_bytes < 9223372036854775808")
                == .comparison(try field("size_bytes"), .less, .double(9_223_372_036_854_775_808)))
        #expect(try parse("draft = TRUE") == .comparison(try field("draft"), .equal, .boolean(true)))
        #expect(
            try parse("version >= '2.1.3'")
                == .comparison(try field("version"), .greaterOrEqual, .version(SemanticVersion("2.1.3")!)))
        #expect(
            try parse("created_at < '2024-01-15'")
                == .comparison(try field("created_at"), .less, .time(1_705_276_800_000)))
    }

    @Test func readsPaths() throws {
        #expect(try parse("tags.team='a'") == .comparison(try field("tags", "team"), .equal, .string("a")))
        #expect(try parse("tags.\"my key\"='a'") == .comparison(try field("tags", "my key"), .equal, .string("a")))
        #expect(try parse("tags.`a``b.c`='a'") == .comparison(try field("tags", "a`b.c"), .equal, .string("a")))
        #expect(try parse("tags.a.b='a'") == .comparison(try field("tags", "a.b"), .equal, .string("a")))
        #expect(
            try parse("tags.cost-center='a'") == .comparison(try field("tags", "cost-center"), .equal, .string("a")))
        #expect(try parse("tags.2024='a'") == .comparison(try field("tags", "2024"), .equal, .string("a")))
        #expect(try parse("tags.équipe='a'") == .comparison(try field("tags", "équipe"), .equal, .string("a")))
        #expect(try parse("`state`='a'") == .comparison(try field("state"), .equal, .string("a")))
        let rows = try field("metadata", "training_data", "row_count")
        #expect(rows.path.segments == ["metadata", "training_data", "row_count"] && rows.family == "metadata")
        #expect(try parse("metadata.training_data.row_count > 100") == .comparison(rows, .greater, .integer(100)))
    }

    @Test func readsOperators() throws {
        let state = try field("state")
        let members: FilterExpression = .membership(state, [.string("a"), .string("b")])
        #expect(try parse("state IN ('a','b')") == members)
        #expect(try parse("state not in ( 'a' , 'b' )") == .not(members))
        #expect(
            try parse("metrics.f1 in (1, 0.5)") == .membership(try field("metrics", "f1"), [.integer(1), .double(0.5)]))
        let like = try #require(FilterPattern("a%", isCaseSensitive: true))
        let ilike = try #require(FilterPattern("a%", isCaseSensitive: false))
        #expect(try parse("state LIKE 'a%'") == .pattern(state, like))
        #expect(try parse("state NOT ilike 'a%'") == .not(.pattern(state, ilike)))
        #expect(try parse("version LIKE 'a%'") == .pattern(try field("version"), like))
        #expect(try parse("state IS NULL") == .isNull(state))
        #expect(try parse("metadata.x is not null") == .not(.isNull(try field("metadata", "x"))))
    }

    @Test func precedenceOfTheConnectives() throws {
        let a = try parse("state='a'")
        let b = try parse("state='b'")
        let c = try parse("state='c'")
        #expect(try parse("state='a' or state='b' AND state='c'") == .any([a, .all([b, c])]))
        #expect(try parse("(state='a' OR state='b') AND state='c'") == .all([.any([a, b]), c]))
        #expect(try parse("NOT state='a' AND state='b'") == .all([.not(a), b]))
        #expect(try parse("NOT(state='a' AND state='b')") == .not(.all([a, b])))
        #expect(try parse("NOT NOT ((state='a'))") == .not(.not(a)))
        #expect(try parse("state='a' AND state='b' AND state='c'") == .all([a, b, c]))
    }

    @Test(
        "Refusals name the column",
        arguments: [
            ("", 1, "the filter is empty"), ("   ", 1, "the filter is empty"),
            ("state", 6, "expected an operator (= != < <= > >= IN LIKE ILIKE IS), found the end"),
            ("state = ", 9, "expected a value ('text', a number, true or false), found the end"),
            ("state = production", 9, "expected a value ('text', a number, true or false), found 'production'"),
            ("state == 'a'", 8, "expected a value ('text', a number, true or false), found '='"),
            ("state = 'a", 9, "the quote that opens here is never closed"),
            ("state = 'a' state = 'b'", 13, "expected AND, OR or the end, found 'state'"),
            ("state = 'a' AND", 16, "expected a field's name, found the end"),
            ("AND state = 'a'", 1, "expected a field's name (a field of that name goes in quotes), found 'AND'"),
            ("(state = 'a'", 13, "expected AND, OR or ), found the end"),
            ("state = 'a')", 12, "expected AND, OR or the end, found ')'"),
            ("()", 2, "expected a field's name, found ')'"),
            ("1 = 1", 1, "expected a field's name, found '1'"),
            ("tags. = 'a'", 6, "expected a field's name, found ' '"),
            (
                "stage = 'a'", 1,
                "unknown field 'stage'; known are \(knownFields)"
            ),
            (
                "state='é' OR bad.x=1", 14,
                "unknown field 'bad.x'; known are \(knownFields)"
            ),
            (
                "tags = 'a'", 1,
                "unknown field 'tags'; known are \(knownFields)"
            ),
            ("state = 1", 9, "'state' is compared with a text in quotes"),
            ("metrics.auc > '0.9'", 15, "'metrics.auc' is compared with a number"),
            ("draft = 'true'", 9, "'draft' is compared with true or false"),
            ("draft > true", 7, "true and false are compared with = and != only"),
            (
                "created_at > '2024-13-01'", 14,
                "'created_at' is compared with a time in quotes, such as '2024-01-15T10:30:00Z' or '2024-01-15'"
            ),
            ("version = '2.1'", 11, "'version' is compared with a whole version in quotes, such as '2.1.3'"),
            ("version = 2.1.3", 11, "'2.1.3' is not a number; a version or time stands in quotes"),
            ("state = NULL", 9, "nothing compares with NULL; write IS NULL or IS NOT NULL"),
            ("size_bytes = 1e999", 14, "the number 1e999 is too large"),
            ("state IN ()", 11, "expected a value ('text', a number, true or false), found ')'"),
            ("state IN 'a'", 10, "expected ( after IN, found '''"),
            ("state IN ('a' 'b')", 15, "expected , or ), found '''"),
            ("metadata.x IN (1, 'a')", 19, "the values of an IN list must be of one type"),
            ("state NOT = 'a'", 11, "expected IN, LIKE or ILIKE, found '='"),
            ("state IS 'a'", 10, "expected NULL or NOT NULL, found '''"),
            ("state IS NOT 1", 14, "expected NULL, found '1'"),
            ("size_bytes LIKE 'a'", 12, "LIKE is for text, and 'size_bytes' is a number"),
            ("state LIKE 5", 12, "a pattern is a text in quotes"),
            ("state LIKE 'a\\'", 12, "the pattern ends in a single backslash; write \\\\ for the character itself"),
            ("state = 'a\0'", 11, "the character U+0000 cannot stand in a filter"),
            ("state; DROP", 6, "expected an operator (= != < <= > >= IN LIKE ILIKE IS), found ';'"),
            ("\u{202E}state", 1, "expected a field's name, found U+202E"),
        ])
    func refuses(_ text: String, _ column: Int, _ message: String) {
        #expect(throws: FilterError(column: column, message)) { try parse(text) }
    }

    @Test func keepsItsLimits() throws {
        func repeated(_ count: Int) -> String {
            Array(repeating: "draft=true", count: count).joined(separator: " AND ")
        }
        _ = try parse(repeated(64))
        #expect(throws: FilterError.self) { try parse(repeated(65)) }
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "draft=true" + String(repeating: ")", count: depth)
        }
        _ = try parse(nested(32))
        #expect(throws: FilterError(column: 33, "the filter is nested deeper than 32 levels")) { try parse(nested(33)) }
        #expect(throws: FilterError.self) { try parse(String(repeating: "NOT ", count: 33) + "draft=true") }
        #expect(throws: FilterError.self) { try parse(String(repeating: "(", count: 8_192)) }
        #expect(throws: FilterError.self) { try parse("state = '\(String(repeating: "a", count: 8_192))'") }
        func list(_ count: Int) -> String {
            "size_bytes IN (\(Array(repeating: "1", count: count).joined(separator: ",")))"
        }
        _ = try parse(list(256))
        #expect(throws: FilterError.self) { try parse(list(257)) }
    }

    /// No cut and no change of one character brings the parser down.
    @Test func survivesCutsAndChanges() {
        let text = Array(
            "NOT (state IN ('a','b''c') OR metadata.\"x y\".z >= -1.5e3) AND version LIKE '2.%' AND draft IS NOT NULL")
        for end in text.indices { _ = try? parse(String(text[..<end])) }
        for place in text.indices {
            for replacement in "'\"`().,=<>!-_%\\0e N\u{0}é" {
                var changed = text
                changed[place] = replacement
                _ = try? parse(String(changed))
            }
        }
    }

    @Test func ordering() throws {
        let ordering = try Ordering.parse("metrics.auc_roc desc,created_at , state ASC", fields: sampleSchema)
        #expect(ordering.terms.map(\.field.path.description) == ["metrics.auc_roc", "created_at", "state"])
        #expect(ordering.terms.map(\.isAscending) == [false, true, true])
        let refusals: [(String, Int)] = [
            ("", 1), ("state,", 7), ("state,nope", 7), ("state up", 7), ("state desc desc", 12),
            ("state,state desc", 7), (",state", 1),
            ("tags.a,tags.b,tags.c,tags.d,tags.e", 29), ("tags", 1),
        ]
        for (text, column) in refusals {
            #expect { try Ordering.parse(text, fields: sampleSchema) } throws: {
                ($0 as? FilterError)?.column == column
            }
        }
    }
}

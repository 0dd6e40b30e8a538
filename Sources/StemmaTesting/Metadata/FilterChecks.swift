internal import StemmaRegistry

/// Promises of lists about filters: that they mean what `FilterExpression.matches` says.
enum FilterChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("filters of versions agree with the evaluator on random trees") { store in
            try await agree(store, .versions, FilterSamples.versions) { filter in
                try await ListWalk.versions(store, nil, "number", filter: filter, limit: 500).flatMap { $0 }.map(\.id)
            }
        },
        .init("filters of models agree with the evaluator on random trees") { store in
            try await agree(store, .models, FilterSamples.models) { filter in
                try await ListWalk.models(store, "name", filter: filter, limit: 500).flatMap { $0 }.map(\.id)
            }
        },
        .init("filters of the audit log agree with the evaluator on random trees") { store in
            try await agree(store, .audit, FilterSamples.events) { filter in
                try await ListWalk.events(store, "sequence", filter: filter, limit: 500).flatMap { $0 }.map(\.sequence)
            }
        },
        .init("a test of aliases holds where it holds for one of them", aliases),
        .init("attributes are replaced as a whole, however many there are", attributes),
        .init("every field of a list can be filtered and, but for aliases, ordered by", everyField),
        .init("a path into a document may be deep, but not without end") { store in
            let document: String = String(repeating: #"{"a":"#, count: 16) + "1" + String(repeating: "}", count: 16)
            try await store.change { _ = try Seed.model($0, "deep", fields: Seed.fields(metadata: document)) }
            let path: String = "metadata" + String(repeating: ".a", count: 16)
            // The deepest path in the deepest parentheses.
            let depth: Int = FilterParser.depthMax
            let text: String =
                String(repeating: "tags.b = 1 OR (", count: depth) + "\(path) = 1"
                + String(repeating: ")", count: depth)
            let filter: FilterExpression = try FilterParser.parse(text, fields: .models)
            let found: [[ModelRecord]] = try await ListWalk.models(store, "\(path) desc", filter: filter, limit: 5)
            try expectEqual(found.flatMap { $0 }.map(\.name), ["deep"])
            let deeper: FilterExpression = try FilterParser.parse("\(path).a = 1", fields: .models)
            try await expectError(.invalidFilter, "17 names") {
                _ = try await ListWalk.models(store, "name", filter: deeper, limit: 5)
            }
        },
        .init("the deepest filter that is read is also answered") { store in
            try await store.change { _ = try Seed.version($0, of: try Seed.model($0, "fraud"), "1.0.0") }
            let deepest: Int = FilterParser.depthMax
            let forms: [String] = [
                String(repeating: "NOT ", count: deepest) + "state = 'development'",
                String(repeating: "metadata.a = 1 OR (", count: deepest) + "tags.b = 'x' OR state LIKE 'dev%'"
                    + String(repeating: ")", count: deepest),
                String(repeating: "NOT (metrics.a > 1 AND ", count: deepest / 2) + "state = 'x'"
                    + String(repeating: ")", count: deepest / 2),
            ]
            let wanted: [[String]] = [["1.0.0"], ["1.0.0"], []]
            for (text, wanted) in zip(forms, wanted) {
                try expectEqual(try await versions(store, nil, text), wanted, text)
            }
            let wide: String = (0..<FilterParser.comparisonsMax).map { "metrics.m\($0) > \($0)" }.joined(
                separator: " OR ")
            try expectEqual(try await versions(store, nil, wide), [], "the widest")
        },
    ]

    /// The texts of the versions that pass.
    private static func versions(_ store: any MetadataStore, _ model: Int64?, _ text: String) async throws -> [String] {
        let filter: FilterExpression = try FilterParser.parse(text, fields: .versions)
        return try await ListWalk.versions(store, model, "number", filter: filter, limit: 50).flatMap { $0 }
            .map(\.version)
    }

    @Sendable
    private static func aliases(_ store: any MetadataStore) async throws {
        let model: Int64 = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            let ada: Int64 = try Seed.principal(transaction)
            for (text, aliases) in [("1.0.0", []), ("2.0.0", ["blue"]), ("3.0.0", ["canary", "green"])] {
                let id: Int64 = try Seed.version(transaction, of: model, text)
                for alias in aliases {
                    try transaction.putAlias(model: model, alias: alias, version: id, at: Seed.moment(), by: ada)
                }
            }
            return model
        }
        let cases: [(filter: String, wanted: [String])] = [
            ("alias = 'green'", ["3.0.0"]), ("alias != 'green'", ["1.0.0", "2.0.0"]),
            ("NOT alias = 'green'", ["1.0.0", "2.0.0"]), ("alias IS NULL", ["1.0.0"]),
            ("alias IS NOT NULL", ["2.0.0", "3.0.0"]), ("alias IN ('blue', 'canary')", ["2.0.0", "3.0.0"]),
            ("alias NOT IN ('blue', 'canary')", ["1.0.0"]), ("alias LIKE 'g%'", ["3.0.0"]),
            ("alias ILIKE 'BLU_'", ["2.0.0"]), ("alias < 'c'", ["2.0.0"]), ("alias > 'zz'", []),
        ]
        for (filter, wanted) in cases {
            try expectEqual(try await versions(store, model, filter), wanted, filter)
        }
    }

    @Sendable
    private static func attributes(_ store: any MetadataStore) async throws {
        let model: Int64 = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            _ = try Seed.version(transaction, of: model, "1.0.0")
            return model
        }
        let version = try await store.read { reader in
            try expectSome(try reader.version(model: model, precedence: try Seed.precedence("1.0.0")), "the version")
        }
        for count in [25, 9, 8, 7, 17, 1, 16, 0] {
            try await store.change { transaction in
                let attributes: [(field: String, value: AttributeValue)] = (0..<count).map { number in
                    ("metrics.m\(number)", .number(Double(count) + 0.5))
                }
                try transaction.setAttributes(version: version.id, attributes)
            }
            var present: Int = 0
            for number in 0..<26 {
                present += try await versions(store, model, "metrics.m\(number) = \(count).5").count
                let other: [String] = try await versions(store, model, "metrics.m\(number) != \(count).5")
                try expect(other.isEmpty, "an old value of \(number) is left")
            }
            try expectEqual(present, count, "attributes")
        }
    }

    @Sendable
    private static func everyField(_ store: any MetadataStore) async throws {
        try await store.change { transaction in
            _ = try Seed.version(transaction, of: try Seed.model(transaction, "fraud"), "1.0.0")
            try Seed.event(transaction, "a", .registry)
        }
        for schema in [FilterSchema.models, .versions, .audit] {
            for field in schema.summary.replacing(".*", with: ".x").split(separator: ", ") {
                let filter: FilterExpression = try FilterParser.parse(
                    "\(field) IS NULL OR \(field) IS NOT NULL", fields: schema)
                let order: String = field == "alias" ? "number" : "\(field) desc"
                let found: Int =
                    switch schema.summary {
                    case FilterSchema.models.summary:
                        try await ListWalk.models(store, order, filter: filter, limit: 5).count
                    case FilterSchema.versions.summary:
                        try await ListWalk.versions(store, nil, order, filter: filter, limit: 5).count
                    default:
                        try await ListWalk.events(store, order, filter: filter, limit: 5).count
                    }
                try expectEqual(found, 1, "\(field)")
            }
        }
    }

    /// Asks for random filters and for their negations, which tells false from unknown.
    private static func agree(
        _ store: any MetadataStore, _ schema: FilterSchema,
        _ fill: @Sendable (any MetadataStore, inout SeededGenerator) async throws -> [FilterSample],
        _ list: (FilterExpression) async throws -> [Int64]
    ) async throws {
        var random = SeededGenerator(for: "filters")
        let samples: [FilterSample] = try await fill(store, &random)
        var found: (passed: Int, unknown: Int) = (0, 0)
        for _ in 0..<150 {
            let expression: FilterExpression = try RandomFilter(samples: samples, schema: schema).tree(&random)
            for filter in [expression, .not(expression)] {
                let wanted: Set<Int64> = Set(samples.filter { filter.matches($0.value) == true }.map(\.id))
                let passed: Set<Int64> = Set(try await list(filter))
                try expectEqual(passed, wanted, "seed \(random.seed): \(filter)")
                found.passed += wanted.count
                found.unknown += samples.count - wanted.count
            }
        }
        // Filters that nothing or everything passes would prove little.
        try expect(found.passed > 150 && found.unknown > 150, "the filters are trivial: \(found)")
    }
}

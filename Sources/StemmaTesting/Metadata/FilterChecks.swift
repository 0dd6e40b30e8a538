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
        .init("an attribute that was replaced is found by its new value only") { store in
            let found: [[String]] = try await {
                var found: [[String]] = []
                let model: Int64 = try await store.change { transaction in
                    let model: Int64 = try Seed.model(transaction, "fraud")
                    let id: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                    try transaction.setAttributes(version: id, [("framework", .text("torch")), ("metrics.auc", .number(0.5))])
                    try transaction.setAttributes(version: id, [("metrics.auc", .number(0.75))])
                    return model
                }
                for text in ["framework = 'torch'", "metrics.auc = 0.5", "metrics.auc = 0.75"] {
                    found.append(try await versions(store, model, text))
                }
                return found
            }()
            try expectEqual(found, [[], [], ["1.0.0"]])
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
            let wide: String = (0..<FilterParser.comparisonsMax).map { "metrics.m\($0) > \($0)" }.joined(separator: " OR ")
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

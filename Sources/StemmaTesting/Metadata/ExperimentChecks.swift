internal import StemmaRegistry

/// Promises of `ExperimentReader` and `ExperimentWriter`.
enum ExperimentChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("an experiment is kept as it was made, changed, looked at and ended", life),
        .init("an experiment's id is taken once, and what is not there does not change") { store in
            try await seed(store)
            try await expectError(.experimentExists, "a taken id") {
                try await store.change { transaction in
                    let version: Int64 = try id(transaction, "fraud", "1.0.0")
                    try insert(transaction, "a", version, version)
                }
            }
            let ended = ExperimentEnd(
                status: .aborted, rationale: nil, decision: nil, isEarly: false, conclusion: nil,
                businessConclusion: nil)
            try await expectError(.experimentNotFound, "the change of none") {
                try await store.change { transaction in
                    try transaction.updateExperiment(
                        "none", content(), at: Seed.moment(), by: try Seed.principal(transaction))
                }
            }
            try await expectError(.experimentNotFound, "the end of none") {
                try await store.change { transaction in
                    try transaction.endExperiment("none", ended, at: Seed.moment(), by: try Seed.principal(transaction))
                }
            }
            try await expectError(.experimentNotFound, "a look at none") {
                try await store.change { transaction in
                    try transaction.insertLook(look(1), experiment: "none", by: try Seed.principal(transaction))
                }
            }
            try await store.change { transaction in
                try transaction.endExperiment("a", ended, at: Seed.moment(), by: try Seed.principal(transaction))
            }
            try await expectError(.experimentNotFound, "a second end") {
                try await store.change { transaction in
                    try transaction.endExperiment("a", ended, at: Seed.moment(), by: try Seed.principal(transaction))
                }
            }
        },
        .init("running and concluded experiments are found by the versions that take part", byVersion),
        .init("experiments are filtered, ordered, paged and kept within a scope of both models", lists),
        .init("every field of experiments can be filtered and ordered by") { store in
            try await seed(store)
            for field in FilterSchema.experiments.summary.split(separator: ", ") {
                let name: String = String(field).replacing("*", with: "team")
                let filter: FilterExpression = try FilterParser.parse(
                    "\(name) IS NULL OR \(name) IS NOT NULL", fields: .experiments)
                for order in [name, "\(name) desc"] {
                    let found: [ExperimentRecord] = try await list(store, order, filter: filter, limit: 2)
                    try expectEqual(Set(found.map(\.id)).count, 4, order)
                    try expectEqual(found.count, 4, order)
                }
            }
        },
    ]

    private static func content(
        plan: String = "{}", metric: String = "precision", starting milliseconds: Int64 = 0,
        description: String? = nil, tags: String = "{}", metadata: String = "{}"
    ) -> ExperimentChange {
        ExperimentChange(
            plan: Array(plan.utf8), primaryMetric: metric, started: Seed.moment(milliseconds),
            ends: Seed.moment(milliseconds + 100),
            words: ExperimentWords(
                description: description, businessHypothesis: description.map { "h " + $0 }, tags: Array(tags.utf8),
                metadata: Array(metadata.utf8)))
    }

    private static func insert(
        _ transaction: any MetadataTransaction, _ id: String, _ baseline: Int64, _ treatment: Int64,
        _ content: ExperimentChange = content(), at created: Timestamp = Seed.moment(), by subject: String = "ada"
    ) throws {
        try transaction.insertExperiment(
            NewExperiment(
                id: id, baselineID: baseline, treatmentID: treatment, content: content, created: created,
                createdBy: try Seed.principal(transaction, subject)))
    }

    private static func look(_ number: Int, impact: String? = nil) -> ExperimentLook {
        ExperimentLook(
            number: number, totals: Array(#"{"n":\#(number)}"#.utf8), analysis: Array(#"{"é":[]}"#.utf8),
            observed: Seed.moment(Int64(number) * 10), businessImpact: impact, at: Seed.moment(Int64(number)),
            by: "bob")
    }

    private static func end(
        _ status: ExperimentStatus, _ decision: ExperimentDecision?, isEarly: Bool = false
    ) -> ExperimentEnd {
        ExperimentEnd(
            status: status, rationale: "r\n", decision: decision, isEarly: isEarly,
            conclusion: decision.map { Array(#"{"d":"\#($0.rawValue)"}"#.utf8) },
            businessConclusion: decision.map { _ in "b" })
    }

    private static func id(
        _ reader: any MetadataReader, _ model: String, _ version: String
    ) throws -> Int64 {
        let row: ModelRecord = try expectSome(try reader.model(named: model), model)
        return try expectSome(
            try reader.version(model: row.id, precedence: try Seed.precedence(version)), version
        ).id
    }

    @Sendable
    private static func life(_ store: any MetadataStore) async throws {
        let found: [ExperimentRecord?] = try await store.change { transaction in
            let model: Int64 = try Seed.model(transaction, "fraud")
            let old: Int64 = try Seed.version(transaction, of: model, "1.0.0")
            let new: Int64 = try Seed.version(transaction, of: model, "1.1.0")
            let bob: Int64 = try Seed.principal(transaction, "bob")
            let absent: ExperimentRecord? = try transaction.experiment("a")
            try insert(
                transaction, "a", old, new, content(plan: #"{"x":1.5}"#, description: "d\"", tags: #"{"t":"v"}"#))
            let made: ExperimentRecord? = try transaction.experiment("a")
            try transaction.updateExperiment(
                "a", content(plan: #"{"x":2}"#, metric: "recall", starting: 7, metadata: #"{"m":1}"#),
                at: Seed.moment(3), by: bob)
            let changed: ExperimentRecord? = try transaction.experiment("a")
            for number in 1...3 {
                try transaction.insertLook(
                    look(number, impact: number == 2 ? "some" : nil), experiment: "a", by: bob)
            }
            let seen: ExperimentRecord? = try transaction.experiment("a")
            try transaction.endExperiment(
                "a", end(.concluded, .noImprovement, isEarly: true), at: Seed.moment(9), by: bob)
            return [absent, made, changed, seen, try transaction.experiment("a")]
        }
        try expect(found[0] == nil, "before it was made")
        let made = try expectSome(found[1], "the experiment")
        try expectEqual(
            [made.id, made.baseline.modelID, made.treatment.modelID], ["a", "fraud_v1.0.0", "fraud_v1.1.0"])
        try expectEqual(made.content.plan, Array(#"{"x":1.5}"#.utf8))
        try expectEqual([made.content.words.description, made.content.words.businessHypothesis], ["d\"", "h d\""])
        try expectEqual(made.content.words.tags, Array(#"{"t":"v"}"#.utf8))
        try expect(made.status == .running && made.looks == 0 && made.ended == nil && made.endedBy == nil, "it runs")
        try expect(made.end.decision == nil && !made.end.isEarly && made.end.conclusion == nil, "without an end")
        try expectEqual([made.createdBy, made.updatedBy], ["ada", "ada"])
        try expectEqual([made.content.started, made.content.ends], [Seed.moment(), Seed.moment(100)])
        try expectEqual(made.revision, 1)
        let changed = try expectSome(found[2], "the changed one")
        try expectEqual(changed.content.plan, Array(#"{"x":2}"#.utf8))
        try expectEqual(changed.content.primaryMetric, "recall")
        try expectEqual(changed.content.words.metadata, Array(#"{"m":1}"#.utf8))
        try expect(changed.content.words.description == nil, "the description is gone")
        try expectEqual([changed.content.started, changed.content.ends], [Seed.moment(7), Seed.moment(107)])
        try expectEqual([changed.updated, changed.created], [Seed.moment(3), Seed.moment()])
        try expectEqual([changed.createdBy, changed.updatedBy], ["ada", "bob"])
        let seen = try expectSome(found[3], "the one looked at")
        try expect(seen.looks == 3 && seen.updated == Seed.moment(3) && seen.revision == 5, "looks count")
        let ended = try expectSome(found[4], "the ended one")
        try expect(ended.status == .concluded && ended.end.decision == .noImprovement && ended.end.isEarly, "its end")
        try expectEqual([ended.end.rationale, ended.end.businessConclusion, ended.endedBy], ["r\n", "b", "bob"])
        try expectEqual(ended.end.conclusion, Array(#"{"d":"no_improvement"}"#.utf8))
        try expectEqual([ended.ended, ended.updated], [Seed.moment(9), Seed.moment(9)])
        let looks: (all: [ExperimentLook], last: ExperimentLook?, none: ExperimentLook?) = try await store.read {
            (try $0.looks(experiment: "a"), try $0.lastLook(experiment: "a"), try $0.lastLook(experiment: "b"))
        }
        try expectEqual(looks.all.map(\.number), [1, 2, 3])
        try expectEqual(looks.all.map(\.businessImpact), [nil, "some", nil])
        try expectEqual(looks.all.map(\.observed), [Seed.moment(10), Seed.moment(20), Seed.moment(30)])
        try expectEqual(looks.all.map(\.by), ["bob", "bob", "bob"])
        try expectEqual(looks.last?.totals, Array(#"{"n":3}"#.utf8))
        try expectEqual(looks.last?.analysis, Array(#"{"é":[]}"#.utf8))
        try expect(looks.none == nil, "another one's looks")
    }

    /// `a`: fraud 1.0.0 against 1.1.0; `b`: 1.1.0 against 1.10.0; `c`: fraud against churn; `d`: churn.
    private static func seed(_ store: any MetadataStore) async throws {
        try await store.change { transaction in
            let fraud: Int64 = try Seed.model(transaction, "fraud")
            let churn: Int64 = try Seed.model(transaction, "churn")
            let versions: [Int64] = try ["1.0.0", "1.1.0", "1.10.0"].map {
                try Seed.version(transaction, of: fraud, $0)
            }
            let others: [Int64] = try ["1.0.0", "2.0.0"].map { try Seed.version(transaction, of: churn, $0) }
            try insert(
                transaction, "a", versions[0], versions[1], content(tags: #"{"team":"risk"}"#), at: Seed.moment(1))
            try insert(
                transaction, "b", versions[1], versions[2], content(metric: "recall", starting: 5),
                at: Seed.moment(2), by: "bob")
            try insert(
                transaction, "c", versions[0], others[1], content(metadata: #"{"a":{"b":2}}"#), at: Seed.moment(2))
            try insert(transaction, "d", others[0], others[1], at: Seed.moment(3))
            try transaction.insertLook(look(1), experiment: "b", by: try Seed.principal(transaction, "bob"))
        }
    }

    @Sendable
    private static func byVersion(_ store: any MetadataStore) async throws {
        try await seed(store)
        func found() async throws -> (first: [String], second: [String], fraud: [String], churn: [String]) {
            try await store.read { reader in
                let models: [Int64] = try ["fraud", "churn"].map { name in
                    try expectSome(try reader.model(named: name), name).id
                }
                return (
                    try reader.runningExperiments(version: id(reader, "fraud", "1.0.0"), limit: 9).map(\.id),
                    try reader.runningExperiments(version: id(reader, "fraud", "1.1.0"), limit: 9).map(\.id),
                    try reader.runningExperiments(model: models[0], limit: 9).map(\.id),
                    try reader.runningExperiments(model: models[1], limit: 1).map(\.id)
                )
            }
        }
        let before = try await found()
        try expectEqual(before.first, ["a", "c"])
        try expectEqual(before.second, ["a", "b"])
        try expectEqual(before.fraud, ["a", "b", "c"])
        try expectEqual(before.churn, ["c"])
        try await store.change { transaction in
            let ada: Int64 = try Seed.principal(transaction)
            try insert(
                transaction, "e", try id(transaction, "fraud", "1.0.0"), try id(transaction, "fraud", "1.1.0"))
            try transaction.endExperiment("a", end(.concluded, .improvement), at: Seed.moment(5), by: ada)
            try transaction.endExperiment("c", end(.aborted, nil), at: Seed.moment(5), by: ada)
            try transaction.endExperiment("e", end(.concluded, .harm), at: Seed.moment(6), by: ada)
        }
        let after = try await found()
        try expectEqual(after.first, [])
        try expectEqual(after.second, ["b"])
        try expectEqual(after.churn, ["d"])
        let concluded: [[String]] = try await store.read { reader in
            let old: Int64 = try id(reader, "fraud", "1.0.0")
            let new: Int64 = try id(reader, "fraud", "1.1.0")
            return [
                try reader.concludedExperiments(treatment: new, baseline: old, limit: 9).map(\.id),
                try reader.concludedExperiments(treatment: new, baseline: old, limit: 1).map(\.id),
                try reader.concludedExperiments(treatment: old, baseline: new, limit: 9).map(\.id),
                try reader.concludedExperiments(
                    treatment: try id(reader, "churn", "2.0.0"), baseline: old, limit: 9
                ).map(\.id),
            ]
        }
        try expectEqual(concluded, [["e", "a"], ["e"], [], []])
    }

    @Sendable
    private static func lists(_ store: any MetadataStore) async throws {
        try await seed(store)
        try await store.change { transaction in
            try transaction.endExperiment(
                "a", end(.concluded, .improvement, isEarly: true), at: Seed.moment(9),
                by: try Seed.principal(transaction))
        }
        let filters: [(filter: String, wanted: [String])] = [
            ("status = 'running'", ["b", "c", "d"]), ("decision = 'improvement'", ["a"]),
            ("concluded_early = true", ["a"]), ("decision IS NULL", ["b", "c", "d"]),
            ("baseline_model = 'fraud_v1.0.0'", ["a", "c"]), ("treatment_model LIKE 'churn%'", ["c", "d"]),
            ("model = 'fraud'", ["a", "b"]), ("primary_metric IN ('recall')", ["b"]), ("looks > 0", ["b"]),
            ("created_by = 'bob'", ["b"]), ("updated_by = 'bob'", ["b"]),
            ("started_at >= '2024-01-15T10:00:00.005Z'", ["b"]),
            ("ends_at < '2024-01-15T10:00:00.105Z'", ["a", "c", "d"]),
            ("ended_at IS NOT NULL", ["a"]), ("tags.team = 'risk'", ["a"]), ("metadata.a.b = 2", ["c"]),
            ("created_at > '2024-01-15T10:00:00.001Z' AND NOT experiment_id = 'd'", ["b", "c"]),
        ]
        for (text, wanted) in filters {
            let filter: FilterExpression = try FilterParser.parse(text, fields: .experiments)
            try expectEqual(try await list(store, "experiment_id", filter: filter, limit: 2).map(\.id), wanted, text)
        }
        let orders: [(order: String, wanted: [String])] = [
            ("created_at desc", ["d", "c", "b", "a"]), ("treatment_model, created_at", ["c", "d", "a", "b"]),
            ("looks desc, experiment_id", ["b", "a", "c", "d"]),
        ]
        for (order, wanted) in orders {
            for limit in 1...5 {
                try expectEqual(try await list(store, order, limit: limit).map(\.id), wanted, "\(order) by \(limit)")
            }
        }
        for (patterns, wanted) in [
            (["fraud"], ["a", "b"]), (["churn"], ["d"]), (["*"], ["a", "b", "c", "d"]), ([], []),
        ] {
            let scope = ModelScope(patterns: patterns)
            let found: [String] = try await list(store, "experiment_id", limit: 2, scope: scope).map(\.id)
            try expectEqual(found, wanted, "\(patterns)")
        }
    }

    private static func list(
        _ store: any MetadataStore, _ order: String, filter: FilterExpression? = nil, limit: Int,
        scope: ModelScope = .everything
    ) async throws -> [ExperimentRecord] {
        var rows: [ExperimentRecord] = []
        var after: [SortValue]?
        repeat {
            let query: ListQuery = try ListWalk.query(
                .experiments, order, filter: filter, after: after, limit: limit, scope: scope)
            let page: Page<ExperimentRecord> = try await store.read { try $0.experiments(query) }
            rows += page.rows
            after = page.next
            try expect(rows.count < 100, "the pages do not end")
        } while after != nil
        return rows
    }
}

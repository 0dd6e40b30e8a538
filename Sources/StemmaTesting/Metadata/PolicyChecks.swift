internal import StemmaRegistry

/// Promises of `PolicyReader` and `PolicyWriter`.
enum PolicyChecks {
    static let all: [MetadataStoreContract.Check] = policies + runs + decisions + scope

    private static func new(
        _ id: String, name: String? = nil, enabled: Bool = true, next: Int64? = nil
    ) -> NewPolicy {
        NewPolicy(
            id: id, name: name ?? id, kind: "retirement", definition: Array(#"{"id":"\#(id)"}"#.utf8),
            mode: "recommend",
            isEnabled: enabled, nextRun: next.map { Seed.moment($0) })
    }

    private static func insert(_ transaction: any MetadataTransaction, _ policy: NewPolicy) throws {
        try transaction.insertPolicy(policy, at: Seed.moment(), by: try Seed.principal(transaction))
    }

    @discardableResult
    private static func start(_ transaction: any MetadataTransaction, _ id: String, of policy: String) throws -> Int64 {
        try transaction.insertPolicyRun(
            NewPolicyRun(
                id: id, policyID: policy, policyRevision: 1, definition: Array("{}".utf8), cause: .scheduled,
                isDryRun: true, started: Seed.moment(5), principalID: try Seed.principal(transaction)))
    }

    private static func end(_ transaction: any MetadataTransaction, _ id: String) throws {
        try transaction.endPolicyRun(
            id, status: .finished, counts: Array(#"{"keep":1}"#.utf8), error: nil, at: Seed.moment(9))
    }

    private static let policies: [MetadataStoreContract.Check] = [
        .init("a policy is stored, replaced and deleted, and counts its revisions") { store in
            let found: [PolicyRecord?] = try await store.change { transaction in
                try insert(transaction, new("a", name: "old", next: 7))
                let made: PolicyRecord? = try transaction.policy(id: "a")
                try transaction.updatePolicy(new("a", name: "new", enabled: false), at: Seed.moment(1))
                let changed: PolicyRecord? = try transaction.policy(named: "new")
                try transaction.deletePolicy("a", at: Seed.moment(2))
                return [
                    made, changed, try transaction.policy(id: "a"), try transaction.policy(named: "new"),
                    try transaction.policy(id: "b"),
                ]
            }
            let made = try expectSome(found[0], "the policy")
            try expectEqual([made.name, made.stored.kind, made.createdBy], ["old", "retirement", "ada"])
            try expect(made.revision == 1 && made.stored.nextRun == Seed.moment(7) && made.deleted == nil, "as stored")
            try expectEqual(made.stored.definition, Array(#"{"id":"a"}"#.utf8))
            let changed = try expectSome(found[1], "the replaced policy")
            try expect(
                changed.revision == 2 && changed.updated == Seed.moment(1) && changed.created == Seed.moment(), "times")
            try expect(!changed.stored.isEnabled && changed.stored.nextRun == nil, "as replaced")
            try expectEqual(try expectSome(found[2], "the deleted policy").deleted, Seed.moment(2))
            try expect(found[3] == nil && found[4] == nil, "absent ones")
            try await expectError(.policyNotFound, "twice") {
                try await store.change { try $0.deletePolicy("a", at: Seed.moment(3)) }
            }
            try await expectError(.policyNotFound, "a deleted one") {
                try await store.change { try $0.updatePolicy(new("a"), at: Seed.moment(3)) }
            }
        },
        .init("a policy's name is unique until it is deleted") { store in
            try await store.change { transaction in
                try insert(transaction, new("a", name: "n"))
                try insert(transaction, new("b"))
            }
            try await expectError(.policyExists, "a new one") {
                try await store.change { try insert($0, new("c", name: "n")) }
            }
            try await expectError(.policyExists, "a renamed one") {
                try await store.change { try $0.updatePolicy(new("b", name: "n"), at: Seed.moment()) }
            }
            let found: (names: [String], count: Int) = try await store.change { transaction in
                try transaction.deletePolicy("a", at: Seed.moment())
                try insert(transaction, new("c", name: "n"))
                try insert(transaction, new("A"))
                return (try transaction.policies().map(\.name), try transaction.policyCount())
            }
            try expectEqual(found.names, ["A", "b", "n"])
            try expectEqual(found.count, 3)
        },
        .init("policies are due that are enabled and whose time has come, the longest waiting first") { store in
            let found: [[String]] = try await store.change { transaction in
                try insert(transaction, new("late", next: 5))
                try insert(transaction, new("later", next: 3))
                try insert(transaction, new("future", next: 11))
                try insert(transaction, new("off", enabled: false, next: 1))
                try insert(transaction, new("never"))
                try insert(transaction, new("gone", next: 1))
                try transaction.deletePolicy("gone", at: Seed.moment())
                let due: [String] = try transaction.duePolicies(at: Seed.moment(10), limit: 10)
                try transaction.setNextRun(policy: "later", at: Seed.moment(20))
                return [
                    due, try transaction.duePolicies(at: Seed.moment(11), limit: 10),
                    try transaction.duePolicies(at: Seed.moment(30), limit: 2),
                    [String(try transaction.policy(id: "later")?.revision ?? 0)],
                ]
            }
            try expectEqual(found[0], ["later", "late"])
            try expectEqual(found[1], ["late", "future"])
            try expectEqual(found[2], ["late", "future"])
            try expectEqual(found[3], ["1"])
        },
    ]

    private static let runs: [MetadataStoreContract.Check] = [
        .init("runs are numbered, listed newest first, and end once") { store in
            let found: (numbers: [Int64], first: [PolicyRunRecord], second: [PolicyRunRecord]) =
                try await store.change { transaction in
                    try insert(transaction, new("a"))
                    try insert(transaction, new("b"))
                    var numbers: [Int64] = []
                    for (id, policy) in [("1", "a"), ("x", "b"), ("2", "a"), ("3", "a")] {
                        numbers.append(try start(transaction, id, of: policy))
                    }
                    try end(transaction, "2")
                    let first: [PolicyRunRecord] = try transaction.policyRuns(policy: "a", before: nil, limit: 2)
                    return (
                        numbers, first,
                        try transaction.policyRuns(policy: "a", before: first.last?.number, limit: 2)
                    )
                }
            try expectEqual(found.numbers, [1, 1, 2, 3])
            try expectEqual(found.first.map(\.id), ["3", "2"])
            try expectEqual(found.second.map(\.id), ["1"])
            let open: PolicyRunRecord = found.first[0]
            try expect(open.status == .running && open.finished == nil && open.counts == Array("{}".utf8), "open")
            try expect(open.by == "ada" && open.stored.isDryRun && open.stored.cause == .scheduled, "as started")
            try expectEqual(open.stored.started, Seed.moment(5))
            let ended: PolicyRunRecord = found.first[1]
            try expect(ended.status == .finished && ended.finished == Seed.moment(9), "ended")
            try expectEqual(ended.counts, Array(#"{"keep":1}"#.utf8))
            try await expectError(.policyRunNotFound, "twice") { try await store.change { try end($0, "2") } }
        },
        .init("open runs are found, of one policy or of all") { store in
            let found: [[String]] = try await store.change { transaction in
                try insert(transaction, new("a"))
                try insert(transaction, new("b"))
                for (id, policy) in [("1", "a"), ("2", "a"), ("3", "b")] { try start(transaction, id, of: policy) }
                try end(transaction, "1")
                return [
                    try transaction.openPolicyRuns(policy: nil).map(\.id),
                    try transaction.openPolicyRuns(policy: "a").map(\.id),
                    [try transaction.policyRun(id: "1")?.id, try transaction.policyRun(id: "4")?.id].compactMap { $0 },
                ]
            }
            try expectEqual(found, [["2", "3"], ["2"], ["1"]])
        },
    ]

    private static let decisions: [MetadataStoreContract.Check] = [
        .init("decisions are kept by run and verdict, in parts") { store in
            let found: [[String]] = try await store.change { transaction in
                try insert(transaction, new("a"))
                try start(transaction, "1", of: "a")
                try start(transaction, "2", of: "a")
                for (run, verdict, part) in [("1", "keep", 1), ("1", "keep", 0), ("1", "retire", 0), ("2", "keep", 0)] {
                    try transaction.insertPolicyDecisions(
                        run: run,
                        PolicyDecisionPart(
                            verdict: verdict, part: Int64(part), decisions: Array("[\"\(run)\(verdict)\(part)\"]".utf8))
                    )
                }
                let read: (String, Int64, Int) throws -> [String] = { verdict, part, limit in
                    try transaction.policyDecisions(run: "1", verdict: verdict, from: part, limit: limit).map {
                        String(decoding: $0.decisions, as: UTF8.self)
                    }
                }
                return [
                    try read("keep", 0, 5), try read("keep", 1, 5), try read("keep", 0, 1), try read("retire", 0, 5),
                    try read("unknown", 0, 5),
                ]
            }
            try expectEqual(
                found,
                [
                    [#"["1keep0"]"#, #"["1keep1"]"#], [#"["1keep1"]"#], [#"["1keep0"]"#], [#"["1retire0"]"#], [],
                ])
        },
        .init("old decisions and runs are dropped up to a limit, open runs and other policies stay") { store in
            let found: (dropped: [Int], runs: [[String]], kept: [Bool], deleted: [String]) =
                try await store.change { transaction in
                    try insert(transaction, new("a"))
                    try insert(transaction, new("b"))
                    for (id, policy) in [("1", "a"), ("2", "a"), ("3", "a"), ("x", "b")] {
                        try start(transaction, id, of: policy)
                        for part: Int64 in 0..<2 {
                            try transaction.insertPolicyDecisions(
                                run: id, PolicyDecisionPart(verdict: "keep", part: part, decisions: Array("[]".utf8)))
                        }
                        if id != "1" { try end(transaction, id) }
                    }
                    var dropped: [Int] = []
                    for _ in 0..<3 {
                        dropped.append(try transaction.removePolicyDecisions(policy: "a", through: 2, limit: 1))
                    }
                    let kept: [Bool] = try ["1", "2", "3", "x"].map {
                        try transaction.policyRun(id: $0)?.hasDecisions ?? false
                    }
                    dropped.append(try transaction.removePolicyRuns(policy: "a", through: 3, limit: 1))
                    let left: [String] = try transaction.policyRuns(policy: "a", before: nil, limit: 9).map(\.id)
                    dropped.append(try transaction.removePolicyRuns(policy: "a", through: 3, limit: 9))
                    try transaction.deletePolicy("a", at: Seed.moment())
                    try transaction.deletePolicy("b", at: Seed.moment())
                    return (
                        dropped,
                        [left, try transaction.policyRuns(policy: "a", before: nil, limit: 9).map(\.id)], kept,
                        try transaction.deletedPoliciesWithRuns(limit: 9)
                    )
                }
            try expectEqual(found.dropped, [1, 1, 0, 1, 1])
            try expectEqual(found.kept, [true, false, true, true])
            try expectEqual(found.runs, [["3", "1"], ["1"]])
            try expectEqual(found.deleted, ["b"])
        },
    ]

    /// A model of that name with a version in each state, which is named like its number: 1.0.0 and so on.
    private static func fleet(
        _ transaction: any MetadataTransaction, _ name: String, _ states: [LifecycleState]
    ) throws -> [Int64] {
        let model: Int64 = try Seed.model(transaction, name)
        return try states.enumerated().map { index, state in
            let id: Int64 = try Seed.version(transaction, of: model, "\(index + 1).0.0", state: state)
            try transaction.updateVersion(
                id, description: nil, tags: Array("{}".utf8),
                metrics: Array(#"{"a\"b":\#(index),"auc":0.5,"c.d":1}"#.utf8), at: Seed.moment(3))
            return id
        }
    }

    private static let scope: [MetadataStoreContract.Check] = [
        .init("versions are found by key, state and filter, with the metrics that were asked for") { store in
            let found: (ids: [Int64], all: [PolicyVersion], some: [[Int64]], last: Int64) =
                try await store.change { transaction in
                    let ids: [Int64] = try fleet(
                        transaction, "fraud", [.production, .staging, .development, .staging, .staging, .staging])
                    try transaction.deleteVersion(ids[3], at: Seed.moment(4))
                    let draft: Int64 = try Seed.version(
                        transaction, of: try expectSome(try transaction.model(named: "fraud"), "model").id, "9.0.0",
                        status: .draft, state: .staging, expires: Seed.moment(9))
                    let filter = try FilterParser.parse("version >= '5.0.0'", fields: .versions)
                    let find: (ClosedRange<Int64>, [LifecycleState], FilterExpression?) throws -> [Int64] = {
                        try transaction.policyVersions(keys: $0, states: $1, filter: $2, metrics: []).map(\.id)
                    }
                    return (
                        ids,
                        try transaction.policyVersions(
                            keys: 1...draft, states: [.production], filter: nil,
                            metrics: ["auc", "a\"b", "none", "c.d"]
                        ),
                        [
                            try find(1...draft, [.staging, .production], nil),
                            try find(ids[1]...ids[4], [.staging], nil),
                            try find(1...draft, [.staging], filter), try find(1...draft, [.archived], nil),
                        ], try transaction.lastVersionKey()
                    )
                }
            let ids: [Int64] = found.ids
            try expectEqual(
                found.some, [[ids[0], ids[1], ids[4], ids[5]], [ids[1], ids[4]], [ids[4], ids[5]], []])
            try expectEqual(found.last, ids[5] + 1)
            let one: PolicyVersion = try expectSome(found.all.first, "the version in production")
            try expectEqual(found.all.count, 1)
            try expectEqual([one.model, one.version], ["fraud", "1.0.0"])
            try expect(one.state == .production && one.created == Seed.moment(), "state and time")
            try expectEqual(one.metrics, [0.5, 0, nil, 1])
        },
        .init("versions in service are found by model") { store in
            let found: [Set<String>] = try await store.change { transaction in
                _ = try fleet(transaction, "a", [.production, .staging, .development, .deprecated])
                _ = try fleet(transaction, "b", [.shadow])
                _ = try fleet(transaction, "c", [.production])
                let models: [Int64] = try ["a", "b"].map {
                    try expectSome(try transaction.model(named: $0), "model \($0)").id
                }
                let find: ([Int64], [LifecycleState]) throws -> Set<String> = { models, states in
                    let found: [PolicyVersion] = try transaction.policyVersions(
                        models: models, states: states, metrics: ["auc"])
                    try expect(found.allSatisfy { $0.metrics == [0.5] }, "metrics")
                    return Set(found.map { $0.model + $0.version })
                }
                return [
                    try find(models, [.production, .staging, .shadow]), try find(models, [.production]),
                    try find([], [.production]),
                ]
            }
            try expectEqual(found, [["a1.0.0", "a2.0.0", "b1.0.0"], ["a1.0.0"], []])
        },
        .init("live consumers are counted by version") { store in
            let found: (counts: [Int64: Int64], ids: [Int64]) = try await store.change { transaction in
                let ids: [Int64] = try fleet(transaction, "a", [.production, .staging, .shadow])
                let model: Int64 = try expectSome(try transaction.model(named: "a"), "model").id
                for (version, name, expires) in [
                    (ids[0], "x", 9), (ids[0], "y", 9), (ids[0], "z", 5), (ids[1], "x", 5), (ids[2], "x", 9),
                ] {
                    _ = try transaction.countReads(
                        model: model, version: version, name: name, ref: "latest", reads: 1, last: Seed.moment(),
                        expires: Seed.moment(Int64(expires)), mayRegister: true)
                }
                return (try transaction.liveConsumerCounts(keys: ids[0]...ids[1], at: Seed.moment(5)), ids)
            }
            try expectEqual(found.counts, [found.ids[0]: 2])
        },
        .init("first observations are those of the first days, or of the first month where days were folded") { store in
            let found: (first: [Int64: FirstObservations], ids: [Int64]) = try await store.change { transaction in
                let ids: [Int64] = try fleet(transaction, "a", [.production, .staging, .shadow, .staging])
                let put: (Int64, String, ObservationLevel, Int64, Double, Int64) throws -> Void = {
                    version, metric, level, period, sum, count in
                    let series: Int64 = try transaction.ensureObservationSeries(version: version, metric: metric)
                    try transaction.putObservationRollup(
                        ObservationRollup(
                            count: count, sum: sum, minimum: 0, maximum: sum, lastAt: .start(ofDay: period), last: sum),
                        series: series, level, period: period)
                }
                for (day, sum): (Int64, Double) in [(20_000, 4), (20_001, 6), (20_003, 100)] {
                    try put(ids[0], "m", .day, day, sum, 2)
                }
                try put(ids[1], "other", .day, 20_000, 1, 1)
                try put(ids[2], "m", .month, 600, 30, 10)
                try put(ids[2], "m", .month, 601, 90, 10)
                try put(ids[2], "m", .day, 20_000, 7, 1)
                try put(ids[3], "m", .day, 20_000, 7, 1)
                return (try transaction.firstObservations(metric: "m", days: 3, keys: ids[0]...ids[2]), ids)
            }
            try expectEqual(
                found.first,
                [
                    found.ids[0]: FirstObservations(count: 4, mean: 2.5, end: .start(ofDay: 20_003)),
                    found.ids[2]: FirstObservations(count: 10, mean: 3, end: .start(ofMonth: 601)),
                ])
        },
    ]
}

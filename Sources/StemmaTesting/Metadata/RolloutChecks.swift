internal import StemmaDigest
internal import StemmaRegistry

/// Promises of `RolloutReader` and `RolloutWriter`.
enum RolloutChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("a rollout is stored with its names and keeps what it is told") { store in
            let found: [RolloutRecord?] = try await store.change { transaction in
                let rows = try rows(transaction, "fraud")
                let absent: RolloutRecord? = try transaction.rollout(id: "r1")
                try transaction.insertRollout(rollout("r1", rows, at: 5))
                let made: RolloutRecord? = try transaction.rollout(id: "r1")
                try transaction.updateRollout("r1", ended, at: Seed.moment(9))
                return [absent, made, try transaction.rollout(id: "r1")]
            }
            try expect(found[0] == nil, "before it was stored")
            let made: RolloutRecord = try expectSome(found[1], "the rollout")
            try expectEqual(
                [made.model, made.version, made.baseline, made.createdBy], ["fraud", "2.0.0", "1.0.0", "ada"])
            try expectEqual(made.plan, Array(#"{"steps":[5]}"#.utf8))
            try expectEqual(
                made.progress,
                RolloutProgress(
                    status: .running, step: 0, percent: 5, stepStarted: Seed.moment(5), history: Array("[]".utf8)))
            try expect(
                made.created == Seed.moment(5) && made.updated == Seed.moment(5) && made.revision == 1, "its times")
            let changed: RolloutRecord = try expectSome(found[2], "the changed rollout")
            try expectEqual(changed.progress, ended)
            try expect(changed.updated == Seed.moment(9) && changed.revision == 2, "the change counts")
        },
        .init("a model has one running rollout, and an ended one makes room") { store in
            let first: Bool = try await store.change { transaction in
                let rows = try rows(transaction, "fraud")
                try transaction.insertRollout(rollout("r1", rows, at: 1))
                return try transaction.runningRollout(model: rows.model)?.id == "r1"
            }
            try expect(first, "the running rollout")
            try await expectError(.rolloutRunning, "a second rollout") {
                try await store.change { transaction in
                    let rows = try known(transaction, "fraud")
                    try transaction.insertRollout(rollout("r2", rows, at: 2))
                }
            }
            let found: [String?] = try await store.change { transaction in
                let rows = try known(transaction, "fraud")
                try transaction.updateRollout("r1", ended, at: Seed.moment(9))
                let none: String? = try transaction.runningRollout(model: rows.model)?.id
                try transaction.insertRollout(rollout("r2", rows, at: 2))
                return [none, try transaction.runningRollout(model: rows.model)?.id]
            }
            try expectEqual(found, [nil, "r2"])
            try await expectError(.rolloutNotFound, "an unknown rollout") {
                try await store.change { try $0.updateRollout("r9", ended, at: Seed.moment()) }
            }
        },
        .init("rollouts are listed newest first, by model, by being under way, and by success") { store in
            let found: [[String]] = try await store.change { transaction in
                let fraud = try rows(transaction, "fraud")
                let churn = try rows(transaction, "churn")
                for (id, moment) in [("a", Int64(1)), ("c", 3), ("b", 3)] {
                    try transaction.insertRollout(rollout(id, fraud, at: moment))
                    var progress: RolloutProgress = ended
                    progress.status = id == "a" ? .aborted : .succeeded
                    try transaction.updateRollout(id, progress, at: Seed.moment(moment))
                }
                try transaction.insertRollout(rollout("d", fraud, at: 2))
                try transaction.insertRollout(rollout("e", churn, at: 2))
                let page: [RolloutRecord] = try transaction.rollouts(model: fraud.model, after: nil, limit: 2)
                let last: RolloutRecord = try expectSome(page.last, "a page")
                return [
                    page.map(\.id),
                    try transaction.rollouts(model: fraud.model, after: (last.created, last.id), limit: 9).map(\.id),
                    try transaction.runningRollouts(afterModel: 0, limit: 9).map(\.id),
                    try transaction.runningRollouts(afterModel: fraud.model, limit: 9).map(\.id),
                    try transaction.runningRollouts(afterModel: 0, limit: 1).map(\.id),
                    try transaction.succeededRollouts(version: fraud.candidate, limit: 9).map(\.id),
                    try transaction.succeededRollouts(version: fraud.candidate, limit: 1).map(\.id),
                    try transaction.succeededRollouts(version: fraud.production, limit: 9).map(\.id),
                ]
            }
            try expectEqual(found, [["c", "b"], ["d", "a"], ["d", "e"], ["e"], ["d"], ["c", "b"], ["c"], []])
        },
        .init("traffic goes to production, and to the candidate while a rollout runs") { store in
            let found: [TrafficRecord] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "idle")
                _ = try Seed.version(transaction, of: model, "1.0.0", state: .staging)
                let rows = try rows(transaction, "fraud")
                var found: [TrafficRecord] = [
                    try transaction.traffic(model: model), try transaction.traffic(model: rows.model),
                ]
                try transaction.insertRollout(rollout("r1", rows, at: 5))
                found.append(try transaction.traffic(model: rows.model))
                try transaction.updateRollout("r1", ended, at: Seed.moment(9))
                found.append(try transaction.traffic(model: rows.model))
                return found
            }
            let production = TrafficRecord.Target(version: "1.0.0", manifestDigest: Seed.digest("manifest 1.0.0"))
            let candidate = TrafficRecord.Target(version: "2.0.0", manifestDigest: Seed.digest("manifest 2.0.0"))
            try expectEqual(
                found,
                [
                    TrafficRecord(model: "idle", production: nil, candidate: nil, updated: nil),
                    TrafficRecord(model: "fraud", production: production, candidate: nil, updated: Seed.moment()),
                    TrafficRecord(
                        model: "fraud", production: production,
                        candidate: TrafficRecord.Candidate(target: candidate, percent: 5, rolloutID: "r1"),
                        updated: Seed.moment(5)),
                    TrafficRecord(model: "fraud", production: production, candidate: nil, updated: Seed.moment(8)),
                ])
            try await expectError(.modelNotFound, "an unknown model") {
                _ = try await store.read { try $0.traffic(model: 999) }
            }
        },
        .init("the traffic of every model in production is there at start") { store in
            let found: Set<String> = try await store.change { transaction in
                for name in ["a", "b", "c"] {
                    let rows = try rows(transaction, name)
                    if name == "a" { try transaction.insertRollout(rollout("r", rows, at: 1)) }
                    if name == "b" { try transaction.deleteModel(rows.model, at: Seed.moment()) }
                }
                let idle: Int64 = try Seed.model(transaction, "idle")
                _ = try Seed.version(transaction, of: idle, "1.0.0", state: .staging)
                var found: Set<String> = []
                try transaction.forEachTraffic { traffic in
                    found.insert("\(traffic.model) \(traffic.candidate?.percent ?? 0)")
                }
                return found
            }
            try expectEqual(found, ["a 5", "c 0"])
        },
    ]

    private typealias Rows = (model: Int64, production: Int64, candidate: Int64, ada: Int64)

    /// A model with 1.0.0 in production and 2.0.0 in staging.
    private static func rows(_ transaction: any MetadataTransaction, _ name: String) throws -> Rows {
        let model: Int64 = try Seed.model(transaction, name)
        return (
            model, try Seed.version(transaction, of: model, "1.0.0", state: .production),
            try Seed.version(transaction, of: model, "2.0.0", state: .staging), try Seed.principal(transaction)
        )
    }

    /// The same, made before.
    private static func known(_ transaction: any MetadataTransaction, _ name: String) throws -> Rows {
        let model: Int64 = try expectSome(try transaction.model(named: name), name).id
        let versions: [Int64] = try ["1.0.0", "2.0.0"].map { text in
            let precedence: [UInt8] = try Seed.precedence(text)
            return try expectSome(try transaction.version(model: model, precedence: precedence), text).id
        }
        return (model, versions[0], versions[1], try Seed.principal(transaction))
    }

    private static func rollout(_ id: String, _ rows: Rows, at milliseconds: Int64) -> NewRollout {
        NewRollout(
            id: id, modelID: rows.model, versionID: rows.candidate, baselineID: rows.production,
            plan: Array(#"{"steps":[5]}"#.utf8), percent: 5, created: Seed.moment(milliseconds), createdBy: rows.ada,
            history: Array("[]".utf8))
    }

    private static let ended = RolloutProgress(
        status: .aborted, step: 1, percent: 25, stepStarted: Seed.moment(7), ended: Seed.moment(8), endReason: "why",
        history: Array(#"[{"event":"aborted"}]"#.utf8))
}

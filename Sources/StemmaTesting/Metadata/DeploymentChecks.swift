internal import StemmaRegistry

/// Promises of `DeploymentReader` and `DeploymentWriter`.
enum DeploymentChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("a deployment is kept as it was made, and changed") { store in
            let found: [DeploymentRecord?] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let bob: Int64 = try Seed.principal(transaction, "bob")
                let absent: DeploymentRecord? = try transaction.deployment("dep_1")
                try insert(
                    transaction, "dep_1", model, version, "prod\n\"uction\"", detail: "blue",
                    annotations: #"{"a":"b"}"#)
                let made: DeploymentRecord? = try transaction.deployment("dep_1")
                try transaction.updateDeployment(
                    "dep_1", DeploymentChange(status: .deployed, rationale: "why", detail: nil, deployedBy: 7),
                    at: Seed.moment(5), by: bob)
                let deployed: DeploymentRecord? = try transaction.deployment("dep_1")
                try transaction.updateDeployment(
                    "dep_1", DeploymentChange(status: .failed, rationale: nil, detail: "gone", deployedBy: nil),
                    at: Seed.moment(6), by: bob)
                return [absent, made, deployed, try transaction.deployment("dep_1")]
            }
            try expect(found[0] == nil, "before it was made")
            let made = try expectSome(found[1], "the deployment")
            try expectEqual(
                [made.id, made.model, made.version, made.environment, made.status.rawValue, made.ref],
                ["dep_1", "fraud", "1.0.0", "prod\n\"uction\"", "pending", "@ref"])
            try expectEqual([made.rationale, made.detail], [nil, "blue"])
            try expectEqual(made.annotations, Array(#"{"a":"b"}"#.utf8))
            try expectEqual(
                [made.manifestDigest, made.artifactsDigest], [Seed.digest("m"), Seed.digest("files 1.0.0")])
            try expectEqual([made.created, made.updated], [Seed.moment(), Seed.moment()])
            try expectEqual([made.createdBy, made.updatedBy], ["ada", "ada"])
            try expect(made.revision == 1 && made.deployed == nil && !made.isCurrent, "a new one")
            let deployed = try expectSome(found[2], "the deployed one")
            try expect(deployed.status == .deployed && deployed.isCurrent && deployed.revision == 2, "deployed")
            try expectEqual(deployed.deployed, Seed.moment(5))
            try expectEqual([deployed.rationale, deployed.detail], ["why", nil])
            try expectEqual([deployed.createdBy, deployed.updatedBy], ["ada", "bob"])
            try expectEqual([deployed.created, deployed.updated], [Seed.moment(), Seed.moment(5)])
            let failed = try expectSome(found[3], "the failed one")
            try expect(failed.status == .failed && !failed.isCurrent && failed.revision == 3, "failed")
            try expectEqual(failed.deployed, Seed.moment(5), "it had been deployed")
        },
        .init("a deployment that is not there cannot be changed") { store in
            try await expectError(.deploymentNotFound, "dep_2") {
                try await store.change { transaction in
                    let ada: Int64 = try Seed.principal(transaction)
                    try transaction.updateDeployment(
                        "dep_2", DeploymentChange(status: .failed, rationale: nil, detail: nil, deployedBy: nil),
                        at: Seed.moment(), by: ada)
                }
            }
        },
        .init("of a model in an environment the last one to be deployed is current", current),
        .init("a version says what became of its deployments, unless it is deleted") { store in
            let found: [VersionRecord?] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let kept: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                let deleted: Int64 = try Seed.version(transaction, of: model, "2.0.0")
                try transaction.deleteVersion(deleted, at: Seed.moment())
                for id in [kept, deleted] {
                    try transaction.setDeploymentStatus(version: id, "deployed_production", at: Seed.moment(3))
                }
                return [try transaction.version(id: kept), try transaction.version(id: deleted)]
            }
            let kept = try expectSome(found[0], "the version")
            try expectEqual(kept.standing.deploymentStatus, "deployed_production")
            try expect(kept.updated == Seed.moment(3) && kept.revision == 2, "its change is seen")
            try expect(found[1]?.standing.deploymentStatus == nil, "the deleted one")
        },
        .init("deployments are filtered, ordered, paged and kept within a scope", lists),
        .init("every field of deployments can be filtered and ordered by") { store in
            try await seed(store)
            for field in FilterSchema.deployments.summary.split(separator: ", ") {
                let filter: FilterExpression = try FilterParser.parse(
                    "\(field) IS NULL OR \(field) IS NOT NULL", fields: .deployments)
                for order in ["\(field)", "\(field) desc"] {
                    let found: [DeploymentRecord] = try await list(store, order, filter: filter, limit: 2)
                    try expectEqual(found.count, 5, order)
                    try expectEqual(Set(found.map(\.id)).count, 5, order)
                }
            }
        },
    ]

    private static func insert(
        _ transaction: any MetadataTransaction, _ id: String, _ model: Int64, _ version: Int64,
        _ environment: String, detail: String? = nil, annotations: String = "{}", at created: Timestamp = Seed.moment(),
        by subject: String = "ada"
    ) throws {
        try transaction.insertDeployment(
            NewDeployment(
                id: id, modelID: model, versionID: version, environment: environment, status: .pending, ref: "@ref",
                manifestDigest: Seed.digest("m"), rationale: nil, detail: detail, annotations: Array(annotations.utf8),
                created: created, createdBy: try Seed.principal(transaction, subject)))
    }

    private static func set(
        _ transaction: any MetadataTransaction, _ id: String, _ status: DeploymentStatus, by event: Int64? = nil
    ) throws {
        try transaction.updateDeployment(
            id, DeploymentChange(status: status, rationale: nil, detail: nil, deployedBy: event), at: Seed.moment(9),
            by: try Seed.principal(transaction))
    }

    @Sendable
    private static func current(_ store: any MetadataStore) async throws {
        try await store.change { transaction in
            let fraud: Int64 = try Seed.model(transaction, "fraud")
            let churn: Int64 = try Seed.model(transaction, "churn")
            let first: Int64 = try Seed.version(transaction, of: fraud, "1.0.0")
            let second: Int64 = try Seed.version(transaction, of: fraud, "2.0.0")
            let other: Int64 = try Seed.version(transaction, of: churn, "1.0.0")
            try insert(transaction, "a", fraud, first, "production")
            try insert(transaction, "b", fraud, second, "production")
            try insert(transaction, "c", fraud, first, "staging")
            try insert(transaction, "d", churn, other, "production")
        }
        func currents() async throws -> [String] {
            let filter: FilterExpression = try FilterParser.parse("current = true", fields: .deployments)
            let listed: [String] = try await list(store, "id", filter: filter, limit: 2).map(\.id)
            let read: [String] = try await store.read { reader in
                try ["a", "b", "c", "d"].filter { try reader.deployment($0)?.isCurrent == true }
            }
            try expectEqual(listed, read, "the list and the records agree")
            return read
        }
        let steps: [(id: String, status: DeploymentStatus, event: Int64?, wanted: [String])] = [
            ("b", .deployed, 1, ["b"]), ("a", .deployed, 2, ["a"]), ("c", .deployed, 3, ["a", "c"]),
            ("d", .deployed, 4, ["a", "c", "d"]), ("a", .rolledBack, nil, ["b", "c", "d"]),
            ("b", .failed, nil, ["c", "d"]), ("b", .pending, nil, ["c", "d"]), ("b", .deployed, 5, ["b", "c", "d"]),
        ]
        for step in steps {
            try await store.change { try set($0, step.id, step.status, by: step.event) }
            try expectEqual(try await currents(), step.wanted, "\(step.id) \(step.status)")
        }
    }

    /// Five deployments: three of `fraud`, two of `churn`.
    private static func seed(_ store: any MetadataStore) async throws {
        try await store.change { transaction in
            let fraud: Int64 = try Seed.model(transaction, "fraud")
            let churn: Int64 = try Seed.model(transaction, "churn")
            let old: Int64 = try Seed.version(transaction, of: fraud, "1.9.0")
            let new: Int64 = try Seed.version(transaction, of: fraud, "1.10.0")
            let other: Int64 = try Seed.version(transaction, of: churn, "2.0.0")
            try insert(transaction, "a", fraud, old, "production", at: Seed.moment(1))
            try insert(transaction, "b", fraud, new, "production", at: Seed.moment(2), by: "bob")
            try insert(transaction, "c", fraud, new, "staging", at: Seed.moment(2))
            try insert(transaction, "d", churn, other, "production", at: Seed.moment(4))
            try insert(transaction, "e", churn, other, "Production", at: Seed.moment(5))
            try set(transaction, "a", .deployed, by: 1)
            try set(transaction, "b", .deployed, by: 2)
            try set(transaction, "d", .failed)
        }
    }

    @Sendable
    private static func lists(_ store: any MetadataStore) async throws {
        try await seed(store)
        let filters: [(filter: String, wanted: [String])] = [
            ("model = 'fraud'", ["a", "b", "c"]), ("environment = 'production'", ["a", "b", "d"]),
            ("version >= '1.10.0'", ["b", "c", "d", "e"]), ("status = 'deployed'", ["a", "b"]),
            ("status IN ('pending', 'failed')", ["c", "d", "e"]), ("current = true", ["b"]),
            ("current = false AND status = 'deployed'", ["a"]), ("created_by = 'bob'", ["b"]),
            ("created_at > '2024-01-15T10:00:00.002Z'", ["d", "e"]), ("model_id = 'fraud_v1.9.0'", ["a"]),
            ("id IN ('a', 'e') OR environment ILIKE 'STAG%'", ["a", "c", "e"]),
            ("deployed_at IS NULL", ["c", "d", "e"]),
            ("ref = '@ref' AND NOT updated_by = 'bob'", ["a", "b", "c", "d", "e"]),
            ("updated_at >= '2024-01-15T10:00:00.009Z'", ["a", "b", "d"]),
        ]
        for (text, wanted) in filters {
            let filter: FilterExpression = try FilterParser.parse(text, fields: .deployments)
            try expectEqual(try await list(store, "id", filter: filter, limit: 2).map(\.id), wanted, text)
        }
        let orders: [(order: String, wanted: [String])] = [
            ("created_at desc", ["e", "d", "c", "b", "a"]), ("version, id desc", ["a", "c", "b", "e", "d"]),
            ("environment, model", ["e", "d", "a", "b", "c"]), ("current desc, id", ["b", "a", "c", "d", "e"]),
        ]
        for (order, wanted) in orders {
            for limit in 1...6 {
                try expectEqual(try await list(store, order, limit: limit).map(\.id), wanted, "\(order) by \(limit)")
            }
        }
        let scoped: [DeploymentRecord] = try await list(store, "id", limit: 2, scope: ModelScope(patterns: ["ch*"]))
        try expectEqual(scoped.map(\.id), ["d", "e"])
        let none: [DeploymentRecord] = try await list(store, "id", limit: 2, scope: ModelScope(patterns: []))
        try expect(none.isEmpty, "nothing is in an empty scope")
    }

    private static func list(
        _ store: any MetadataStore, _ order: String, filter: FilterExpression? = nil, limit: Int,
        scope: ModelScope = .everything
    ) async throws -> [DeploymentRecord] {
        var rows: [DeploymentRecord] = []
        var after: [SortValue]?
        repeat {
            let query: ListQuery = try ListWalk.query(
                .deployments, order, filter: filter, after: after, limit: limit, scope: scope)
            let page: Page<DeploymentRecord> = try await store.read { try $0.deployments(query) }
            rows += page.rows
            after = page.next
            try expect(rows.count < 100, "the pages do not end")
        } while after != nil
        return rows
    }
}

internal import StemmaRegistry

/// Promises of `PastReader`.
enum PastChecks {
    private static func at(_ milliseconds: Int64, end: Int64 = .max) -> PastMoment {
        PastMoment(time: Seed.moment(milliseconds), end: end)
    }

    private static func query(
        _ moment: PastMoment, model: Int64? = nil, isByName: Bool = false, isDescending: Bool = false,
        after: SortValue? = nil, limit: Int = 10, scope: ModelScope = .everything
    ) -> PastQuery {
        PastQuery(
            moment: moment, model: model, isByName: isByName, isDescending: isDescending, after: after, limit: limit,
            scope: scope)
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("what was registered by a moment and not deleted by then is there, in order, a page at a time") { store in
            let ids: [Int64] = try await store.change { transaction in
                let fraud: Int64 = try Seed.model(transaction, "fraud", at: Seed.moment(1))
                _ = try Seed.model(transaction, "churn", at: Seed.moment(5))
                var ids: [Int64] = [fraud]
                for (position, version) in ["1.0.0", "2.0.0", "1.1.0"].enumerated() {
                    ids.append(
                        try Seed.version(transaction, of: fraud, version, at: Seed.moment(Int64(position) * 10 + 10)))
                }
                try transaction.deleteVersion(ids[1], at: Seed.moment(40))
                try transaction.deleteModel(fraud, at: Seed.moment(50))
                return ids
            }
            try await store.read { reader in
                func versions(_ query: PastQuery) throws -> [Int64] { try reader.pastVersions(query).map(\.id) }
                func models(_ query: PastQuery) throws -> [String] { try reader.pastModels(query).map(\.name) }
                try expectEqual(try versions(query(at(9), model: ids[0])), [])
                try expectEqual(try versions(query(at(20), model: ids[0])), [ids[1], ids[2]])
                try expectEqual(
                    try versions(query(at(39), model: ids[0], isDescending: true)), [ids[3], ids[2], ids[1]])
                try expectEqual(try versions(query(at(40))), [ids[2], ids[3]])
                try expectEqual(try versions(query(at(50))), [])
                let first: [PastRow] = try reader.pastVersions(query(at(39), model: ids[0], limit: 2))
                try expectEqual(
                    try versions(query(at(39), model: ids[0], after: first.last?.position)), [ids[3]])
                try expectEqual(try versions(query(at(39), scope: ModelScope(patterns: ["c*"]))), [])
                try expectEqual(try models(query(at(4), isByName: true)), ["fraud"])
                try expectEqual(try models(query(at(5), isByName: true)), ["churn", "fraud"])
                try expectEqual(try models(query(at(5), isByName: true, after: .text("churn"))), ["fraud"])
                try expectEqual(try models(query(at(5))), ["fraud", "churn"])
                try expectEqual(try models(query(at(50), isByName: true)), ["churn"])
                try expectEqual(try models(query(at(5), scope: ModelScope(patterns: ["f*"]))), ["fraud"])
            }
        },
        .init("latest, ranges and counts are those of the moment: states, drafts and deletions since are undone") {
            store in
            let ids: [Int64] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let ada: Int64 = try Seed.principal(transaction)
                var ids: [Int64] = [model]
                for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
                    ids.append(try Seed.version(transaction, of: model, version, at: Seed.moment(1)))
                }
                // 1.1.0 was a draft until event 0, and 1.0.0 is deprecated by event 1.
                try Seed.event(
                    transaction, "publish_version", .version(model: "fraud", version: "1.1.0"), at: Seed.moment(10))
                let sequence: Int64 = try Seed.event(
                    transaction, "transition_version", .version(model: "fraud", version: "1.0.0"), at: Seed.moment(20))
                _ = try transaction.insertTransition(
                    NewTransition(
                        modelID: model, versionID: ids[1], from: .development, to: .deprecated, kind: .requested,
                        at: Seed.moment(20), principalID: ada, rationale: nil, evidence: nil, rollbackPlan: nil,
                        approvers: Array("[]".utf8), lifecycleRevision: 1, facts: Array("{}".utf8),
                        guards: Array("[]".utf8), counterpartID: nil, auditSequence: sequence))
                try transaction.setState(version: ids[1], .deprecated, sunset: nil, at: Seed.moment(20))
                try transaction.deleteVersion(ids[2], at: Seed.moment(30))
                return ids
            }
            try await store.read { reader in
                func latest(_ moment: PastMoment) throws -> Int64? {
                    try reader.latestVersion(model: ids[0], named: "fraud", at: moment)
                }
                func newest(_ moment: PastMoment) throws -> Int64? {
                    try reader.newestVersion(
                        model: ids[0], named: "fraud", in: try expectSome(VersionRange("^1"), "a range"), at: moment)
                }
                for (moment, expected, counts) in [
                    (at(1, end: 0), ids[1], ["development": 2, "draft": 1]),
                    (at(10, end: 1), ids[2], ["development": 3]),
                    (at(20, end: 2), ids[2], ["development": 2, "deprecated": 1]),
                ] as [(PastMoment, Int64, [String: Int64])] {
                    try expectEqual(try latest(moment), expected)
                    try expectEqual(try newest(moment), expected)
                    try expectEqual(try reader.versionCounts(model: ids[0], named: "fraud", at: moment), counts)
                }
                try expectEqual(try latest(at(30, end: 2)), nil)
                try expectEqual(try newest(at(30, end: 2)), ids[1])
                try expectEqual(try latest(at(0, end: 0)), nil)
                try expectEqual(
                    try reader.publishedVersionCount(model: ids[0], named: "fraud", at: at(1, end: 0)), 2)
                try expectEqual(
                    try reader.publishedVersionCount(model: ids[0], named: "fraud", at: at(30, end: 2)), 2)
                try expectEqual(try reader.lastTransition(version: ids[1], before: 1)?.id, nil)
                let transition = try expectSome(try reader.lastTransition(version: ids[1], before: 2), "a transition")
                try expectEqual(transition.stored.facts, Array("{}".utf8))
                try expectEqual(try reader.firstTransition(version: ids[1], notBefore: 1), transition.id)
                try expectEqual(try reader.firstTransition(version: ids[1], notBefore: 2), nil)
                try expectEqual(try reader.mainTransition(auditSequence: 1)?.id, transition.id)
                try expectEqual(try reader.versions(model: ids[0], in: .deprecated, before: 2), [ids[1]])
                try expectEqual(try reader.versions(model: ids[0], in: .deprecated, before: 1), [])
            }
        },
        .init("entities and assessments that were there are found in the order in which they were made") { store in
            let ids: [Int64] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                var ids: [Int64] = []
                for (position, name) in [nil, "fraud", "churn"].enumerated() {
                    let node = LineageNodeID(name == nil ? .dataset : .model, name ?? "orders")
                    ids.append(
                        try transaction.insertLineageEntity(
                            NewLineageEntity(
                                node: node, model: name, versionID: nil, rank: Int64(position), origin: .client,
                                fields: LineageEntityFields(), created: Seed.moment(Int64(position) * 10),
                                createdBy: ada)))
                    ids.append(
                        try transaction.insertImpactAssessment(
                            NewImpactAssessment(
                                id: "a\(position)", entity: ids[position * 2], change: .changed, reason: "r",
                                quarantines: false, due: nil, summary: Array("{}".utf8),
                                created: Seed.moment(Int64(position) * 10 + 5), createdBy: ada)))
                }
                try transaction.removeLineageEntity(ids[2], at: Seed.moment(30))
                return ids
            }
            try await store.read { reader in
                func entities(_ query: PastQuery) throws -> [Int64] { try reader.pastLineageEntities(query).map(\.id) }
                func assessments(_ query: PastQuery) throws -> [Int64] {
                    try reader.pastImpactAssessments(query).map(\.id)
                }
                try expectEqual(try entities(query(at(9))), [ids[0]])
                try expectEqual(try entities(query(at(29), isDescending: true)), [ids[4], ids[2], ids[0]])
                try expectEqual(try entities(query(at(30))), [ids[0], ids[4]])
                let first: [PastRow] = try reader.pastLineageEntities(query(at(29), limit: 1))
                try expectEqual(try entities(query(at(29), after: first.last?.position)), [ids[2], ids[4]])
                // What belongs to no model is everybody's.
                try expectEqual(try entities(query(at(30), scope: ModelScope(patterns: ["f*"]))), [ids[0]])
                try expectEqual(try assessments(query(at(4))), [])
                try expectEqual(try assessments(query(at(25), isDescending: true)), [ids[5], ids[3], ids[1]])
                try expectEqual(try assessments(query(at(25), after: .integer(ids[1]), limit: 1)), [ids[3]])
                try expectEqual(
                    try assessments(query(at(25), scope: ModelScope(patterns: ["f*"]))), [ids[1], ids[3]])
                try expectEqual(try reader.impactAssessment(row: ids[3])?.id, "a1")
                func entities(ofFraud includingRemoved: Bool) throws -> [Int64] {
                    try reader.lineageEntities(ofModel: "fraud", includingRemoved: includingRemoved, limit: 5)
                }
                try expectEqual(try entities(ofFraud: false), [])
                try expectEqual(try entities(ofFraud: true), [ids[2]])
            }
        },
        .init("what was done with an entity is found, and its first edge after a moment, ended or not") { store in
            let ids: [Int64] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                let ids: [Int64] = try ["a", "b"].enumerated().map { position, key in
                    try transaction.insertLineageEntity(
                        NewLineageEntity(
                            node: LineageNodeID(.dataset, key), model: nil, versionID: nil, rank: Int64(position),
                            origin: .client, fields: LineageEntityFields(), created: Seed.moment(), createdBy: ada))
                }
                let node: ResourceID = .lineageEntity("dataset:a")
                try Seed.event(transaction, "put_lineage_entity", node)
                try Seed.event(transaction, "put_lineage_entity", .lineageEntity("dataset:b"))
                try Seed.event(transaction, "put_lineage_entity", node, outcome: "refused")
                try Seed.event(transaction, "delete_lineage_entity", node)
                let key = LineageEdgeKey(upstream: ids[0], relationship: .derivesFrom, downstream: ids[1])
                for (since, until) in [(10, 20), (30, 40), (50, nil)] as [(Int64, Int64?)] {
                    _ = try transaction.insertLineageEdge(
                        key, origin: .client, metadata: nil, since: Seed.moment(since))
                    if let until { _ = try transaction.endLineageEdge(key, at: Seed.moment(until)) }
                }
                return ids
            }
            try await store.read { reader in
                let events: [AuditRecord] = try reader.lineageEntityEvents(LineageNodeID(.dataset, "a"))
                try expectEqual(events.map(\.sequence), [0, 3])
                try expect(try reader.hasEvents("put_lineage_entity", in: 1..<3), "one that succeeded")
                try expect(try !reader.hasEvents("put_lineage_entity", in: 2..<9), "one that was refused")
                try expect(try !reader.hasEvents("put_lineage_entity", in: 1..<1), "none")
                for (start, end, first) in [
                    (0, 9, nil), (0, 10, 10), (20, 29, nil), (20, 99, 30), (30, 99, 30), (41, 49, nil), (41, 50, 50),
                ] as [(Int64, Int64, Int64?)] {
                    for id in ids {
                        let found: Timestamp? = try reader.firstLineageEdge(
                            of: id, after: Seed.moment(start), at: Seed.moment(end))
                        try expectEqual(found, first.map { Seed.moment($0) }, "\(start) to \(end)")
                    }
                }
            }
        },
        .init("events are found by what they are about, successful ones, and definitions by when they came") { store in
            try await store.change { transaction in
                let version: ResourceID = .version(model: "m", version: "1.0.0")
                try Seed.event(transaction, "register_model", .model("m"))
                try Seed.event(transaction, "register_version", version)
                try Seed.event(transaction, "record_observations", version)
                try Seed.event(transaction, "update_version", version, outcome: "refused")
                try Seed.event(transaction, "set_alias", .alias(model: "m", alias: "a"))
                try Seed.event(transaction, "set_alias", .alias(model: "mm", alias: "b"))
                let moved: Int64 = try Seed.event(
                    transaction, "promote_version", .version(model: "m", version: "2.0.0"))
                try transaction.addAuditSubjects(sequence: moved, [.alias(model: "m", alias: "production"), version])
                try transaction.insertLifecycleDefinition(
                    Array("{}".utf8), revision: 1, at: Seed.moment(10), by: nil)
                try transaction.insertLifecycleDefinition(
                    Array("{}".utf8), revision: 2, at: Seed.moment(20), by: nil)
            }
            try await store.read { reader in
                try expectEqual(try reader.aliasNamesEver(model: "m"), ["a", "production"])
                try expectEqual(
                    try reader.modelEvents("m", actions: ["register_model", "set_alias"]).map(\.sequence), [0])
                try expectEqual(
                    try reader.versionEvents(model: "m", version: "1.0.0", besides: ["record_observations"]).map(
                        \.sequence), [1])
                try expectEqual(try reader.eventsMentioning(model: "m", version: "1.0.0"), [6])
                let newest: [AuditRecord] = try reader.events(
                    ofModel: "m", actions: ["register_version", "promote_version"], before: 7, limit: 1)
                try expectEqual(newest.map(\.sequence), [6])
                let changes: [AuditRecord] = try reader.events(
                    actions: ["set_alias", "promote_version"], in: 0..<7, scope: ModelScope(patterns: ["m"]), limit: 9)
                try expectEqual(changes.map(\.sequence), [4, 6])
                let some: [AuditRecord] = try reader.events(
                    actions: ["set_alias", "promote_version"], in: 5..<6, scope: .everything, limit: 9)
                try expectEqual(some.map(\.sequence), [5])
                try expectEqual(try reader.lifecycleDefinition(at: Seed.moment(9))?.revision, nil)
                try expectEqual(try reader.lifecycleDefinition(at: Seed.moment(10))?.revision, 1)
                try expectEqual(try reader.lifecycleDefinition(at: Seed.moment(25))?.revision, 2)
            }
        },
    ]
}

internal import StemmaRegistry

/// Promises of `LineageReader`, `LineageWriter`, `LineageRunReader` and `LineageRunWriter`.
enum LineageChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("an entity is kept, changed, removed and taken up again") { store in
            try await store.change { transaction in
                let node = LineageNodeID(.dataset, "orders: \"raw\"\u{e9}")
                try expect(try transaction.lineagePlace(of: node) == nil, "before it was made")
                let fields = LineageEntityFields(
                    name: "n", description: "d", owner: "o", metadata: Array(#"{"a":1}"#.utf8), trainingHours: 1.5,
                    hourlyCost: 2)
                let id: Int64 = try entity(transaction, node, rank: 7, fields: fields)
                let made = try expectSome(try transaction.lineageEntity(node), "the entity")
                try expectEqual(made.id, id)
                try expectEqual([made.fields.name, made.fields.description, made.fields.owner], ["n", "d", "o"])
                try expectEqual(made.fields.metadata, fields.metadata)
                try expectEqual([made.fields.trainingHours, made.fields.hourlyCost], [1.5, 2])
                try expectEqual([made.created, made.updated], [Seed.moment(), Seed.moment()])
                try expect(made.origin == .client && made.createdBy == "ada" && made.revision == 1, "a new one")
                try expectEqual(try transaction.lineagePlace(of: node)?.rank, 7)
                try expect(
                    try transaction.lineagePlace(of: LineageNodeID(.dataset, "orders: \"raw\"e\u{301}")) == nil,
                    "ids are bytes")
                try transaction.removeLineageEntity(id, at: Seed.moment(3))
                try expectEqual(try transaction.lineageEntity(node)?.removed, Seed.moment(3))
                try expectEqual(try transaction.lineagePlace(of: node)?.isRemoved, true)
                try transaction.updateLineageEntity(id, LineageEntityFields(owner: "p"), at: Seed.moment(4))
                let again = try expectSome(try transaction.lineageEntity(id: id), "the entity")
                try expect(again.removed == nil && again.revision == 3, "taken up again")
                try expectEqual([again.fields.name, again.fields.owner], [nil, "p"])
                try expectEqual([again.created, again.updated], [Seed.moment(), Seed.moment(4)])
                try expect(
                    (try? entity(transaction, node, rank: 9)) == nil, "a type and key are taken only once")
            }
        },
        .init("facets and runs are kept and replaced") { store in
            try await store.change { transaction in
                let id: Int64 = try entity(transaction, LineageNodeID(.system, "job"), rank: 1)
                try expect(try transaction.lineageFacets(id).facets == nil, "no facets")
                try transaction.setLineageFacets(
                    id, Array(#"{"f":1}"#.utf8), times: Array(#"{"f":2}"#.utf8), at: Seed.moment(5))
                try expectEqual(try transaction.lineageFacets(id).facets, Array(#"{"f":1}"#.utf8))
                try expectEqual(try transaction.lineageFacets(id).times, Array(#"{"f":2}"#.utf8))
                var run = LineageRunRecord(runID: "r1", job: id, state: "START", stateTime: Seed.moment(1))
                try transaction.putLineageRun(run)
                try expectEqual(try transaction.lineageRun("r1"), run)
                run.state = "COMPLETE"
                run.stateTime = Seed.moment(9)
                run.started = Seed.moment(1)
                run.ended = Seed.moment(9)
                run.parentRunID = "r0"
                run.facets = Array("{}".utf8)
                try transaction.putLineageRun(run)
                try expectEqual(try transaction.lineageRun("r1"), run)
                for (name, moment) in [("r2", 9), ("r3", 20)] as [(String, Int64)] {
                    try transaction.putLineageRun(
                        LineageRunRecord(runID: name, job: id, state: "START", stateTime: Seed.moment(moment)))
                }
                let page = try transaction.lineageRuns(job: id, before: nil, limit: 2)
                try expectEqual(page.map(\.runID), ["r3", "r2"])
                let rest = try transaction.lineageRuns(job: id, before: (Seed.moment(9), "r2"), limit: 2)
                try expectEqual(rest.map(\.runID), ["r1"])
            }
        },
        .init("an edge is there once, ends, and is part of the past") { store in
            try await store.change { transaction in
                let a: Int64 = try entity(transaction, LineageNodeID(.dataset, "a"), rank: 1)
                let b: Int64 = try entity(transaction, LineageNodeID(.dataset, "b"), rank: 2)
                let key = LineageEdgeKey(upstream: a, relationship: .derivesFrom, downstream: b)
                func insert(_ moment: Int64, _ metadata: String? = nil) throws -> Bool {
                    try transaction.insertLineageEdge(
                        key, origin: .client, metadata: metadata.map { Array($0.utf8) }, since: Seed.moment(moment))
                }
                try expect(try insert(10, #"{"x":1}"#), "the first time")
                try expect(try !insert(11), "the second time")
                let edge = try expectSome(try transaction.lineageEdge(key), "the edge")
                try expectEqual(edge.since, Seed.moment(10))
                try expect(edge.metadata == Array(#"{"x":1}"#.utf8) && edge.origin == .client, "as it was made")
                try transaction.updateLineageEdge(key, origin: .registration, metadata: nil)
                try expect(try transaction.lineageEdge(key)?.origin == .registration, "changed")
                try expectEqual(try transaction.lineageEdges(of: a, limit: 5), [key])
                try expectEqual(try transaction.lineageEdges(of: b, limit: 5), [key])
                try expect(try transaction.hasAcyclicNeighbours(a, .downstream), "a leads on")
                try expect(try !transaction.hasAcyclicNeighbours(a, .upstream), "nothing leads to a")
                let down = try transaction.acyclicReach(from: a, .downstream, bound: 2, limit: 5)
                try expectEqual(down?.map(\.id), [a, b])
                try expectEqual(down?.map(\.rank), [1, 2])
                try expectEqual(try transaction.acyclicReach(from: a, .downstream, bound: 1, limit: 5)?.count, 1)
                try expectEqual(try transaction.acyclicReach(from: b, .upstream, bound: 1, limit: 5)?.count, 2)
                try expect(
                    try transaction.acyclicReach(from: b, .upstream, bound: 1, limit: 1) == nil, "beyond the limit")
                let places: [LineagePlace?] = try transaction.lineagePlaces(
                    of: [LineageNodeID(.dataset, "b"), LineageNodeID(.feature, "b"), LineageNodeID(.dataset, "a")])
                try expectEqual(places.map { $0?.id }, [b, nil, a])
                try expect(try transaction.endLineageEdge(key, at: Seed.moment(20)), "it ended")
                try expect(try !transaction.endLineageEdge(key, at: Seed.moment(21)), "only once")
                try expect(try transaction.lineageEdge(key) == nil, "it is gone")
                try expect(try insert(30), "it may begin again")
                func seen(_ moment: Int64?) throws -> Int {
                    try reach(transaction, [a], .downstream, asOf: moment.map { Seed.moment($0) }).nodes.count - 1
                }
                for (moment, count) in [(9, 0), (10, 1), (19, 1), (20, 0), (29, 0), (30, 1)] as [(Int64, Int)] {
                    try expectEqual(try seen(moment), count, "at \(moment)")
                }
                try expectEqual(try seen(nil), 1)
                let other: Int64 = try entity(transaction, LineageNodeID(.dataset, "c"), rank: 3)
                _ = try transaction.insertLineageEdge(
                    LineageEdgeKey(upstream: other, relationship: .consumes, downstream: b), origin: .deployment,
                    metadata: nil, since: Seed.moment(31))
                let ended: Int = try transaction.endLineageEdges(
                    into: b, origin: .deployment, except: a, at: Seed.moment(32))
                try expectEqual(ended, 1)
                try expectEqual(try transaction.lineageEdges(of: b, limit: 5), [key])
            }
        },
        .init("walks are breadth first, bounded, and see what the scope sees") { store in
            try await store.change { transaction in
                let ids: [Int64] = try (0..<6).map { index in
                    try entity(
                        transaction, LineageNodeID(.model, "m\(index)"), rank: Int64(index),
                        model: index == 1 ? "secret" : "open")
                }
                // 0 -> 1 -> 3, 0 -> 2 -> 3 -> 4, 4 -> 0 closes a circle of what flows, 5 stands apart.
                for (up, down, relationship) in [
                    (0, 1, .derivesFrom), (0, 2, .versionOf), (1, 3, .derivesFrom), (2, 3, .usesFeature),
                    (3, 4, .generates),
                    (4, 0, .influences),
                ] as [(Int, Int, LineageRelationship)] {
                    _ = try transaction.insertLineageEdge(
                        LineageEdgeKey(upstream: ids[up], relationship: relationship, downstream: ids[down]),
                        origin: .client, metadata: nil, since: Seed.moment())
                }
                let all: LineageReach = try reach(transaction, [ids[0]], .downstream)
                try expectEqual(Set(all.nodes.map(\.id)), Set(ids[0...4]))
                try expectEqual(all.nodes.map(\.depth), [0, 1, 1, 2, 3])
                try expectEqual(all.edges.count, 6, "every edge once")
                try expect(all.truncation == nil && all.details.isEmpty, "all of it")
                try expectEqual(all.nodes[4].parent, 3)
                let both: LineageReach = try reach(transaction, [ids[3]], .both)
                try expectEqual(Set(both.nodes.map(\.id)), Set(ids[0...4]))
                try expectEqual(both.edges.count, 6)
                let near: LineageReach = try reach(transaction, [ids[0]], .downstream, depth: 1)
                try expect(near.nodes.count == 3 && near.truncation == .depth, "depth")
                let few: LineageReach = try reach(transaction, [ids[0]], .downstream, nodes: 2)
                try expect(few.nodes.count == 2 && few.truncation == .nodes, "nodes")
                let scoped: LineageReach = try reach(
                    transaction, [ids[0]], .downstream, scope: ModelScope(patterns: ["open"]))
                try expectEqual(Set(scoped.nodes.map(\.id)), [ids[0], ids[2], ids[3], ids[4]])
                try expectEqual(scoped.edges.count, 4)
                let plain: LineageReach = try reach(transaction, [ids[0]], .downstream, followsModelVersions: false)
                try expectEqual(plain.edges.count, 4, "without 0 -> 2 -> 3")
                let detailed: LineageReach = try reach(transaction, [ids[3]], .upstream, depth: 1, isDetailed: true)
                try expectEqual(detailed.details.map(\.key.relationship), detailed.edges.map(\.relationship))
                try expectEqual(try transaction.lineageNodes([ids[4], ids[1]]).map(\.node.key), ["m4", "m1"])
            }
        },
        .init("ranks are taken once, at either end") { store in
            try await store.change { transaction in
                try expectEqual(try transaction.takeLineageRanks(1, below: false), 1)
                try expectEqual(try transaction.takeLineageRanks(3, below: false), 2)
                try expectEqual(try transaction.takeLineageRanks(1, below: true), -1)
                try expectEqual(try transaction.takeLineageRanks(4, below: true), -5)
                try expectEqual(try transaction.takeLineageRanks(1, below: false), 5)
                let a: Int64 = try entity(transaction, LineageNodeID(.dataset, "a"), rank: 4)
                try transaction.setLineageRank(a, 5)
                try expectEqual(try transaction.lineagePlace(of: LineageNodeID(.dataset, "a"))?.rank, 5)
            }
        },
    ]

    private static func entity(
        _ transaction: any MetadataTransaction, _ node: LineageNodeID, rank: Int64, model: String? = nil,
        fields: LineageEntityFields = LineageEntityFields()
    ) throws -> Int64 {
        try transaction.insertLineageEntity(
            NewLineageEntity(
                node: node, model: model, versionID: nil, rank: rank, origin: .client, fields: fields,
                created: Seed.moment(), createdBy: try Seed.principal(transaction)))
    }

    private static func reach(
        _ reader: any MetadataReader, _ start: [Int64], _ direction: LineageDirection, depth: Int = 10,
        nodes: Int = 100, asOf: Timestamp? = nil, scope: ModelScope = .everything, isDetailed: Bool = false,
        followsModelVersions: Bool = true
    ) throws -> LineageReach {
        try reader.lineageReach(
            LineageReachQuery(
                start: start, direction: direction, depthMax: depth, nodesMax: nodes, asOf: asOf, scope: scope,
                isDetailed: isDetailed, followsModelVersions: followsModelVersions))
    }
}

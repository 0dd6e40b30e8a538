import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct LineageOrderTests {
    /// Random edges in random order, held against a search through all of them: what closes a cycle is refused, all else is
    /// taken, and every edge that was taken leads from a lower rank to a higher one.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func refusesExactlyWhatClosesACycle(_ seed: UInt64) async throws {
        try await RegistryFixture.with { fixture in
            let count: Int = 30
            let (outcomes, wanted, isOrdered): ([Bool], [Bool], Bool) = try await fixture.store.write(
                { transaction in
                    var random = SeededRandom(seed: seed)
                    var editor = LineageEditor(
                        transaction, now: fixture.clock.now, principal: fixture.core.system.id, limits: Limits())
                    var next: [Set<Int>] = Array(repeating: [], count: count)
                    var outcomes: [Bool] = []
                    var wanted: [Bool] = []
                    for _ in 0..<150 {
                        let up: Int = Int.random(in: 0..<count, using: &random)
                        let down: Int = Int.random(in: 0..<count, using: &random)
                        let relationship: LineageRelationship = Bool.random(using: &random) ? .derivesFrom : .versionOf
                        let outcome: LineageEditor.Outcome = try editor.connect(
                            LineageNodeID(.dataset, "d\(down)"), relationship, LineageNodeID(.dataset, "d\(up)"),
                            .client)
                        let closes: Bool = up == down || leads(from: down, to: up, next)
                        if case .refused(let code, _) = outcome {
                            outcomes.append(false)
                            #expect(code == .lineageCycle)
                        } else {
                            outcomes.append(true)
                        }
                        wanted.append(!closes)
                        if !closes { next[up].insert(down) }
                    }
                    let ranks: [Int64?] = try (0..<count).map {
                        try transaction.lineagePlace(of: LineageNodeID(.dataset, "d\($0)"))?.rank
                    }
                    let isOrdered: Bool = next.indices.allSatisfy { up in
                        next[up].allSatisfy { (ranks[up] ?? 0) < (ranks[$0] ?? 0) }
                    }
                    return (outcomes, wanted, isOrdered)
                }, committed: nil)
            #expect(outcomes == wanted, "seed \(seed)")
            #expect(outcomes.contains(true) && outcomes.contains(false), "seed \(seed) decides nothing")
            #expect(isOrdered, "seed \(seed)")
        }
    }

    /// A search that would take too long refuses the edge instead of guessing.
    @Test func aSearchHasAnEnd() async throws {
        var policy = RegistryPolicy()
        policy.limits.lineageCycleSearchEntities = 5
        try await RegistryFixture.with(policy: policy) { fixture in
            let outcome: LineageEditor.Outcome = try await fixture.store.write(
                { transaction in
                    var editor = LineageEditor(
                        transaction, now: fixture.clock.now, principal: fixture.core.system.id,
                        limits: fixture.core.policy.limits)
                    func add(_ down: String, _ up: String) throws -> LineageEditor.Outcome {
                        try editor.connect(
                            LineageNodeID(.dataset, down), .derivesFrom, LineageNodeID(.dataset, up), .client)
                    }
                    _ = try add("a1", "a0")
                    for index in 1..<20 { _ = try add("a\(index + 1)", "a\(index)") }
                    _ = try add("z1", "z0")
                    _ = try add("z2", "z1")
                    return try add("a1", "z2")
                }, committed: nil)
            guard case .refused(.lineageCycle, let detail) = outcome else {
                Issue.record("the edge was taken")
                return
            }
            #expect(detail.contains("could not be found out"))
        }
    }

    @Test func everyEdgeLeadsOnInATopologicalOrder() {
        func edge(_ up: Int, _ down: Int) -> LineageReach.Edge {
            LineageReach.Edge(upstream: up, downstream: down, relationship: .consumes)
        }
        let diamond = TopologicalOrder(count: 5, edges: [edge(0, 3), edge(3, 1), edge(0, 2), edge(2, 1), edge(1, 4)])
        #expect(diamond.order.firstIndex(of: 0) == 0 && diamond.order.last == 4)
        #expect(diamond.order[3] == 1 && Set(diamond.order) == Set(0..<5))
        #expect(!diamond.isCyclic.contains(true))
        let ring = TopologicalOrder(count: 5, edges: [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 1), edge(2, 4)])
        #expect(ring.order == [0, 1, 2, 3, 4] || ring.order == [0, 1, 2, 4, 3])
        #expect(ring.isCyclic == [false, true, false, false, false])
        #expect(TopologicalOrder(count: 0, edges: []).order.isEmpty)
    }

    private func leads(from start: Int, to end: Int, _ next: [Set<Int>]) -> Bool {
        var seen: Set<Int> = [start]
        var waiting: [Int] = [start]
        while let node = waiting.popLast() {
            if node == end { return true }
            for other in next[node] where seen.insert(other).inserted { waiting.append(other) }
        }
        return false
    }
}

@Suite struct LineageEntityTypeTests {
    @Test func everyTypeIsKnownByTheBytesOfItsName() {
        for type in LineageEntityType.allCases {
            let found: LineageEntityType? = Array(type.rawValue.utf8).withUnsafeBytes { LineageEntityType(utf8: $0) }
            #expect(found == type)
        }
        for name in ["", "m", "models", "modes ", "xodel", "data-sourcex"] {
            #expect(Array(name.utf8).withUnsafeBytes { LineageEntityType(utf8: $0) } == nil, "\(name)")
        }
    }
}

/// What a change of one node touches.
package struct ImpactAnalysis: Sendable {
    /// Who has a version now. A class, since few of what is affected has one.
    final class Use: Sendable {
        let aliases: [String]
        let deployments: [(id: String, environment: String, status: String)]
        let consumers: [ConsumerRecord]

        init(_ version: Int64, wasDeployed: Bool, at now: Timestamp, _ reader: any MetadataReader) throws {
            aliases = try reader.aliasNames(version: version)
            deployments = wasDeployed ? try reader.liveDeployments(version: version) : []
            consumers = try reader.liveConsumers(version: version, at: now)
        }
    }

    /// Something that is affected.
    struct Affected: Sendable {
        /// Position among all nodes of the walk.
        let position: Int
        let depth: Int
        let via: LineageRelationship?
        /// Of a registered version that is still here.
        let use: Use?
        let type: LineageEntityType
        /// A model that somebody would train again: not one that is gone or put away.
        let isRetrained: Bool
        /// A version that an assessment may hold back.
        let isHeldBack: Bool
        let hours: Double
        let hourlyCost: Double

        init(_ facts: LineageNodeTable.Facts, at position: Int, _ place: LineageReach.Node, _ use: Use?) {
            self.position = position
            depth = place.depth
            via = place.via
            self.use = use
            type = facts.type
            isRetrained = facts.type == .model && !facts.isDeleted && facts.state != .archived
            isHeldBack = isRetrained && facts.versionID != nil
            hours = facts.trainingHours ?? ImpactAnalysis.hoursDefault
            hourlyCost = facts.hourlyCost ?? ImpactAnalysis.hourlyCostDefault
        }

        var cost: Double { hours * hourlyCost }
    }

    /// Of a model that does not say how long its training takes; the specification's default.
    static let hoursDefault: Double = 1
    /// Of a model that does not say what an hour of it costs; the specification's default.
    static let hourlyCostDefault: Double = 10

    package let node: LineageNodeID
    package let asOf: Timestamp?
    /// Nodes of the walk, those of its start included, by position.
    let nodes: LineageNodeTable
    let places: [LineageReach.Node]
    /// In the order of their distance.
    let affected: [Affected]
    /// Positions in `affected` of models to train again, each after everything that it is made of.
    let order: [Int]
    /// Those of them that lie on a cycle, for which there is no such order.
    let cyclic: Set<Int>
    package let truncation: LineageReach.Truncation?

    /// Hours of training all models again, one after the other.
    var hours: Double { order.reduce(0) { $0 + affected[$1].hours } }
    var cost: Double { order.reduce(0) { $0 + affected[$1].cost } }

    /// Walks down from `start`. Versions of a model that merely came after an affected one are not affected themselves.
    static func run(
        _ node: LineageNodeID, start: [Int64], relationships: Set<LineageRelationship>, depthMax: Int, asOf: Timestamp?,
        _ limits: Limits, at now: Timestamp, scope: ModelScope, _ reader: any MetadataReader
    ) throws -> ImpactAnalysis {
        let reach: LineageReach = try reader.lineageReach(
            LineageReachQuery(
                start: start, direction: .downstream, relationships: relationships, depthMax: depthMax,
                nodesMax: limits.impactEntitiesMax + start.count, asOf: asOf, scope: scope, isDetailed: false,
                isDescribed: true, followsModelVersions: relationships.contains(.versionOf)))
        var affected: [Affected] = []
        affected.reserveCapacity(reach.nodes.count)
        for (position, place) in reach.nodes.enumerated() where place.depth > 0 {
            let facts: LineageNodeTable.Facts = reach.records.facts[position]
            let version: Int64? = facts.isDeleted ? nil : facts.versionID
            let use: Use? = try version.map { try Use($0, wasDeployed: facts.wasDeployed, at: now, reader) }
            affected.append(Affected(facts, at: position, place, use))
        }
        let sorted = TopologicalOrder(count: reach.nodes.count, edges: reach.edges)
        let first: Int = reach.nodes.count - affected.count
        let models: [Int] = sorted.order.compactMap { position in
            position >= first && affected[position - first].isRetrained ? position - first : nil
        }
        return ImpactAnalysis(
            node: node, asOf: asOf, nodes: reach.records, places: reach.nodes, affected: affected, order: models,
            cyclic: Set(models.filter { sorted.isCyclic[$0 + first] }), truncation: reach.truncation)
    }

    /// Positions of the nodes on the way to one of them, its end first, at most so many.
    func collectPath(to position: Int, atMost limit: Int, into path: inout [Int]) {
        path.removeAll(keepingCapacity: true)
        var next: Int? = position
        while let here = next, path.count < limit {
            path.append(here)
            next = places[here].parent
        }
    }
}

/// Nodes in an order in which every edge leads on (A. B. Kahn, "Topological sorting of large networks", Communications of the
/// ACM 5 (1962), p. 558-562). Those on cycles, and what only they lead to, come where the first of them was reached.
struct TopologicalOrder {
    private(set) var order: [Int] = []
    /// By position: whether no such order exists for it.
    private(set) var isCyclic: [Bool]

    init(count: Int, edges: [LineageReach.Edge]) {
        let followers = Followers(count: count, edges)
        var incoming: [Int32] = Array(repeating: 0, count: count)
        for edge in edges { incoming[edge.downstream] += 1 }
        isCyclic = Array(repeating: false, count: count)
        order.reserveCapacity(count)
        var isPlaced: [Bool] = Array(repeating: false, count: count)
        var ready: [Int] = (0..<count).filter { incoming[$0] == 0 }
        var stuck: Int = 0
        while order.count < count {
            var taken: Int = 0
            while taken < ready.count {
                let position: Int = ready[taken]
                taken += 1
                isPlaced[position] = true
                order.append(position)
                for follower in followers[position] {
                    incoming[Int(follower)] -= 1
                    if incoming[Int(follower)] == 0, !isPlaced[Int(follower)] { ready.append(Int(follower)) }
                }
            }
            ready = []
            // Everything left waits for a cycle: it is broken where the walk met it first.
            while stuck < count, isPlaced[stuck] { stuck += 1 }
            guard stuck < count else { break }
            isCyclic[stuck] = true
            isPlaced[stuck] = true
            ready = [stuck]
        }
    }
}

/// What follows each node directly, all in one array.
private struct Followers {
    private var starts: [Int32]
    private var nodes: [Int32]

    init(count: Int, _ edges: [LineageReach.Edge]) {
        starts = Array(repeating: 0, count: count + 1)
        nodes = Array(repeating: 0, count: edges.count)
        for edge in edges { starts[edge.upstream + 1] += 1 }
        for position in 0..<count { starts[position + 1] += starts[position] }
        var next: [Int32] = starts
        for edge in edges {
            nodes[Int(next[edge.upstream])] = Int32(edge.downstream)
            next[edge.upstream] += 1
        }
    }

    subscript(position: Int) -> ArraySlice<Int32> { nodes[Int(starts[position])..<Int(starts[position + 1])] }
}

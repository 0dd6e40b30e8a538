/// What a change of one node touches.
package struct ImpactAnalysis: Sendable {
    /// Something that is affected.
    struct Affected: Sendable {
        let record: LineageNodeRecord
        let depth: Int
        /// Position among all nodes of the walk.
        let position: Int
        let via: LineageRelationship?
        var aliases: [String] = []
        var deployments: [(id: String, environment: String, status: String)] = []
        var consumers: [ConsumerRecord] = []

        /// A model that somebody would train again: not one that is gone or put away.
        var isRetrained: Bool {
            record.node.type == .model && !record.isDeleted && record.state != .archived
        }

        var hours: Double { record.trainingHours ?? ImpactAnalysis.hoursDefault }
        var hourlyCost: Double { record.hourlyCost ?? ImpactAnalysis.hourlyCostDefault }
        var cost: Double { hours * hourlyCost }
    }

    /// Of a model that does not say how long its training takes; the specification's default.
    static let hoursDefault: Double = 1
    /// Of a model that does not say what an hour of it costs; the specification's default.
    static let hourlyCostDefault: Double = 10

    package let node: LineageNodeID
    package let asOf: Timestamp?
    /// Nodes of the walk, those of its start included, by position.
    let nodes: [LineageNodeRecord]
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
                followsModelVersions: relationships.contains(.versionOf)))
        let nodes: [LineageNodeRecord] = try reader.lineageNodes(reach.nodes.map(\.id))
        var affected: [Affected] = []
        affected.reserveCapacity(nodes.count)
        for (position, place) in reach.nodes.enumerated() where place.depth > 0 {
            var item = Affected(record: nodes[position], depth: place.depth, position: position, via: place.via)
            if let version = item.record.versionID, !item.record.isDeleted {
                item.aliases = try reader.aliasNames(version: version)
                item.consumers = try reader.liveConsumers(version: version, at: now)
                if item.record.wasDeployed { item.deployments = try reader.liveDeployments(version: version) }
            }
            affected.append(item)
        }
        let sorted = TopologicalOrder(count: nodes.count, edges: reach.edges)
        let first: Int = nodes.count - affected.count
        let models: [Int] = sorted.order.compactMap { position in
            position >= first && affected[position - first].isRetrained ? position - first : nil
        }
        return ImpactAnalysis(
            node: node, asOf: asOf, nodes: nodes, places: reach.nodes, affected: affected, order: models,
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

/// Keeps the edges that must not form a cycle free of cycles.
///
/// Every entity has a rank, and every such edge leads from a lower rank to a higher one. An edge that fits the order costs
/// nothing. One that does not starts a search that looks only at entities between the two ranks, and reorders those: D. J.
/// Pearce and P. H. J. Kelly, "A Dynamic Topological Sort Algorithm for Directed Acyclic Graphs", ACM Journal of
/// Experimental Algorithmics 11 (2006), article 1.7.
struct LineageOrder {
    /// What the order found of an edge that is to be added.
    enum Verdict {
        case fits
        /// The downstream end leads back to the upstream end.
        case cycle
        /// The search would go beyond its limit.
        case unknown
    }

    private let transaction: any MetadataTransaction
    private let searchMax: Int
    /// Ranks that were read or set in this transaction.
    private var ranks: [Int64: Int64] = [:]
    private var bounds: (lowest: Int64, highest: Int64)?

    /// `searchMax`: entities that one search may look at.
    init(_ transaction: any MetadataTransaction, searchMax: Int) {
        self.transaction = transaction
        self.searchMax = searchMax
    }

    /// A rank for an entity that has no edges yet.
    mutating func newRank(below: Bool) throws -> Int64 {
        var bounds: (lowest: Int64, highest: Int64) = try self.bounds ?? transaction.lineageRankBounds()
        if below { bounds.lowest -= 1 } else { bounds.highest += 1 }
        self.bounds = bounds
        return below ? bounds.lowest : bounds.highest
    }

    mutating func note(_ id: Int64, rank: Int64) { if ranks[id] == nil { ranks[id] = rank } }

    /// Makes room for an edge from `upstream` to `downstream`, both noted before.
    mutating func admit(upstream: Int64, downstream: Int64) throws -> Verdict {
        guard upstream != downstream else { return .cycle }
        guard let low = ranks[downstream], let high = ranks[upstream], high > low else { return .fits }
        // Nothing leads on from the one, or nothing leads to the other: no way back, and room at the end of the order.
        if try transaction.acyclicNeighbours(of: downstream, .downstream).isEmpty {
            try move(downstream, to: newRank(below: false))
            return .fits
        }
        if try transaction.acyclicNeighbours(of: upstream, .upstream).isEmpty {
            try move(upstream, to: newRank(below: true))
            return .fits
        }
        guard let descendants = try reached(from: downstream, .downstream, bound: high) else { return .unknown }
        guard !descendants.contains(upstream) else { return .cycle }
        guard let ancestors = try reached(from: upstream, .upstream, bound: low) else { return .unknown }
        try reorder(first: ancestors, then: descendants)
        return .fits
    }

    /// Everything that `start` leads to without leaving the ranks up to (or down to) `bound`; nil beyond the limit.
    private mutating func reached(
        from start: Int64, _ direction: LineageDirection, bound: Int64
    ) throws -> Set<Int64>? {
        var found: Set<Int64> = [start]
        var waiting: [Int64] = [start]
        while let id = waiting.popLast() {
            for neighbour in try transaction.acyclicNeighbours(of: id, direction) {
                note(neighbour.id, rank: neighbour.rank)
                let rank: Int64 = ranks[neighbour.id] ?? neighbour.rank
                let isWithin: Bool = direction == .downstream ? rank <= bound : rank >= bound
                guard isWithin, found.insert(neighbour.id).inserted else { continue }
                guard found.count <= searchMax else { return nil }
                waiting.append(neighbour.id)
            }
        }
        return found
    }

    /// Deals the ranks of both groups out again, each group in its own order.
    private mutating func reorder(first: Set<Int64>, then second: Set<Int64>) throws {
        let inOrder: (Set<Int64>) -> [Int64] = { [ranks] group in
            group.sorted { (ranks[$0] ?? 0) < (ranks[$1] ?? 0) }
        }
        let members: [Int64] = inOrder(first) + inOrder(second)
        let pool: [Int64] = members.compactMap { ranks[$0] }.sorted()
        for (id, rank) in zip(members, pool) where ranks[id] != rank { try move(id, to: rank) }
    }

    private mutating func move(_ id: Int64, to rank: Int64) throws {
        ranks[id] = rank
        try transaction.setLineageRank(id, rank)
    }
}

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
    private var above = RankPool(below: false)
    private var below = RankPool(below: true)

    /// `searchMax`: entities that one search may look at.
    init(_ transaction: any MetadataTransaction, searchMax: Int) {
        self.transaction = transaction
        self.searchMax = searchMax
    }

    /// A rank for an entity that has no edges yet.
    mutating func newRank(below: Bool) throws -> Int64 {
        below ? try self.below.next(transaction) : try above.next(transaction)
    }

    mutating func note(_ id: Int64, rank: Int64) { if ranks[id] == nil { ranks[id] = rank } }

    /// Makes room for an edge from `upstream` to `downstream`, both noted before.
    mutating func admit(upstream: Int64, downstream: Int64) throws -> Verdict {
        guard upstream != downstream else { return .cycle }
        guard let low = ranks[downstream], let high = ranks[upstream], high > low else { return .fits }
        // Nothing leads on from the one, or nothing leads to the other: no way back, and room at the end of the order.
        if try !transaction.hasAcyclicNeighbours(downstream, .downstream) {
            try move(downstream, to: newRank(below: false))
            return .fits
        }
        if try !transaction.hasAcyclicNeighbours(upstream, .upstream) {
            try move(upstream, to: newRank(below: true))
            return .fits
        }
        // Ranks are written as soon as they change, so that the store's are those of this transaction.
        guard
            let descendants = try transaction.acyclicReach(
                from: downstream, .downstream, bound: high, limit: searchMax)
        else { return .unknown }
        guard !descendants.contains(where: { $0.id == upstream }) else { return .cycle }
        guard
            let ancestors = try transaction.acyclicReach(from: upstream, .upstream, bound: low, limit: searchMax)
        else { return .unknown }
        try reorder(first: ancestors, then: descendants)
        return .fits
    }

    /// Deals the ranks of both groups out again, each group in its own order.
    private mutating func reorder(
        first: [(id: Int64, rank: Int64)], then second: [(id: Int64, rank: Int64)]
    ) throws {
        let members = first.sorted { $0.rank < $1.rank } + second.sorted { $0.rank < $1.rank }
        let pool: [Int64] = members.map(\.rank).sorted()
        for (member, rank) in zip(members, pool) where member.rank != rank { try move(member.id, to: rank) }
    }

    private mutating func move(_ id: Int64, to rank: Int64) throws {
        ranks[id] = rank
        try transaction.setLineageRank(id, rank)
    }
}

/// Unused ranks at one end of the order, taken from the store in lots that grow with the need: a registration wants a few, a
/// large batch thousands.
private struct RankPool {
    private static let lotMax: Int64 = 512

    private let isBelow: Bool
    private var rest: Range<Int64> = 0..<0
    private var lot: Int64 = 1

    init(below: Bool) { isBelow = below }

    mutating func next(_ transaction: any MetadataTransaction) throws -> Int64 {
        if rest.isEmpty {
            let lowest: Int64 = try transaction.takeLineageRanks(lot, below: isBelow)
            rest = lowest..<(lowest + lot)
            lot = min(lot * 8, RankPool.lotMax)
        }
        // Every rank lies beyond those that were given before.
        if isBelow {
            rest = rest.lowerBound..<(rest.upperBound - 1)
            return rest.upperBound
        }
        rest = (rest.lowerBound + 1)..<rest.upperBound
        return rest.lowerBound - 1
    }
}

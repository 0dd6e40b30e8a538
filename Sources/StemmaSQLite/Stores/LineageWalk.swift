internal import StemmaRegistry

/// One walk through the graph, breadth first, with one run of a prepared query for each node.
struct LineageWalk {
    private let query: LineageReachQuery
    private let connection: SQLiteConnection
    /// Positions of nodes by row key.
    private var positions: [Int64: Int] = [:]
    private var result = LineageReach()
    /// Nodes that are not to be seen.
    private var hidden: Set<Int64> = []
    /// Edges crossed in the first pass, where there are two.
    private var crossed: Set<LineageEdgeKey> = []
    private let wanted: Set<Int64>

    init(_ query: LineageReachQuery, on connection: SQLiteConnection) {
        self.query = query
        self.connection = connection
        wanted = Set(query.relationships.map(\.code))
    }

    mutating func run() throws -> LineageReach {
        for id in query.start where positions[id] == nil {
            positions[id] = result.nodes.count
            result.nodes.append(LineageReach.Node(id: id, parent: nil, via: nil, depth: 0))
        }
        if query.isDescribed {
            result.records = try SQLiteSession(connection: connection).lineageNodes(
                result.nodes.map(\.id), asOf: query.asOf)
        }
        if query.direction != .downstream { try pass(.upstream) }
        if query.direction != .upstream { try pass(.downstream) }
        return result
    }

    private mutating func pass(_ direction: LineageDirection) throws {
        var waiting: [Int] = Array(0..<min(query.start.count, result.nodes.count))
        waiting = waiting.filter { result.nodes[$0].depth == 0 }
        var visited: Set<Int> = query.direction == .both ? Set(waiting) : []
        let isFirst: Bool = query.direction == .both && direction == .upstream
        try connection.repeating(statement(direction)) { neighbours in
            var next: Int = 0
            while next < waiting.count {
                let position: Int = waiting[next]
                next += 1
                let node: LineageReach.Node = result.nodes[position]
                try neighbours.rows(node.id, query.asOf?.milliseconds) { row in
                    guard wanted.isEmpty || wanted.contains(row.int(1)) else { return }
                    guard let relationship = LineageRelationship(code: row.int(1)) else {
                        throw StemmaError.damagedRow("an edge has no relationship")
                    }
                    let id: Int64 = row.int(0)
                    let known: Int? = positions[id]
                    guard let other = try known ?? admit(row, from: position, relationship, depth: node.depth + 1)
                    else { return }
                    let isNew: Bool = query.direction == .both ? visited.insert(other).inserted : known == nil
                    if isNew, leadsOn(row) { waiting.append(other) }
                    try add(row, node.id, position, id, other, relationship, direction, isFirst)
                }
            }
        }
    }

    /// The position of a node that was not met before; nil where it may not be seen, or not be answered.
    private mutating func admit(
        _ row: borrowing SQLiteRow, from parent: Int, _ relationship: LineageRelationship, depth: Int
    ) throws -> Int? {
        let id: Int64 = row.int(0)
        guard try !isHidden(id) else { return nil }
        guard depth <= query.depthMax else {
            if result.truncation == nil { result.truncation = .depth }
            return nil
        }
        guard result.nodes.count < query.nodesMax else {
            result.truncation = .nodes
            return nil
        }
        let position: Int = result.nodes.count
        if query.isDescribed { try result.records.append(row, at: recordColumn) }
        positions[id] = position
        result.nodes.append(LineageReach.Node(id: id, parent: parent, via: relationship, depth: depth))
        return position
    }

    private mutating func add(
        _ row: borrowing SQLiteRow, _ id: Int64, _ position: Int, _ otherID: Int64, _ other: Int,
        _ relationship: LineageRelationship, _ direction: LineageDirection, _ isFirst: Bool
    ) throws {
        let isUp: Bool = direction == .upstream
        if query.direction == .both {
            let key = LineageEdgeKey(
                upstream: isUp ? otherID : id, relationship: relationship, downstream: isUp ? id : otherID)
            guard isFirst ? crossed.insert(key).inserted : !crossed.contains(key) else { return }
        }
        result.edges.append(
            LineageReach.Edge(
                upstream: isUp ? other : position, downstream: isUp ? position : other, relationship: relationship))
        guard query.isDetailed else { return }
        guard let origin = LineageOrigin(code: row.int(3)) else {
            throw StemmaError.damagedRow("an edge has no origin")
        }
        result.details.append(
            LineageEdgeRecord(
                key: LineageEdgeKey(
                    upstream: isUp ? otherID : id, relationship: relationship, downstream: isUp ? id : otherID),
                origin: origin, metadata: row.optionalBytes(4), since: row.timestamp(2),
                until: row.optionalTimestamp(5)))
    }

    private mutating func isHidden(_ id: Int64) throws -> Bool {
        guard !query.scope.isUnlimited else { return false }
        if hidden.contains(id) { return true }
        let model: String?? = try connection.first(
            "SELECT model FROM lineage_entity WHERE id = ?", [.integer(id)]
        ) { row in row.optionalText(0) }
        guard let name = model ?? nil, !query.scope.contains(name) else { return false }
        hidden.insert(id)
        return true
    }

    /// Whether anything follows the neighbour, where its row says so. Most nodes are the last of their line, and a look into
    /// the index by the same statement costs less than a run of their own.
    private func leadsOn(_ row: borrowing SQLiteRow) -> Bool {
        !query.isDescribed || row.int(recordColumn - 1) != 0
    }

    /// Where a neighbour's record begins in a row that has one.
    private var recordColumn: Int { query.isDetailed ? 7 : 3 }

    /// Neighbours of `?1` in one direction: key, relationship, what details want, and the neighbour's record.
    private func statement(_ direction: LineageDirection) -> String {
        let (here, there): (String, String) =
            direction == .upstream ? ("downstream", "upstream") : ("upstream", "downstream")
        let isPast: Bool = query.asOf != nil
        let select: (String, String) -> String = { [query] table, until in
            var columns: String = "g.\(there), g.relationship"
            if query.isDetailed { columns += ", g.since_ms, g.origin, g.metadata, \(until)" }
            var joins: String = ""
            if query.isDescribed || !query.followsModelVersions { joins += " CROSS JOIN lineage_entity n" }
            if query.isDescribed {
                let leads: String =
                    isPast ? "1" : "EXISTS (SELECT 1 FROM lineage_edge x WHERE x.\(here) = g.\(there))"
                columns += ", \(leads), \(SQLiteSession.nodeColumns(inPast: isPast))"
                joins += " \(SQLiteSession.nodeJoins)"
            }
            var conditions: String = "g.\(here) = ?1"
            if !joins.isEmpty { conditions += " AND n.id = g.\(there)" }
            if !query.followsModelVersions {
                // Edges of this relationship connect equals, so that the other end tells for both.
                conditions += " AND NOT (g.relationship = \(LineageRelationship.versionOf.code) AND n.type = 'model')"
            }
            if isPast { conditions += " AND g.since_ms <= ?2" }
            return "SELECT \(columns) FROM \(table) g\(joins) WHERE \(conditions)"
        }
        let now: String = select("lineage_edge", "NULL")
        guard isPast else { return now }
        return now + " UNION ALL " + select("lineage_edge_past", "g.until_ms") + " AND g.until_ms > ?2"
    }
}

internal import StemmaRegistry

/// The lineage graph.
extension SQLiteSession {
    private static let entitySelect: String = """
        SELECT e.id, e.type, e.key, e.model, e.version_id, e.origin, e.name, e.description, e.owner, e.metadata,
            e.training_hours, e.hourly_cost, e.facets, e.created_ms, p.subject, e.updated_ms, e.revision, e.removed_ms
        FROM lineage_entity e CROSS JOIN principal p WHERE p.id = e.created_by
        """

    func lineageEntity(_ node: LineageNodeID) throws -> LineageEntityRecord? {
        try connection.first(
            SQLiteSession.entitySelect + " AND e.type = ? AND e.key = ?", [.text(node.type.rawValue), .text(node.key)]
        ) { row in try entityRecord(row) }
    }

    func lineageEntity(id: Int64) throws -> LineageEntityRecord? {
        try connection.first(SQLiteSession.entitySelect + " AND e.id = ?", [.integer(id)]) { row in
            try entityRecord(row)
        }
    }

    private func entityRecord(_ row: borrowing SQLiteRow) throws -> LineageEntityRecord {
        LineageEntityRecord(
            id: row.int(0), node: LineageNodeID(try row.named(1), row.text(2)), model: row.optionalText(3),
            versionID: row.optionalInt(4), origin: try row.named(5),
            fields: LineageEntityFields(
                name: row.optionalText(6), description: row.optionalText(7), owner: row.optionalText(8),
                metadata: row.optionalBytes(9), trainingHours: row.optionalDouble(10),
                hourlyCost: row.optionalDouble(11)),
            facets: row.optionalBytes(12), created: row.timestamp(13), createdBy: row.text(14),
            updated: row.timestamp(15), revision: row.int(16), removed: row.optionalTimestamp(17))
    }

    func lineagePlace(of node: LineageNodeID) throws -> LineagePlace? {
        let sql: String = "SELECT id, rank, model, removed_ms FROM lineage_entity WHERE type = ? AND key = ?"
        return try connection.first(sql, [.text(node.type.rawValue), .text(node.key)]) { row in
            LineagePlace(id: row.int(0), rank: row.int(1), model: row.optionalText(2), isRemoved: !row.isNull(3))
        }
    }

    func lineagePlaces(of nodes: [LineageNodeID]) throws -> [LineagePlace?] {
        let sql: String = "SELECT id, rank, model, removed_ms FROM lineage_entity WHERE type = ?1 AND key = ?2"
        var places: [LineagePlace?] = []
        places.reserveCapacity(nodes.count)
        try connection.repeating(sql) { query in
            for node in nodes {
                places.append(nil)
                try query.rows(node.type.rawValue, node.key) { row in
                    places[places.count - 1] = LineagePlace(
                        id: row.int(0), rank: row.int(1), model: row.optionalText(2), isRemoved: !row.isNull(3))
                }
            }
        }
        return places
    }

    func lineageEntities(_ query: ListQuery) throws -> Page<LineageEntityRecord> {
        var list = ListStatement(table: "lineage_entity e", key: "e.id", fields: LineageEntityField.table, query)
        list.require("e.removed_ms IS NULL")
        list.require(scope: query.scope, name: "e.model", or: SQLFragment("e.model IS NULL"))
        return try page(list) { id in try lineageEntity(id: id) }
    }

    func lineageEntities(ofModel name: String, limit: Int) throws -> [Int64] {
        let sql: String = """
            SELECT id FROM lineage_entity WHERE model = ? AND type = 'model' AND removed_ms IS NULL ORDER BY id LIMIT ?
            """
        return try connection.all(sql, [.text(name), SQLiteValue(limit)]) { row in row.int(0) }
    }

    func lineageReach(_ query: LineageReachQuery) throws -> LineageReach {
        var walk = LineageWalk(query, on: connection)
        return try walk.run()
    }

    /// What `LineageNodeTable` takes, of an entity `n` with `nodeJoins`: with versions as they are, or in the past as they were
    /// at the moment `?2`, in milliseconds.
    static func nodeColumns(inPast isPast: Bool) -> String {
        let (state, deleted): (String, String) = isPast ? (pastState, pastDeletion) : ("v.state", "v.deleted_ms")
        return """
            n.id, n.type, n.version_id, \(state), \(deleted), v.deployment_status, n.training_hours, n.hourly_cost, n.key,
            n.name, coalesce(n.owner, m.owner), n.model, v.version
            """
    }
    /// As `state(_:)` tells it, with the first event after the moment looked up beside it.
    private static let pastState: String = """
        CASE WHEN v.updated_ms <= ?2 THEN v.state ELSE coalesce((SELECT t.to_state FROM state_transition t
            WHERE t.version_id = v.id AND t.audit_seq < coalesce((SELECT e.seq FROM audit_event e WHERE e.ts_ms > ?2
                ORDER BY e.ts_ms, e.seq LIMIT 1), \(Int64.max)) ORDER BY t.id DESC LIMIT 1), 'development') END
        """
    private static let pastDeletion: String = "CASE WHEN v.deleted_ms <= ?2 THEN v.deleted_ms END"
    static let nodeJoins: String = "LEFT JOIN version v ON v.id = n.version_id LEFT JOIN model m ON m.id = v.model_id"

    func lineageNodes(_ ids: [Int64]) throws -> LineageNodeTable { try lineageNodes(ids, asOf: nil) }

    func lineageNodes(_ ids: [Int64], asOf moment: Timestamp?) throws -> LineageNodeTable {
        let columns: String = SQLiteSession.nodeColumns(inPast: moment != nil)
        let sql: String = "SELECT \(columns) FROM lineage_entity n \(SQLiteSession.nodeJoins) WHERE n.id = ?1"
        var nodes = LineageNodeTable()
        try connection.repeating(sql) { entity in
            for id in ids { try entity.rows(id, moment?.milliseconds) { row in try nodes.append(row, at: 0) } }
        }
        return nodes
    }

    func hasAcyclicNeighbours(_ id: Int64, _ direction: LineageDirection) throws -> Bool {
        let here: String = direction == .upstream ? "downstream" : "upstream"
        let sql: String = """
            SELECT 1 FROM lineage_edge
            WHERE \(here) = ? AND relationship <= \(LineageRelationship.lastAcyclicCode) LIMIT 1
            """
        return try connection.first(sql, [.integer(id)]) { _ in true } ?? false
    }

    func acyclicReach(
        from id: Int64, _ direction: LineageDirection, bound: Int64, limit: Int
    ) throws -> [(id: Int64, rank: Int64)]? {
        let isUp: Bool = direction == .upstream
        let sql: String = """
            SELECT n.id, n.rank FROM lineage_edge g CROSS JOIN lineage_entity n
            WHERE g.\(isUp ? "downstream" : "upstream") = ?1
                AND g.relationship <= \(LineageRelationship.lastAcyclicCode)
                AND n.id = g.\(isUp ? "upstream" : "downstream") AND n.rank \(isUp ? ">=" : "<=") ?2
            """
        let rank: Int64? = try connection.first("SELECT rank FROM lineage_entity WHERE id = ?", [.integer(id)]) {
            row in row.int(0)
        }
        var found: [(id: Int64, rank: Int64)] = [(id, rank ?? 0)]
        var seen: Set<Int64> = [id]
        try connection.repeating(sql) { neighbours in
            var next: Int = 0
            while next < found.count, found.count <= limit {
                try neighbours.rows(found[next].id, bound) { row in
                    if seen.insert(row.int(0)).inserted { found.append((row.int(0), row.int(1))) }
                }
                next += 1
            }
        }
        return found.count <= limit ? found : nil
    }

    func lineageEdge(_ key: LineageEdgeKey) throws -> LineageEdgeRecord? {
        let sql: String = "SELECT since_ms, origin, metadata FROM lineage_edge WHERE \(SQLiteSession.isEdge)"
        return try connection.first(sql, SQLiteSession.values(of: key)) { row in
            guard let origin = LineageOrigin(code: row.int(1)) else {
                throw StemmaError.damagedRow("an edge has no origin")
            }
            return LineageEdgeRecord(
                key: key, origin: origin, metadata: row.optionalBytes(2), since: row.timestamp(0), until: nil)
        }
    }

    func lineageEdges(of id: Int64, limit: Int) throws -> [LineageEdgeKey] {
        let sql: String = """
            SELECT upstream, relationship, downstream FROM lineage_edge WHERE downstream = ?1
            UNION ALL SELECT upstream, relationship, downstream FROM lineage_edge WHERE upstream = ?1 LIMIT ?2
            """
        return try connection.all(sql, [.integer(id), SQLiteValue(limit)]) { row in
            guard let relationship = LineageRelationship(code: row.int(1)) else {
                throw StemmaError.damagedRow("an edge has no relationship")
            }
            return LineageEdgeKey(upstream: row.int(0), relationship: relationship, downstream: row.int(2))
        }
    }

    func releaseText(model id: Int64, before precedence: [UInt8]) throws -> String? {
        let sql: String = """
            SELECT version FROM version WHERE model_id = ? AND prerelease = 0 AND status = 'ready' AND deleted_ms IS NULL
                AND precedence < ? ORDER BY precedence DESC LIMIT 1
            """
        return try connection.first(sql, [.integer(id), .blob(precedence)]) { row in row.text(0) }
    }
}

/// Changing the graph.
extension SQLiteSession {
    private static let isEdge: String = "upstream = ? AND relationship = ? AND downstream = ?"

    private static func values(of key: LineageEdgeKey) -> [SQLiteValue] {
        [.integer(key.upstream), .integer(key.relationship.code), .integer(key.downstream)]
    }

    func insertLineageEntity(_ entity: NewLineageEntity) throws -> Int64 {
        let sql: String = """
            INSERT INTO lineage_entity (type, key, model, version_id, rank, origin, name, description, owner, metadata,
                training_hours, hourly_cost, created_ms, created_by, updated_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let fields: LineageEntityFields = entity.fields
        let arguments: [SQLiteValue] = [
            .text(entity.node.type.rawValue), .text(entity.node.key), SQLiteValue(entity.model),
            SQLiteValue(entity.versionID), .integer(entity.rank), .text(entity.origin.rawValue),
            SQLiteValue(fields.name), SQLiteValue(fields.description), SQLiteValue(fields.owner),
            fields.metadata.map { .json($0) } ?? .null, SQLiteValue(fields.trainingHours),
            SQLiteValue(fields.hourlyCost), SQLiteValue(entity.created), .integer(entity.createdBy),
            SQLiteValue(entity.created),
        ]
        try connection.execute(sql, arguments)
        return connection.lastInsertedRowID
    }

    func updateLineageEntity(_ id: Int64, _ fields: LineageEntityFields, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE lineage_entity SET name = ?, description = ?, owner = ?, metadata = ?, training_hours = ?,
                hourly_cost = ?, updated_ms = ?, revision = revision + 1, removed_ms = NULL
            WHERE id = ?
            """
        let arguments: [SQLiteValue] = [
            SQLiteValue(fields.name), SQLiteValue(fields.description), SQLiteValue(fields.owner),
            fields.metadata.map { .json($0) } ?? .null, SQLiteValue(fields.trainingHours),
            SQLiteValue(fields.hourlyCost), SQLiteValue(moment), .integer(id),
        ]
        try requireEntity(try connection.execute(sql, arguments))
    }

    func attachVersion(_ version: Int64, toLineageEntity id: Int64, hours: Double?, hourlyCost: Double?) throws {
        let sql: String = """
            UPDATE lineage_entity SET version_id = ?, origin = 'registration', training_hours = ?, hourly_cost = ?,
                removed_ms = NULL
            WHERE id = ?
            """
        let arguments: [SQLiteValue] = [
            .integer(version), SQLiteValue(hours), SQLiteValue(hourlyCost), .integer(id),
        ]
        try requireEntity(try connection.execute(sql, arguments))
    }

    func setLineageFacets(_ id: Int64, _ facets: [UInt8], times: [UInt8], at moment: Timestamp) throws {
        let sql: String = """
            UPDATE lineage_entity SET facets = ?, facet_times = ?, updated_ms = ?, revision = revision + 1 WHERE id = ?
            """
        try requireEntity(
            try connection.execute(sql, [.json(facets), .json(times), SQLiteValue(moment), .integer(id)]))
    }

    func removeLineageEntity(_ id: Int64, at moment: Timestamp) throws {
        let sql: String = "UPDATE lineage_entity SET removed_ms = ?, revision = revision + 1 WHERE id = ?"
        try requireEntity(try connection.execute(sql, [SQLiteValue(moment), .integer(id)]))
    }

    func takeLineageRanks(_ count: Int64, below: Bool) throws -> Int64 {
        let sql: String =
            below
            ? "UPDATE lineage_rank_bounds SET lowest = lowest - ?1 RETURNING lowest"
            : "UPDATE lineage_rank_bounds SET highest = highest + ?1 RETURNING highest - ?1 + 1"
        guard let lowest = try connection.first(sql, [.integer(count)], { row in row.int(0) }) else {
            throw StemmaError.damagedRow("ranks of lineage entities have no bounds")
        }
        return lowest
    }

    func setLineageRank(_ id: Int64, _ rank: Int64) throws {
        try requireEntity(
            try connection.execute(
                "UPDATE lineage_entity SET rank = ? WHERE id = ?", [.integer(rank), .integer(id)]))
    }

    private func requireEntity(_ changed: Int) throws {
        try requireOneRow(changed, .entityNotFound, "there is no such lineage entity")
    }

    func insertLineageEdge(
        _ key: LineageEdgeKey, origin: LineageOrigin, metadata: [UInt8]?, since moment: Timestamp
    ) throws -> Bool {
        let sql: String = """
            INSERT INTO lineage_edge (upstream, relationship, downstream, since_ms, origin, metadata)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """
        let arguments: [SQLiteValue] = [
            .integer(key.upstream), .integer(key.relationship.code), .integer(key.downstream), SQLiteValue(moment),
            .integer(origin.code), metadata.map { .json($0) } ?? .null,
        ]
        return try connection.execute(sql, arguments) == 1
    }

    func updateLineageEdge(_ key: LineageEdgeKey, origin: LineageOrigin, metadata: [UInt8]?) throws {
        let sql: String = "UPDATE lineage_edge SET origin = ?, metadata = ? WHERE \(SQLiteSession.isEdge)"
        let arguments: [SQLiteValue] =
            [.integer(origin.code), metadata.map { .json($0) } ?? .null] + SQLiteSession.values(of: key)
        try requireOneRow(try connection.execute(sql, arguments), .edgeNotFound, "there is no such lineage edge")
    }

    func endLineageEdge(_ key: LineageEdgeKey, at moment: Timestamp) throws -> Bool {
        // Two ends within one millisecond leave one interval behind, which is all that a reader could tell apart.
        let copy: String = """
            INSERT INTO lineage_edge_past (upstream, relationship, downstream, since_ms, until_ms, origin, metadata)
            SELECT upstream, relationship, downstream, since_ms, ?, origin, metadata FROM lineage_edge
            WHERE \(SQLiteSession.isEdge) ON CONFLICT DO NOTHING
            """
        try connection.execute(copy, [SQLiteValue(moment)] + SQLiteSession.values(of: key))
        let removal: String = "DELETE FROM lineage_edge WHERE \(SQLiteSession.isEdge)"
        return try connection.execute(removal, SQLiteSession.values(of: key)) == 1
    }

    func endLineageEdges(
        into downstream: Int64, origin: LineageOrigin, except upstream: Int64?, at moment: Timestamp
    ) throws -> Int {
        let sql: String = """
            SELECT upstream, relationship FROM lineage_edge WHERE downstream = ? AND origin = ? AND upstream IS NOT ?
            """
        let arguments: [SQLiteValue] = [.integer(downstream), .integer(origin.code), SQLiteValue(upstream)]
        let keys: [LineageEdgeKey] = try connection.all(sql, arguments) { row in
            guard let relationship = LineageRelationship(code: row.int(1)) else {
                throw StemmaError.damagedRow("an edge has no relationship")
            }
            return LineageEdgeKey(upstream: row.int(0), relationship: relationship, downstream: downstream)
        }
        for key in keys { _ = try endLineageEdge(key, at: moment) }
        return keys.count
    }
}

/// The fields of `FilterSchema.lineageEntities` over `lineage_entity e`.
enum LineageEntityField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? {
        guard field.family == "metadata" else { return fixed[field.path.description] }
        return try JSONField.member(of: "e.metadata", Array(field.path.segments.dropFirst()))
    }

    private static let fixed: [String: SQLField] = [
        "node": .column("(e.type || ':' || e.key)", .text),
        "type": .column("e.type", .text),
        "id": .column("e.key", .text),
        "name": .optional("e.name", .text),
        "description": .optional("e.description", .text),
        "owner": .optional("e.owner", .text),
        "model": .optional("e.model", .text),
        "origin": .column("e.origin", .text),
        "created_at": .column("e.created_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = e.created_by)", .text),
        "updated_at": .column("e.updated_ms", .time),
    ]
}

extension LineageNodeTable {
    /// Adds what `SQLiteSession.nodeColumns` hold from a column on.
    mutating func append(_ row: borrowing SQLiteRow, at first: Int) throws {
        let version: Int64? = row.optionalInt(first + 2)
        guard let type = row.withBytes(first + 1, { LineageEntityType(utf8: $0) }) else {
            throw StemmaError.damagedRow("an entity has no type")
        }
        append(
            Facts(
                id: row.int(first), type: type, versionID: version,
                state: version == nil || row.isNull(first + 3)
                    ? nil : try row.named(first + 3, as: LifecycleState.self),
                isDeleted: version != nil && !row.isNull(first + 4),
                wasDeployed: version != nil && !row.isNull(first + 5), trainingHours: row.optionalDouble(first + 6),
                hourlyCost: row.optionalDouble(first + 7)))
        for column in (first + 8)..<(first + 8 + Text.allCases.count) {
            if row.isNull(column) { append(text: nil) } else { row.withBytes(column) { append(text: $0) } }
        }
    }
}

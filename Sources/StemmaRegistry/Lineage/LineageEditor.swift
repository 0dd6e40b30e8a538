/// Adds to the graph inside one transaction, remembering which nodes it met.
struct LineageEditor {
    /// What became of an edge.
    enum Outcome {
        case created
        /// It was there; what is known of it changed.
        case updated
        case unchanged
        case refused(StemmaErrorCode, String)
    }

    /// A node that the editor met: a position in its lists, which spares asking for it by name again.
    struct Handle {
        fileprivate let position: Int
    }

    let transaction: any MetadataTransaction
    let now: Timestamp
    let principalID: Int64
    private var order: LineageOrder
    private var nodes: [LineageNodeID] = []
    /// Nil where there is no such node.
    private var places: [LineagePlace?] = []
    private var positions: [LineageNodeID: Int] = [:]

    init(_ transaction: any MetadataTransaction, now: Timestamp, principal: Int64, limits: Limits) {
        self.transaction = transaction
        self.now = now
        principalID = principal
        order = LineageOrder(transaction, searchMax: limits.lineageCycleSearchEntities)
    }

    /// Handles of many nodes that are all different, for an editor that has met none yet.
    mutating func handles(_ nodes: [LineageNodeID]) throws -> [Handle] {
        self.nodes = nodes
        places = try transaction.lineagePlaces(of: nodes)
        for place in places { if let place { order.note(place.id, rank: place.rank) } }
        return nodes.indices.map { Handle(position: $0) }
    }

    private mutating func handle(_ node: LineageNodeID) throws -> Handle {
        if let known = positions[node] { return Handle(position: known) }
        let place: LineagePlace? = try transaction.lineagePlace(of: node)
        if let place { order.note(place.id, rank: place.rank) }
        positions[node] = nodes.count
        nodes.append(node)
        places.append(place)
        return Handle(position: nodes.count - 1)
    }

    /// Where a node stands; nil where there is none.
    mutating func place(of node: LineageNodeID) throws -> LineagePlace? {
        let found: Handle = try handle(node)
        return places[found.position]
    }

    func place(_ handle: Handle) -> LineagePlace? { places[handle.position] }

    /// The node, made or taken up again where there is none; `below` where it is made for something that follows from it.
    mutating func ensure(
        _ node: LineageNodeID, _ origin: LineageOrigin, fields: LineageEntityFields = LineageEntityFields(),
        model: String? = nil, version: Int64? = nil, below: Bool = false
    ) throws -> LineagePlace {
        let found: Handle = try handle(node)
        return try ensure(found, origin, fields: fields, model: model, version: version, below: below)
    }

    private mutating func ensure(
        _ handle: Handle, _ origin: LineageOrigin, fields: LineageEntityFields = LineageEntityFields(),
        model: String? = nil, version: Int64? = nil, below: Bool = false
    ) throws -> LineagePlace {
        if let present = places[handle.position] {
            guard present.isRemoved else { return present }
            try transaction.updateLineageEntity(present.id, fields, at: now)
            let revived = LineagePlace(id: present.id, rank: present.rank, model: present.model, isRemoved: false)
            places[handle.position] = revived
            return revived
        }
        let node: LineageNodeID = nodes[handle.position]
        let rank: Int64 = try order.newRank(below: below)
        let owningModel: String? = model ?? node.modelName
        let id: Int64 = try transaction.insertLineageEntity(
            NewLineageEntity(
                node: node, model: owningModel, versionID: version, rank: rank, origin: origin, fields: fields,
                created: now, createdBy: principalID))
        let place = LineagePlace(id: id, rank: rank, model: owningModel, isRemoved: false)
        places[handle.position] = place
        order.note(id, rank: rank)
        return place
    }

    /// Adds an edge, with the nodes that it needs. The same edge again changes nothing but its metadata, where that is given.
    mutating func connect(
        _ source: LineageNodeID, _ relationship: LineageRelationship, _ target: LineageNodeID, _ origin: LineageOrigin,
        metadata: [UInt8]? = nil
    ) throws -> Outcome {
        let (from, to): (Handle, Handle) = (try handle(source), try handle(target))
        return try connect(from, relationship, to, origin, metadata: metadata)
    }

    mutating func connect(
        _ source: Handle, _ relationship: LineageRelationship, _ target: Handle, _ origin: LineageOrigin,
        metadata: [UInt8]? = nil
    ) throws -> Outcome {
        guard nodes[source.position] != nodes[target.position] else {
            return .refused(.lineageCycle, "\(nodes[source.position]) cannot be connected with itself")
        }
        let up: Handle = relationship.sourceIsUpstream ? source : target
        let down: Handle = relationship.sourceIsUpstream ? target : source
        let upstream: LineagePlace = try ensure(up, origin, below: places[down.position] != nil)
        let downstream: LineagePlace = try ensure(down, origin)
        let sentence: () -> String = { [nodes] in
            "\(nodes[source.position]) \(relationship.rawValue) \(nodes[target.position])"
        }
        if relationship.isAcyclic {
            switch try order.admit(upstream: upstream.id, downstream: downstream.id) {
            case .fits: break
            case .cycle:
                return .refused(
                    .lineageCycle,
                    "\(sentence()) would make \(nodes[source.position]) its own ancestor: \(nodes[target.position]) "
                        + "already derives from it, or is a version of it")
            case .unknown:
                return .refused(
                    .lineageCycle,
                    "whether \(sentence()) closes a cycle could not be found out: too much lies between them. Add edges in "
                        + "the order in which things were made")
            }
        }
        let key = LineageEdgeKey(upstream: upstream.id, relationship: relationship, downstream: downstream.id)
        if try transaction.insertLineageEdge(key, origin: origin, metadata: metadata, since: now) { return .created }
        return try update(key, origin, metadata, sentence)
    }

    private func update(
        _ key: LineageEdgeKey, _ origin: LineageOrigin, _ metadata: [UInt8]?, _ sentence: () -> String
    ) throws -> Outcome {
        guard let present = try transaction.lineageEdge(key) else { return .unchanged }
        let isSame: Bool = metadata == nil || metadata == present.metadata
        if present.origin.isManaged, !origin.isManaged {
            return isSame
                ? .unchanged
                : .refused(
                    .entityManaged, "\(sentence()) is kept by the registry itself; its metadata cannot be changed")
        }
        let isPromoted: Bool = origin.isManaged && !present.origin.isManaged
        guard !isSame || isPromoted else { return .unchanged }
        try transaction.updateLineageEdge(
            key, origin: isPromoted ? origin : present.origin, metadata: metadata ?? present.metadata)
        return .updated
    }
}

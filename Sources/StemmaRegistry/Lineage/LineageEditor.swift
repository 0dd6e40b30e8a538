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

    let transaction: any MetadataTransaction
    let now: Timestamp
    let principalID: Int64
    private var order: LineageOrder
    private var places: [LineageNodeID: LineagePlace] = [:]

    init(_ transaction: any MetadataTransaction, now: Timestamp, principal: Int64, limits: Limits) {
        self.transaction = transaction
        self.now = now
        principalID = principal
        order = LineageOrder(transaction, searchMax: limits.lineageCycleSearchEntities)
    }

    /// Where a node stands; nil where there is none.
    mutating func place(of node: LineageNodeID) throws -> LineagePlace? {
        if let known = places[node] { return known }
        guard let found = try transaction.lineagePlace(of: node) else { return nil }
        remember(node, found)
        return found
    }

    /// The node, made or taken up again where there is none; `below` where it is made for something that follows from it.
    mutating func ensure(
        _ node: LineageNodeID, _ origin: LineageOrigin, fields: LineageEntityFields = LineageEntityFields(),
        model: String? = nil, version: Int64? = nil, below: Bool = false
    ) throws -> LineagePlace {
        if let present = try place(of: node) {
            guard present.isRemoved else { return present }
            try transaction.updateLineageEntity(present.id, fields, at: now)
            return remember(
                node, LineagePlace(id: present.id, rank: present.rank, model: present.model, isRemoved: false))
        }
        let rank: Int64 = try order.newRank(below: below)
        let owningModel: String? = model ?? node.modelName
        let id: Int64 = try transaction.insertLineageEntity(
            NewLineageEntity(
                node: node, model: owningModel, versionID: version, rank: rank, origin: origin, fields: fields,
                created: now, createdBy: principalID))
        return remember(node, LineagePlace(id: id, rank: rank, model: owningModel, isRemoved: false))
    }

    @discardableResult
    private mutating func remember(_ node: LineageNodeID, _ place: LineagePlace) -> LineagePlace {
        places[node] = place
        order.note(place.id, rank: place.rank)
        return place
    }

    /// Adds an edge, with the nodes that it needs. The same edge again changes nothing but its metadata, where that is given.
    mutating func connect(
        _ source: LineageNodeID, _ relationship: LineageRelationship, _ target: LineageNodeID, _ origin: LineageOrigin,
        metadata: [UInt8]? = nil
    ) throws -> Outcome {
        guard source != target else {
            return .refused(.lineageCycle, "\(source) cannot be connected with itself")
        }
        let upNode: LineageNodeID = relationship.sourceIsUpstream ? source : target
        let downNode: LineageNodeID = relationship.sourceIsUpstream ? target : source
        let isDownKnown: Bool = try place(of: downNode) != nil
        let upstream: LineagePlace = try ensure(upNode, origin, below: isDownKnown)
        let downstream: LineagePlace = try ensure(downNode, origin)
        if relationship.isAcyclic {
            switch try order.admit(upstream: upstream.id, downstream: downstream.id) {
            case .fits: break
            case .cycle:
                return .refused(
                    .lineageCycle,
                    "\(source) \(relationship.rawValue) \(target) would make \(source) its own ancestor: \(target) "
                        + "already derives from it, or is a version of it")
            case .unknown:
                return .refused(
                    .lineageCycle,
                    "whether \(source) \(relationship.rawValue) \(target) closes a cycle could not be found out: too much "
                        + "lies between them. Add edges in the order in which things were made")
            }
        }
        let key = LineageEdgeKey(upstream: upstream.id, relationship: relationship, downstream: downstream.id)
        if try transaction.insertLineageEdge(key, origin: origin, metadata: metadata, since: now) { return .created }
        return try update(key, origin, metadata, "\(source) \(relationship.rawValue) \(target)")
    }

    private func update(
        _ key: LineageEdgeKey, _ origin: LineageOrigin, _ metadata: [UInt8]?, _ sentence: String
    ) throws -> Outcome {
        guard let present = try transaction.lineageEdge(key) else { return .unchanged }
        let isSame: Bool = metadata == nil || metadata == present.metadata
        if present.origin.isManaged, !origin.isManaged {
            return isSame
                ? .unchanged
                : .refused(.entityManaged, "\(sentence) is kept by the registry itself; its metadata cannot be changed")
        }
        let isPromoted: Bool = origin.isManaged && !present.origin.isManaged
        guard !isSame || isPromoted else { return .unchanged }
        try transaction.updateLineageEdge(
            key, origin: isPromoted ? origin : present.origin, metadata: metadata ?? present.metadata)
        return .updated
    }
}

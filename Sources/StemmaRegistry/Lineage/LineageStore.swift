/// Reading the lineage graph.
package protocol LineageReader {
    /// The entity of that type and key, removed ones included.
    func lineageEntity(_ node: LineageNodeID) throws -> LineageEntityRecord?

    func lineageEntity(id: Int64) throws -> LineageEntityRecord?

    /// The row key, rank and model of an entity, removed ones included: what adding an edge needs to know.
    func lineagePlace(of node: LineageNodeID) throws -> LineagePlace?

    /// The same for many, in their order.
    func lineagePlaces(of nodes: [LineageNodeID]) throws -> [LineagePlace?]

    /// Entities that are not removed. Sort fields: those of `FilterSchema.lineageEntities`.
    func lineageEntities(_ query: ListQuery) throws -> Page<LineageEntityRecord>

    /// Row keys of the entities of a model's registered versions, and of others that go by its name.
    func lineageEntities(ofModel name: String, includingRemoved: Bool, limit: Int) throws -> [Int64]

    /// Everything that can be reached, breadth first.
    func lineageReach(_ query: LineageReachQuery) throws -> LineageReach

    /// What answers say of nodes, in the order of the row keys, each of which exists.
    func lineageNodes(_ ids: [Int64]) throws -> LineageNodeTable

    /// Whether anything follows an entity in one direction by edges that must not form a cycle.
    func hasAcyclicNeighbours(_ id: Int64, _ direction: LineageDirection) throws -> Bool

    /// What can be reached from an entity by such edges without leaving the ranks up to `bound` (upstream: down to it), the
    /// entity itself first; nil where that is more than `limit`.
    func acyclicReach(
        from id: Int64, _ direction: LineageDirection, bound: Int64, limit: Int
    ) throws -> [(id: Int64, rank: Int64)]?

    /// The edge as it is now.
    func lineageEdge(_ key: LineageEdgeKey) throws -> LineageEdgeRecord?

    /// Edges of an entity as they are now, those that lead to it first, at most `limit`.
    func lineageEdges(of id: Int64, limit: Int) throws -> [LineageEdgeKey]

    /// The highest published release of a model before that precedence.
    func releaseText(model id: Int64, before precedence: [UInt8]) throws -> String?

    /// The version that is deployed in an environment now.
    func deployedVersion(model id: Int64, environment: String) throws -> Int64?

    /// Published versions by row key after `id`, at most `limit`, deleted ones included.
    func publishedVersions(after id: Int64, limit: Int) throws -> [VersionRecord]

    /// Models and environments in which something was deployed, after those, at most `limit`.
    func deploymentPlaces(after last: (model: Int64, environment: String)?, limit: Int) throws
        -> [(model: Int64, name: String, environment: String)]

    /// Live consumers without an edge in the graph (`isInGraph` false), or expired ones with one, at most `limit`.
    func consumers(isInGraph: Bool, at moment: Timestamp, limit: Int) throws
        -> [(model: String, version: String, versionID: Int64, consumer: String)]
}

/// Changing the lineage graph.
package protocol LineageWriter {
    /// The new row's key. Throws an error of the store where type and key are taken.
    func insertLineageEntity(_ entity: NewLineageEntity) throws -> Int64

    /// Sets what clients say of an entity, and takes a removed one up again.
    func updateLineageEntity(_ id: Int64, _ fields: LineageEntityFields, at moment: Timestamp) throws

    /// Says that an entity is a registered version.
    func attachVersion(_ version: Int64, toLineageEntity id: Int64, hours: Double?, hourlyCost: Double?) throws

    /// Replaces what events said of an entity, and when: JSON object texts by facet name.
    func setLineageFacets(_ id: Int64, _ facets: [UInt8], times: [UInt8], at moment: Timestamp) throws

    /// Takes an entity out of the graph. It has no edges any more.
    func removeLineageEntity(_ id: Int64, at moment: Timestamp) throws

    /// Takes `count` ranks that follow each other, above all that were taken before or below all of them; answers the lowest.
    func takeLineageRanks(_ count: Int64, below: Bool) throws -> Int64

    func setLineageRank(_ id: Int64, _ rank: Int64) throws

    /// Adds an edge; false where there is one between these two of that relationship.
    func insertLineageEdge(
        _ key: LineageEdgeKey, origin: LineageOrigin, metadata: [UInt8]?, since moment: Timestamp
    ) throws -> Bool

    func updateLineageEdge(_ key: LineageEdgeKey, origin: LineageOrigin, metadata: [UInt8]?) throws

    /// Ends an edge: it is part of the past from that moment on. False where there is none.
    func endLineageEdge(_ key: LineageEdgeKey, at moment: Timestamp) throws -> Bool

    /// Ends edges of one origin into an entity, except from `upstream`; answers how many.
    func endLineageEdges(
        into downstream: Int64, origin: LineageOrigin, except upstream: Int64?, at moment: Timestamp
    ) throws -> Int

    /// Whether a consumer has its edge in the graph.
    func setInGraph(_ isInGraph: Bool, consumer name: String, version id: Int64) throws
}

/// Which way to follow the graph.
package enum LineageDirection: String, Sendable, CaseIterable {
    /// To what something was made of.
    case upstream
    /// To what was made of it.
    case downstream
    case both
}

/// An edge by its row keys, the way that data flows.
package struct LineageEdgeKey: Hashable, Sendable {
    package let upstream: Int64
    package let relationship: LineageRelationship
    package let downstream: Int64

    package init(upstream: Int64, relationship: LineageRelationship, downstream: Int64) {
        self.upstream = upstream
        self.relationship = relationship
        self.downstream = downstream
    }
}

/// An edge as stored.
package struct LineageEdgeRecord: Sendable {
    package let key: LineageEdgeKey
    package let origin: LineageOrigin
    /// JSON object text; nil where it is empty.
    package let metadata: [UInt8]?
    package let since: Timestamp
    /// Nil while it lasts.
    package let until: Timestamp?

    package init(
        key: LineageEdgeKey, origin: LineageOrigin, metadata: [UInt8]?, since: Timestamp, until: Timestamp?
    ) {
        self.key = key
        self.origin = origin
        self.metadata = metadata
        self.since = since
        self.until = until
    }
}

/// Where an entity stands in the order of the graph.
package struct LineagePlace: Sendable {
    package let id: Int64
    package let rank: Int64
    package let model: String?
    package let isRemoved: Bool

    package init(id: Int64, rank: Int64, model: String?, isRemoved: Bool) {
        self.id = id
        self.rank = rank
        self.model = model
        self.isRemoved = isRemoved
    }
}

/// What clients say of an entity.
package struct LineageEntityFields: Sendable {
    package var name: String?
    package var description: String?
    package var owner: String?
    /// JSON object text; nil where it is empty.
    package var metadata: [UInt8]?
    /// Of `metadata`, where it is a model: hours of one training, and what an hour costs.
    package var trainingHours: Double?
    package var hourlyCost: Double?

    package init(
        name: String? = nil, description: String? = nil, owner: String? = nil, metadata: [UInt8]? = nil,
        trainingHours: Double? = nil, hourlyCost: Double? = nil
    ) {
        self.name = name
        self.description = description
        self.owner = owner
        self.metadata = metadata
        self.trainingHours = trainingHours
        self.hourlyCost = hourlyCost
    }
}

/// An entity about to be stored.
package struct NewLineageEntity: Sendable {
    package let node: LineageNodeID
    /// By whose name a token's reach is judged; nil: everybody's.
    package let model: String?
    package let versionID: Int64?
    package let rank: Int64
    package let origin: LineageOrigin
    package let fields: LineageEntityFields
    package let created: Timestamp
    package let createdBy: Int64

    package init(
        node: LineageNodeID, model: String?, versionID: Int64?, rank: Int64, origin: LineageOrigin,
        fields: LineageEntityFields, created: Timestamp, createdBy: Int64
    ) {
        self.node = node
        self.model = model
        self.versionID = versionID
        self.rank = rank
        self.origin = origin
        self.fields = fields
        self.created = created
        self.createdBy = createdBy
    }
}

/// An entity as stored.
package struct LineageEntityRecord: Sendable {
    package let id: Int64
    package let node: LineageNodeID
    package let model: String?
    package let versionID: Int64?
    package let origin: LineageOrigin
    package let fields: LineageEntityFields
    /// What events said, by facet name: JSON object text; nil where there is nothing.
    package let facets: [UInt8]?
    package let created: Timestamp
    /// The subject.
    package let createdBy: String
    package let updated: Timestamp
    package let revision: Int64
    package let removed: Timestamp?

    package init(
        id: Int64, node: LineageNodeID, model: String?, versionID: Int64?, origin: LineageOrigin,
        fields: LineageEntityFields, facets: [UInt8]?, created: Timestamp, createdBy: String, updated: Timestamp,
        revision: Int64, removed: Timestamp?
    ) {
        self.id = id
        self.node = node
        self.model = model
        self.versionID = versionID
        self.origin = origin
        self.fields = fields
        self.facets = facets
        self.created = created
        self.createdBy = createdBy
        self.updated = updated
        self.revision = revision
        self.removed = removed
    }
}

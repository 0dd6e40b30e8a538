/// A walk through the graph.
package struct LineageReachQuery: Sendable {
    /// Row keys of where it begins.
    package let start: [Int64]
    /// `both` walks up from the start and down from the start, so that it answers ancestors and descendants.
    package let direction: LineageDirection
    /// Only edges of these; empty: of all.
    package let relationships: Set<LineageRelationship>
    /// Edges from the start to the farthest node.
    package let depthMax: Int
    package let nodesMax: Int
    /// The graph as it was then; nil: as it is.
    package let asOf: Timestamp?
    /// Nodes of models outside it are not there.
    package let scope: ModelScope
    /// Whether edges are answered with metadata, origin and times.
    package let isDetailed: Bool
    /// Whether nodes are answered with their records.
    package let isDescribed: Bool
    /// Whether a walk goes on from a model's version to the versions after it. What one version was made of says nothing of
    /// the next.
    package let followsModelVersions: Bool

    package init(
        start: [Int64], direction: LineageDirection, relationships: Set<LineageRelationship> = [], depthMax: Int,
        nodesMax: Int, asOf: Timestamp? = nil, scope: ModelScope, isDetailed: Bool, isDescribed: Bool = false,
        followsModelVersions: Bool = true
    ) {
        self.start = start
        self.direction = direction
        self.relationships = relationships
        self.depthMax = depthMax
        self.nodesMax = nodesMax
        self.asOf = asOf
        self.scope = scope
        self.isDetailed = isDetailed
        self.isDescribed = isDescribed
        self.followsModelVersions = followsModelVersions
    }
}

/// What a walk reached.
package struct LineageReach: Sendable {
    /// Why there is more than what was reached.
    package enum Truncation: String, Sendable {
        case depth
        case nodes
    }

    package struct Node: Sendable {
        package let id: Int64
        /// Position of the node from which it was reached first, by a shortest way; nil at the start.
        package let parent: Int?
        /// The relationship of that edge.
        package let via: LineageRelationship?
        /// Edges from the start.
        package let depth: Int

        package init(id: Int64, parent: Int?, via: LineageRelationship?, depth: Int) {
            self.id = id
            self.parent = parent
            self.via = via
            self.depth = depth
        }
    }

    package struct Edge: Sendable {
        /// Positions of nodes.
        package let upstream: Int
        package let downstream: Int
        package let relationship: LineageRelationship

        package init(upstream: Int, downstream: Int, relationship: LineageRelationship) {
            self.upstream = upstream
            self.downstream = downstream
            self.relationship = relationship
        }
    }

    /// In the order in which they were reached; those of the start first.
    package var nodes: [Node]
    /// One for each node where the query asked for them, otherwise empty.
    package var records: LineageNodeTable
    /// Every edge between two of the nodes that the walk crossed.
    package var edges: [Edge]
    /// One for each edge where the query asked for details, otherwise empty.
    package var details: [LineageEdgeRecord]
    package var truncation: Truncation?

    package init(
        nodes: [Node] = [], records: LineageNodeTable = LineageNodeTable(), edges: [Edge] = [],
        details: [LineageEdgeRecord] = [],
        truncation: Truncation? = nil
    ) {
        self.nodes = nodes
        self.records = records
        self.edges = edges
        self.details = details
        self.truncation = truncation
    }
}

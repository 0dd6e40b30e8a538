internal import StemmaJSON

/// What a version was made of, as the lineage graph has it.
struct VersionUpstream {
    struct Entity {
        let record: LineageEntityRecord
        let metadata: JSONObject
        /// The hash that an edge to the version names.
        let edgeHash: String?

        var node: String { record.node.description }
    }

    /// The row key of the version's own node; nil where it has none.
    let entity: Int64?
    let metadata: JSONObject
    let datasets: [Entity]
    let parents: [Entity]

    /// Nodes that are looked at, and edges to the farthest.
    private static let (nodesMax, depthMax): (Int, Int) = (1_000, 50)

    init(_ record: VersionRecord, _ reader: any MetadataReader) throws {
        let node = LineageNodeID(.model, "\(record.model)_v\(record.version)")
        guard let own = try reader.lineageEntity(node), own.removed == nil else {
            (entity, metadata, datasets, parents) = (nil, JSONObject(), [], [])
            return
        }
        entity = own.id
        metadata = try own.fields.metadata.map { try StoredJSON.object($0) } ?? JSONObject()
        // What one version was made of says nothing of the next.
        let reach: LineageReach = try reader.lineageReach(
            LineageReachQuery(
                start: [own.id], direction: .upstream, relationships: [.derivesFrom, .usesFeature, .consumes],
                depthMax: VersionUpstream.depthMax, nodesMax: VersionUpstream.nodesMax, scope: .everything,
                isDetailed: false, followsModelVersions: false))
        var datasets: [Entity] = []
        var parents: [Entity] = []
        for other in reach.nodes where other.id != own.id {
            guard let found = try reader.lineageEntity(id: other.id), found.removed == nil,
                [.dataset, .model].contains(found.node.type)
            else { continue }
            let metadata: JSONObject = try found.fields.metadata.map { try StoredJSON.object($0) } ?? JSONObject()
            let key = LineageEdgeKey(upstream: found.id, relationship: .derivesFrom, downstream: own.id)
            let edge: JSONObject? = try reader.lineageEdge(key)?.metadata.map { try StoredJSON.object($0) }
            let item = Entity(
                record: found, metadata: metadata, edgeHash: ComplianceText.text(edge?["data_hash"]))
            if found.node.type == .dataset { datasets.append(item) } else { parents.append(item) }
        }
        self.datasets = datasets
        self.parents = parents
    }
}

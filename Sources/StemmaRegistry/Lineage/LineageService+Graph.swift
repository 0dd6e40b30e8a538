internal import StemmaJSON

/// What a client wants to see of the graph, as it was sent.
package struct LineageGraphRequest: Sendable {
    /// `type:id`; a registered model's name alone (`model:fraud`) means all its versions.
    package let node: String?
    package let direction: String?
    package let depth: Int?
    package let nodes: Int?
    /// Names with commas between them.
    package let relationships: String?
    package let types: String?
    package let asOf: Timestamp?

    package init(
        node: String?, direction: String?, depth: Int?, nodes: Int?, relationships: String?, types: String?,
        asOf: Timestamp?
    ) {
        self.node = node
        self.direction = direction
        self.depth = depth
        self.nodes = nodes
        self.relationships = relationships
        self.types = types
        self.asOf = asOf
    }
}

extension LineageService {
    /// The part of the graph that can be reached from a node. Throws `validationFailed`, `entityNotFound`.
    package func readLineageGraph(_ request: LineageGraphRequest, _ principal: Principal) async throws -> LineageGraph {
        try principal.require(.readModels)
        let node: LineageNodeID = try LineageService.wantedNode(request.node)
        let query = try GraphQuery(request, core.policy.limits)
        if let moment = request.asOf { try PastView.requirePast(moment, core) }
        return try await core.store.read { reader in
            try query.run(node, try LineageService.start(node, request.asOf, principal, reader), principal, reader)
        }
    }

    /// The same from the version that `ref` means, or meant at the moment that is asked for.
    package func readVersionLineage(
        model name: String, ref: String, _ request: LineageGraphRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, graph: LineageGraph) {
        try principal.require(.readModels)
        let query = try GraphQuery(request, core.policy.limits)
        return try await core.store.read { [core] reader in
            let record: VersionRecord =
                if let moment = request.asOf {
                    try PastView.open(at: moment, core, reader).resolve(model: name, ref: ref, principal)
                } else {
                    try VersionResolver.resolve(model: name, ref: ref, principal, reader)
                }
            let node = LineageNodeID(.model, "\(record.model)_v\(record.version)")
            guard let place = try reader.lineagePlace(of: node) else {
                // A draft, or a version from before there was a graph whose turn has not come yet.
                return (record, query.empty(node))
            }
            return (record, try query.run(node, [place.id], principal, reader))
        }
    }

    static func wantedNode(_ text: String?) throws(StemmaError) -> LineageNodeID {
        guard let text else {
            throw StemmaError.validation([ShapeFault(pointer: "?node", detail: "is needed, e.g. node=dataset:orders")])
        }
        do throws(NameFault) {
            return try LineageNodeID(validating: text)
        } catch {
            throw StemmaError.validation([ShapeFault(pointer: "?node", detail: error.reason)])
        }
    }

    /// Row keys of where a walk from that node begins. A model's name alone begins at all its versions.
    static func start(
        _ node: LineageNodeID, _ asOf: Timestamp?, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> [Int64] {
        let isThere: (LineageEntityRecord) -> Bool = { record in
            guard let asOf else { return record.removed == nil }
            return record.created <= asOf && (record.removed.map { $0 > asOf } ?? true)
        }
        var start: [Int64] = []
        if let record = try reader.lineageEntity(node) {
            try requireScope(node, model: record.model, principal)
            if isThere(record) { start.append(record.id) }
        }
        if node.type == .model, principal.scope.contains(node.key) {
            for id in try reader.lineageEntities(ofModel: node.key, limit: Limits().lineageNodesMax)
            where !start.contains(id) {
                if try asOf == nil || reader.lineageEntity(id: id).map(isThere) ?? false { start.append(id) }
            }
        }
        guard !start.isEmpty else { throw absent(node) }
        return start
    }
}

/// A checked request for a part of the graph.
private struct GraphQuery: Sendable {
    let direction: LineageDirection
    let depth: Int
    let nodes: Int
    let relationships: Set<LineageRelationship>
    /// Empty: all.
    let types: Set<LineageEntityType>
    let asOf: Timestamp?

    /// Throws `validationFailed` with every fault.
    init(_ request: LineageGraphRequest, _ limits: Limits) throws(StemmaError) {
        var faults: [ShapeFault] = []
        let direction: LineageDirection? = LineageDirection(rawValue: request.direction ?? "both")
        if direction == nil {
            faults.append(ShapeFault(pointer: "?direction", detail: "must be upstream, downstream or both"))
        }
        depth = request.depth ?? limits.lineageDepthDefault
        if !(0...limits.lineageDepthMax).contains(depth) {
            faults.append(ShapeFault(pointer: "?depth", detail: "must be 0 to \(limits.lineageDepthMax)"))
        }
        nodes = request.nodes ?? limits.lineageNodesDefault
        if !(1...limits.lineageNodesMax).contains(nodes) {
            faults.append(ShapeFault(pointer: "?limit", detail: "must be 1 to \(limits.lineageNodesMax)"))
        }
        relationships = Self.names(request.relationships, "?relationships", &faults)
        types = Self.names(request.types, "?types", &faults)
        asOf = request.asOf
        guard faults.isEmpty, let direction else { throw StemmaError.validation(faults) }
        self.direction = direction
    }

    private static func names<Name: RawRepresentable<String> & CaseIterable & Hashable>(
        _ text: String?, _ pointer: String, _ faults: inout [ShapeFault]
    ) -> Set<Name> {
        var found: Set<Name> = []
        for part in (text ?? "").split(separator: ",") {
            if let name = Name(rawValue: String(part)) {
                found.insert(name)
            } else {
                let known: String = Name.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(ShapeFault(pointer: pointer, detail: "\(part) is none of \(known)"))
            }
        }
        return found
    }

    func empty(_ node: LineageNodeID) -> LineageGraph {
        LineageGraph(node: node, direction: direction, asOf: asOf, nodes: [], edges: [], truncation: nil)
    }

    func run(
        _ node: LineageNodeID, _ start: [Int64], _ principal: Principal, _ reader: any MetadataReader
    ) throws -> LineageGraph {
        let reach: LineageReach = try reader.lineageReach(
            LineageReachQuery(
                start: start, direction: direction, relationships: relationships, depthMax: depth, nodesMax: nodes,
                asOf: asOf, scope: principal.scope, isDetailed: true, isDescribed: true))
        // Positions in the walk become positions in the answer, which leaves out other types.
        var positions: [Int?] = []
        var kept: [(record: LineageNodeRecord, depth: Int)] = []
        for (record, place) in zip(reach.records, reach.nodes) {
            let isWanted: Bool = types.isEmpty || types.contains(record.node.type) || place.depth == 0
            positions.append(isWanted ? kept.count : nil)
            if isWanted { kept.append((record, place.depth)) }
        }
        let edges: [LineageGraph.Edge] = zip(reach.edges, reach.details).compactMap { edge, record in
            guard let up = positions[edge.upstream], let down = positions[edge.downstream] else { return nil }
            let isForward: Bool = edge.relationship.sourceIsUpstream
            return LineageGraph.Edge(source: isForward ? up : down, target: isForward ? down : up, record: record)
        }
        return LineageGraph(
            node: node, direction: direction, asOf: asOf, nodes: kept, edges: edges, truncation: reach.truncation)
    }
}

package import StemmaJSON

/// Keeps the lineage graph, and answers what something came from and what it touches.
package struct LineageService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Describes an entity, or changes its description, with a body of `LineageShapes.entityRequest`.
    ///
    /// Throws `invalidName`, `validationFailed`, `staleETag`, `entityManaged` for a version that is registered here, whose
    /// registration describes it, and `entityNotFound` where it belongs to a model outside the token's models.
    package func putLineageEntity(
        type: String, key: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let node: LineageNodeID = try LineageService.node(type: type, key: key)
        let fields: LineageEntityFields = try LineageService.fields(body, of: node, core.policy.limits)
        let limits: Limits = core.policy.limits
        return try await core.gate.mutate("put_lineage_entity", context) { transaction, now in
            try LineageService.requireScope(node, model: node.modelName, context.principal)
            let present: LineageEntityRecord? = try transaction.lineageEntity(node).flatMap {
                $0.removed == nil ? $0 : nil
            }
            let before: Representation? = present.map { LineageEntityDocument.represent($0) }
            try context.preconditions.check(current: before?.etag)
            let location: String = ResourcePath.lineageEntity(node)
            if let present, let before {
                try LineageService.requireOwn(present)
                guard present.fields.json != fields.json else {
                    return MutationGate.Mutation(
                        Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
                }
                try transaction.updateLineageEntity(present.id, fields, at: now)
            } else {
                var editor = LineageEditor(transaction, now: now, principal: context.principal.id, limits: limits)
                _ = try editor.ensure(node, .client, fields: fields)
            }
            let record: LineageEntityRecord = try LineageService.find(node, context.principal, transaction)
            let after: Representation = LineageEntityDocument.represent(record)
            return MutationGate.Mutation(
                Answer(present == nil ? .created : .updated, location: location, etag: after.etag, body: after.body),
                event: LineageService.event(node, present?.fields, record.fields))
        }
    }

    package func readLineageEntity(type: String, key: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        let node: LineageNodeID = try LineageService.node(type: type, key: key)
        return try await core.store.read { reader in
            LineageEntityDocument.represent(try LineageService.find(node, principal, reader))
        }
    }

    /// Takes an entity out of the graph. Its past stays readable.
    ///
    /// Throws `entityInUse` naming the edges that would lose an end, `entityManaged` for a registered version, `staleETag`.
    package func deleteLineageEntity(type: String, key: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let node: LineageNodeID = try LineageService.node(type: type, key: key)
        let limit: Int = core.policy.limits.lineageBlockingEdges
        return try await core.gate.mutate("delete_lineage_entity", context) { transaction, now in
            let record: LineageEntityRecord = try LineageService.find(node, context.principal, transaction)
            try context.preconditions.check(current: LineageEntityDocument.represent(record).etag)
            try LineageService.requireOwn(record)
            let edges: [LineageEdgeKey] = try transaction.lineageEdges(of: record.id, limit: limit + 1)
            guard edges.isEmpty else {
                throw try LineageService.inUse(node, edges, limit, context.principal, transaction)
            }
            try transaction.removeLineageEntity(record.id, at: now)
            return MutationGate.Mutation(
                Answer(.removed), event: LineageService.event(node, record.fields, nil))
        }
    }

    /// Entities in the caller's scope, oldest first unless ordered otherwise.
    package func listLineageEntities(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(
            core: core, list: "lineage-entities", schema: .lineageEntities, defaultOrdering: "created_at")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<LineageEntityRecord> = try reader.lineageEntities(query)
            return Page(rows: page.rows.map { LineageEntityDocument.represent($0).body }, next: page.next)
        }
    }

    static func node(type: String, key: String) throws(StemmaError) -> LineageNodeID {
        guard let kind = LineageEntityType(rawValue: type) else {
            throw StemmaError(.invalidName, "the entity's type in the path must be one of \(LineageNodeID.types)")
        }
        do throws(NameFault) {
            return try LineageNodeID(kind, validating: key)
        } catch {
            throw StemmaError(.invalidName, "the entity in the path \(error.reason)")
        }
    }

    /// Throws `entityNotFound` also for one of a model outside the token's models.
    static func find(
        _ node: LineageNodeID, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> LineageEntityRecord {
        guard let record = try reader.lineageEntity(node), record.removed == nil else { throw absent(node) }
        try requireScope(node, model: record.model, principal)
        return record
    }

    static func absent(_ node: LineageNodeID) -> StemmaError {
        StemmaError(.entityNotFound, "there is no \(node) in the lineage graph")
    }

    static func requireScope(
        _ node: LineageNodeID, model: String?, _ principal: Principal
    ) throws(StemmaError) {
        if let model, !principal.scope.contains(model) { throw absent(node) }
    }

    private static func requireOwn(_ record: LineageEntityRecord) throws(StemmaError) {
        guard record.versionID == nil else {
            throw StemmaError(
                .entityManaged,
                "\(record.node) is a version that this registry holds: its registration describes it, and it stays in the "
                    + "graph as long as it is known")
        }
    }

    private static func inUse(
        _ node: LineageNodeID, _ edges: [LineageEdgeKey], _ limit: Int, _ principal: Principal,
        _ reader: any MetadataReader
    ) throws -> StemmaError {
        let nodes: LineageNodeTable = try reader.lineageNodes(
            Array(Set(edges.flatMap { [$0.upstream, $0.downstream] })))
        let names: [Int64: LineageNodeRecord] = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0) })
        let blocking: [JSONValue] = edges.prefix(limit).compactMap { edge in
            guard let up = names[edge.upstream], let down = names[edge.downstream],
                [up, down].allSatisfy({ $0.model.map { principal.scope.contains($0) } ?? true })
            else { return nil }
            let isForward: Bool = edge.relationship.sourceIsUpstream
            return .object([
                "source": .string((isForward ? up : down).node.description),
                "relationship": .string(edge.relationship.rawValue),
                "target": .string((isForward ? down : up).node.description),
            ])
        }
        // How many there are of models that the caller may not know of is not told.
        var count: String = edges.count > limit ? "more than \(limit) edges" : "\(edges.count) edges"
        if !principal.scope.isUnlimited { count = "edges" }
        let hint: String = blocking.isEmpty ? "" : " (see `blocking`)"
        return StemmaError(
            .entityInUse,
            "\(node) has \(count) that would lose an end\(hint); end those that are wrong first "
                + "(DELETE /v1/lineage/edges), or keep it: what was derived from it still was",
            members: ["blocking": .array(blocking)])
    }

    private static func fields(
        _ body: JSONValue, of node: LineageNodeID, _ limits: Limits
    ) throws(StemmaError) -> LineageEntityFields {
        let faults: [ShapeFault] = LineageShapes.entityRequest.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let metadata: [UInt8]? = try metadataText(body["metadata"], at: "/metadata", limits)
        let cost = VersionLineage.cost(of: node.type == .model ? body["metadata"] : nil)
        return LineageEntityFields(
            name: body["name"]?.string, description: body["description"]?.string, owner: body["owner"]?.string,
            metadata: metadata, trainingHours: cost.hours, hourlyCost: cost.hourlyCost)
    }

    /// The stored text of metadata; nil where there is none. Throws `validationFailed` where it is too long.
    static func metadataText(
        _ value: JSONValue?, at pointer: String, _ limits: Limits
    ) throws(StemmaError) -> [UInt8]? {
        guard let object = value?.object, !object.isEmpty else { return nil }
        let text: [UInt8] = StoredJSON.text(object)
        guard text.count <= limits.lineageMetadataBytes else {
            throw StemmaError.validation([
                ShapeFault(pointer: pointer, detail: "must be at most \(limits.lineageMetadataBytes) bytes of JSON")
            ])
        }
        return text
    }

    private static func event(
        _ node: LineageNodeID, _ before: LineageEntityFields?, _ after: LineageEntityFields?
    ) -> AuditDraft {
        var event = AuditDraft(.lineageEntity(node.description))
        event.recordChange(before: before?.json, after: after?.json)
        return event
    }
}

extension LineageEntityFields {
    /// As clients send it.
    var json: JSONValue {
        [
            "name": name.map { .string($0) } ?? .null, "description": description.map { .string($0) } ?? .null,
            "owner": owner.map { .string($0) } ?? .null,
            "metadata": .object(metadata.flatMap { try? StoredJSON.object($0) } ?? JSONObject()),
        ]
    }
}

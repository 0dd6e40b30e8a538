internal import StemmaDigest
package import StemmaJSON

extension LineageService {
    /// Adds edges with a body of one `LineageShapes.edgeRequest`, or an array of them. Nodes that are not there yet are made.
    ///
    /// Of an array each edge is taken or refused by itself, and the answer says which; one edge alone is answered by itself.
    /// Throws `validationFailed`, `lineageCycle`, `entityManaged`, `entityNotFound` for one edge alone, and `payloadTooLarge`
    /// for too many.
    package func addLineageEdges(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let limits: Limits = core.policy.limits
        guard let array = body.array else { return try await addOne(body, context, limits) }
        guard array.count <= limits.lineageEdgesPerRequest else {
            throw StemmaError(
                .payloadTooLarge,
                "\(array.count) edges came at once; at most \(limits.lineageEdgesPerRequest) are taken in one request")
        }
        let batch = EdgeBatch(array, limits)
        let digest: Digest = SHA256Hasher.digest(StoredJSON.text(["edges": body]))
        return try await core.gate.mutate("add_lineage_edges", context) { [core] transaction, now in
            var editor = LineageEditor(transaction, now: now, principal: context.principal.id, limits: limits)
            let handles: [LineageEditor.Handle] = try editor.handles(batch.nodes)
            var results = EdgeResults()
            for edge in batch.edges {
                switch edge {
                case .failure(let error): results.add(.refused(error.code, error.explained))
                case .success(let edge):
                    results.add(
                        try LineageService.add(
                            edge.request, handles[edge.source], handles[edge.target], context.principal, &editor))
                }
            }
            guard results.changed > 0 else { return MutationGate.Mutation(results.answer, event: nil) }
            let held = try ImpactQuarantine.extend(core, transaction, now, context.principal)
            return MutationGate.Mutation(
                results.answer, event: results.event(digest, edges: array, limits), further: held.further,
                effects: held.effects)
        }
    }

    private func addOne(_ body: JSONValue, _ context: RequestContext, _ limits: Limits) async throws -> Answer {
        let edge: EdgeRequest = try EdgeRequest(body, limits)
        return try await core.gate.mutate("add_lineage_edges", context) { [core] transaction, now in
            var editor = LineageEditor(transaction, now: now, principal: context.principal.id, limits: limits)
            let ends: [LineageEditor.Handle] = try editor.handles([edge.source, edge.target])
            let outcome: LineageEditor.Outcome = try LineageService.add(
                edge, ends[0], ends[1], context.principal, &editor)
            if case .refused(let code, let detail) = outcome { throw StemmaError(code, detail) }
            let isForward: Bool = edge.relationship.sourceIsUpstream
            guard let up = editor.place(ends[isForward ? 0 : 1]), let down = editor.place(ends[isForward ? 1 : 0]),
                let record = try transaction.lineageEdge(
                    LineageEdgeKey(upstream: up.id, relationship: edge.relationship, downstream: down.id))
            else { throw StemmaError(.internalError, "the edge was not stored", cause: "stored edge is absent") }
            var writer = JSONWriter()
            LineageGraphDocument.write(record, source: edge.source, target: edge.target, to: &writer)
            let text: [UInt8] = writer.finish()
            let location: String = ResourcePath.lineageGraph(edge.source)
            if case .unchanged = outcome {
                return MutationGate.Mutation(Answer(.unchanged, location: location, body: text), event: nil)
            }
            let isNew: Bool = if case .created = outcome { true } else { false }
            var event = AuditDraft(.lineage, detail: ["created": isNew ? 1 : 0, "updated": isNew ? 0 : 1])
            event.recordChange(before: nil, after: .array([body]))
            let held = try ImpactQuarantine.extend(core, transaction, now, context.principal)
            return MutationGate.Mutation(
                Answer(isNew ? .created : .updated, location: location, body: text), event: event,
                further: held.further, effects: held.effects)
        }
    }

    /// Ends an edge: from now on it is part of the past. Throws `edgeNotFound`, and `entityManaged` for one that the registry
    /// keeps by itself.
    package func endLineageEdge(
        source: String?, relationship: String?, target: String?, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let body: JSONValue = [
            "source": source.map { .string($0) } ?? .null, "target": target.map { .string($0) } ?? .null,
            "relationship": relationship.map { .string($0) } ?? .null,
        ]
        let faults: [ShapeFault] = LineageShapes.edgeRequest.faults(in: body)
        guard faults.isEmpty else {
            throw StemmaError.validation(
                faults.map { ShapeFault(pointer: "?" + $0.pointer.dropFirst(), detail: $0.detail) })
        }
        let edge: EdgeRequest = try EdgeRequest(body, core.policy.limits)
        return try await core.gate.mutate("end_lineage_edge", context) { transaction, now in
            try context.preconditions.check(current: nil)
            let up: LineageEntityRecord = try LineageService.find(edge.upstream, context.principal, transaction)
            let down: LineageEntityRecord = try LineageService.find(edge.downstream, context.principal, transaction)
            let key = LineageEdgeKey(upstream: up.id, relationship: edge.relationship, downstream: down.id)
            guard let record = try transaction.lineageEdge(key) else {
                throw StemmaError(.edgeNotFound, "there is no edge \(edge.sentence)")
            }
            guard !record.origin.isManaged else {
                throw StemmaError(
                    .entityManaged,
                    "\(edge.sentence) comes from a \(record.origin.rawValue) and is kept by the registry itself")
            }
            _ = try transaction.endLineageEdge(key, at: now)
            var event = AuditDraft(.lineage)
            event.recordChange(before: body, after: nil)
            return MutationGate.Mutation(Answer(.removed), event: event)
        }
    }

    /// Refuses nodes of models outside the token's models as if they could not be there.
    private static func add(
        _ edge: EdgeRequest, _ source: LineageEditor.Handle, _ target: LineageEditor.Handle, _ principal: Principal,
        _ editor: inout LineageEditor
    ) throws -> LineageEditor.Outcome {
        if !principal.scope.isUnlimited {
            for (node, handle) in [(edge.source, source), (edge.target, target)] {
                let model: String? = editor.place(handle)?.model ?? node.modelName
                if let model, !principal.scope.contains(model) {
                    let error: StemmaError = absent(node)
                    return .refused(error.code, error.detail)
                }
            }
        }
        return try editor.connect(source, edge.relationship, target, .client, metadata: edge.metadata)
    }
}

/// The edges of a request, read before its transaction: every node is named once, edges name theirs by position.
private struct EdgeBatch: Sendable {
    private(set) var nodes: [LineageNodeID] = []
    private(set) var edges: [Result<(request: EdgeRequest, source: Int, target: Int), StemmaError>] = []

    init(_ array: [JSONValue], _ limits: Limits) {
        var positions: [LineageNodeID: Int] = Dictionary(minimumCapacity: array.count * 2)
        func position(_ node: LineageNodeID) -> Int {
            let next: Int = nodes.count
            let position: Int = positions[node, default: next]
            if position == next {
                positions[node] = next
                nodes.append(node)
            }
            return position
        }
        edges.reserveCapacity(array.count)
        for value in array {
            do throws(StemmaError) {
                let request = try EdgeRequest(value, limits)
                edges.append(.success((request, position(request.source), position(request.target))))
            } catch {
                edges.append(.failure(error))
            }
        }
    }
}

/// An edge as sent.
private struct EdgeRequest: Sendable {
    let source: LineageNodeID
    let relationship: LineageRelationship
    let target: LineageNodeID
    let metadata: [UInt8]?

    var upstream: LineageNodeID { relationship.sourceIsUpstream ? source : target }
    var downstream: LineageNodeID { relationship.sourceIsUpstream ? target : source }
    var sentence: String { "\(source) \(relationship.rawValue) \(target)" }

    /// Members in any order. Throws `validationFailed`.
    init(_ body: JSONValue, _ limits: Limits) throws(StemmaError) {
        // Batches are large: a well-formed edge is read once, and only another one is asked for its faults.
        if let object = body.object, object.members.count <= 4, let source = Self.node(body["source"]),
            let target = Self.node(body["target"]),
            let relationship = body["relationship"]?.string.flatMap({ LineageRelationship(rawValue: $0) }),
            object.members.count == 3 + (body["metadata"] == nil ? 0 : 1)
        {
            let isPlain: Bool = body["metadata"].map(\.isNull) ?? true
            if isPlain || LineageShapes.edgeRequest.faults(in: body).isEmpty {
                self.source = source
                self.target = target
                self.relationship = relationship
                metadata = try LineageService.metadataText(body["metadata"], at: "/metadata", limits)
                return
            }
        }
        throw StemmaError.validation(LineageShapes.edgeRequest.faults(in: body))
    }

    private static func node(_ value: JSONValue?) -> LineageNodeID? {
        guard let text = value?.string else { return nil }
        return try? LineageNodeID(validating: text)
    }
}

/// What became of a batch.
private struct EdgeResults {
    private var writer = JSONWriter(capacity: 65_536)
    private var index: Int = 0
    private var created: Int64 = 0
    private var updated: Int64 = 0
    private var unchanged: Int64 = 0
    private var refused: Int64 = 0

    init() {
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
    }

    var changed: Int64 { created + updated }

    mutating func add(_ outcome: LineageEditor.Outcome) {
        writer.beginObject()
        writer.field("index", index)
        index += 1
        switch outcome {
        case .created:
            created += 1
            writer.field("status", "created")
        case .updated:
            updated += 1
            writer.field("status", "updated")
        case .unchanged:
            unchanged += 1
            writer.field("status", "unchanged")
        case .refused(let code, let detail):
            refused += 1
            writer.field("status", "refused")
            writer.field("code", code.rawValue)
            writer.field("detail", detail)
        }
        writer.endObject()
    }

    var answer: Answer {
        var writer: JSONWriter = writer
        writer.endArray()
        writer.field("created", created)
        writer.field("updated", updated)
        writer.field("unchanged", unchanged)
        writer.field("refused", refused)
        writer.endObject()
        return Answer(changed > 0 ? .updated : .unchanged, body: writer.finish())
    }

    /// Large batches are named by their digest, small ones told in full.
    func event(_ digest: Digest, edges: [JSONValue], _ limits: Limits) -> AuditDraft {
        var event = AuditDraft(
            .lineage,
            detail: [
                "created": .integer(created), "updated": .integer(updated), "unchanged": .integer(unchanged),
                "refused": .integer(refused), "request_digest": .string(digest.description),
            ])
        if edges.count <= limits.lineageEdgesPerEvent { event.recordChange(before: nil, after: .array(edges)) }
        return event
    }
}

extension StemmaError {
    /// The faults in one sentence, where there is no room for a list of them.
    var explained: String {
        faults.isEmpty ? detail : faults.map { "\($0.pointer) \($0.detail)" }.joined(separator: "; ")
    }
}

package import StemmaJSON

extension LineageService {
    /// What a change of a node touches, a body of `ImpactDocument.document`. Throws `validationFailed`, `entityNotFound`.
    package func analyzeImpact(
        node text: String?, relationships: String?, depth: Int?, asOf: Timestamp?, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        let node: LineageNodeID = try LineageService.wantedNode(text)
        let limits: Limits = core.policy.limits
        let wanted: Set<LineageRelationship> = try LineageService.relationships(relationships)
        let depthMax: Int = depth ?? limits.lineageDepthMax
        guard (1...limits.lineageDepthMax).contains(depthMax) else {
            throw StemmaError.validation([
                ShapeFault(pointer: "?depth", detail: "must be 1 to \(limits.lineageDepthMax)")
            ])
        }
        if let asOf { try PastView.requirePast(asOf, core) }
        try await core.consumerLog.flush()
        let now: Timestamp = core.environment.now()
        let analysis: ImpactAnalysis = try await core.store.read { reader in
            try ImpactAnalysis.run(
                node, start: try LineageService.start(node, asOf, principal, reader), relationships: wanted,
                depthMax: depthMax, asOf: asOf, limits, at: now, scope: principal.scope, reader)
        }
        return ImpactDocument.represent(analysis)
    }

    /// Stores an assessment with a body of `AssessmentDocument.request`: what is affected becomes a checklist, and where it
    /// is asked for every version downstream is quarantined.
    ///
    /// Throws `entityNotFound`, `validationFailed` also where too much is affected for one checklist, `permissionDenied` where
    /// a quarantine is asked for with a token that reaches only some models.
    package func assessImpact(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let faults: [ShapeFault] = AssessmentDocument.request.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string else { throw StemmaError.validation(faults) }
        let node: LineageNodeID = try LineageService.wantedNode(body["node"]?.string)
        let quarantines: Bool = body["quarantine"]?.bool ?? false
        if quarantines { try context.principal.requireEverywhere(.quarantineVersions) }
        let change: ImpactChange = body["change"]?.string.flatMap { ImpactChange(rawValue: $0) } ?? .changed
        let due: Timestamp? = body["due_at"]?.string.flatMap { Timestamp($0) }
        let id: String = core.environment.identifier("imp_")
        let core: RegistryCore = self.core
        try await core.consumerLog.flush()
        return try await core.gate.mutate("assess_impact", context) { transaction, now in
            try context.preconditions.check(current: nil)
            let start: [Int64] = try LineageService.start(node, nil, context.principal, transaction)
            guard let entity = start.first else { throw LineageService.absent(node) }
            let analysis: ImpactAnalysis = try ImpactAnalysis.run(
                node, start: start, relationships: [], depthMax: core.policy.limits.impactEntitiesMax, asOf: nil,
                core.policy.limits, at: now, scope: context.principal.scope, transaction)
            let row: Int64 = try transaction.insertImpactAssessment(
                NewImpactAssessment(
                    id: id, entity: entity, change: change, reason: reason, quarantines: quarantines, due: due,
                    summary: AssessmentDocument.summary(of: analysis), created: now, createdBy: context.principal.id))
            var quarantine = ImpactQuarantine(core, transaction, now, context.principal)
            try LineageService.fillChecklist(
                row, id, analysis, &quarantine, isHolding: quarantines, core, transaction)
            let answer: Representation = try LineageService.represent(id, context.principal, transaction)
            var event = AuditDraft(
                .impactAssessment(id),
                detail: [
                    "change": .string(change.rawValue), "affected": .integer(Int64(analysis.affected.count)),
                    "quarantined": .integer(Int64(quarantine.outcome.versions.count)),
                ], personal: ["rationale": .string(reason)])
            event.recordChange(before: nil, after: ["node": .string(node.description)])
            event.also = [.lineageEntity(node.description)] + quarantine.outcome.versions
            return MutationGate.Mutation(
                Answer(.created, location: ResourcePath.assessment(id), etag: answer.etag, body: answer.body),
                event: event, further: quarantine.outcome.further, effects: quarantine.outcome.effects)
        }
    }

    package func readAssessment(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in try LineageService.represent(id, principal, reader) }
    }

    /// Assessments of what is in the caller's scope, the newest first unless ordered otherwise.
    package func listAssessments(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(
            core: core, list: "impact-assessments", schema: .impactAssessments, defaultOrdering: "created_at desc")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<ImpactAssessmentRecord> = try reader.impactAssessments(query)
            let rows: [[UInt8]] = try page.rows.map { record in
                AssessmentDocument.represent(
                    record, try LineageService.items(record, principal, reader), principal
                ).body
            }
            return Page(rows: rows, next: page.next)
        }
    }

    /// Says that somebody has seen a line of the checklist, and what was decided about it.
    /// Throws `assessmentNotFound`, `assessmentClosed`, `entityNotFound` for a node that is not on the checklist.
    package func acknowledgeImpact(
        _ id: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.recordEvidence)
        let faults: [ShapeFault] = AssessmentDocument.acknowledgement.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let node: LineageNodeID = try LineageService.wantedNode(body["node"]?.string)
        let comment: String? = body["comment"]?.string
        return try await core.gate.mutate("acknowledge_impact", context) { transaction, now in
            let record: ImpactAssessmentRecord = try LineageService.open(id, context, transaction)
            let items: [ImpactItemRecord] = try LineageService.items(record, context.principal, transaction)
            guard let item = items.first(where: { $0.node == node }) else {
                throw StemmaError(.entityNotFound, "\(node) is not on the checklist of \(id)")
            }
            let isNew: Bool = item.acknowledged == nil
            if isNew {
                try transaction.acknowledgeImpactItem(
                    record.row, entity: item.entity, comment: comment, at: now, by: context.principal.id)
            }
            let after: Representation = try LineageService.represent(id, context.principal, transaction)
            var event = AuditDraft(.impactAssessment(id))
            event.recordChange(before: nil, after: ["node": .string(node.description)])
            event.also = [.lineageEntity(node.description)]
            if let comment { event.personal["rationale"] = .string(comment) }
            return MutationGate.Mutation(
                Answer(
                    isNew ? .updated : .unchanged, location: ResourcePath.assessment(id), etag: after.etag,
                    body: after.body), event: isNew ? event : nil)
        }
    }

    /// Ends an assessment and lets go of what it holds back. Throws `assessmentNotFound`, `assessmentClosed`, `staleETag`.
    package func closeAssessment(_ id: String, _ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let faults: [ShapeFault] = AssessmentDocument.closing.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("close_assessment", context) { transaction, now in
            let record: ImpactAssessmentRecord = try LineageService.open(id, context, transaction)
            if record.quarantines { try context.principal.requireEverywhere(.quarantineVersions) }
            try transaction.closeImpactAssessment(record.row, reason: reason, at: now, by: context.principal.id)
            let items: [ImpactItemRecord] = try transaction.impactItems(record.row)
            var lifted: [LineageNodeID] = []
            for item in items {
                guard let quarantine = item.quarantineID else { continue }
                if try transaction.liftQuarantine(quarantine, reason: reason, at: now, by: context.principal.id) {
                    lifted.append(item.node)
                }
            }
            let after: Representation = try LineageService.represent(id, context.principal, transaction)
            var event = AuditDraft(
                .impactAssessment(id),
                detail: [
                    "unacknowledged": .integer(Int64(items.count { $0.acknowledged == nil })),
                    "lifted": .integer(Int64(lifted.count)),
                ], personal: ["rationale": .string(reason)])
            event.also = lifted.compactMap { node in
                guard let version = try? ModelID(validating: node.key) else { return nil }
                return .version(model: version.name.text, version: version.version.description)
            }
            return MutationGate.Mutation(
                Answer(.updated, location: ResourcePath.assessment(id), etag: after.etag, body: after.body),
                event: event)
        }
    }

    private static func relationships(_ text: String?) throws(StemmaError) -> Set<LineageRelationship> {
        var found: Set<LineageRelationship> = []
        for part in (text ?? "").split(separator: ",") {
            guard let relationship = LineageRelationship(rawValue: String(part)) else {
                let known: String = LineageRelationship.allCases.map(\.rawValue).joined(separator: ", ")
                throw StemmaError.validation([
                    ShapeFault(pointer: "?relationships", detail: "\(part) is none of \(known)")
                ])
            }
            found.insert(relationship)
        }
        return found
    }

    /// Models in a safe order, then systems: who has to do something about it.
    private static func fillChecklist(
        _ row: Int64, _ id: String, _ analysis: ImpactAnalysis, _ quarantine: inout ImpactQuarantine, isHolding: Bool,
        _ core: RegistryCore, _ transaction: any MetadataTransaction
    ) throws {
        let systems: [ImpactAnalysis.Affected] = analysis.affected.filter { $0.type == .system }
        let items: [ImpactAnalysis.Affected] = analysis.order.map { analysis.affected[$0] } + systems
        let limit: Int = core.policy.limits.impactItems
        guard items.count <= limit, analysis.truncation == nil else {
            throw StemmaError(
                .validationFailed,
                "more is affected than one checklist can hold (\(limit) lines); assess what is nearer to the models")
        }
        for item in items {
            let record: LineageNodeRecord = analysis.nodes[item.position]
            let held: String? = isHolding && item.isHeldBack ? try quarantine.quarantine(record, id) : nil
            _ = try transaction.addImpactItem(row, entity: record.id, owner: record.owner, quarantine: held)
        }
    }

    private static func find(
        assessment id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> ImpactAssessmentRecord {
        guard let record = try reader.impactAssessment(id),
            record.model.map({ principal.scope.contains($0) }) ?? true
        else { throw StemmaError(.assessmentNotFound, "there is no impact assessment \(id)") }
        return record
    }

    private static func open(
        _ id: String, _ context: RequestContext, _ reader: any MetadataReader
    ) throws -> ImpactAssessmentRecord {
        let record: ImpactAssessmentRecord = try find(assessment: id, context.principal, reader)
        try context.preconditions.check(
            current: AssessmentDocument.represent(
                record, try items(record, context.principal, reader), context.principal
            ).etag)
        guard record.closed == nil else {
            throw StemmaError(.assessmentClosed, "the impact assessment \(id) is closed; make a new one")
        }
        return record
    }

    /// The lines of the checklist that the reader may see.
    private static func items(
        _ record: ImpactAssessmentRecord, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> [ImpactItemRecord] {
        try reader.impactItems(record.row).filter { item in
            item.model.map { principal.scope.contains($0) } ?? true
        }
    }

    private static func represent(
        _ id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> Representation {
        let record: ImpactAssessmentRecord = try find(assessment: id, principal, reader)
        return AssessmentDocument.represent(record, try items(record, principal, reader), principal)
    }
}

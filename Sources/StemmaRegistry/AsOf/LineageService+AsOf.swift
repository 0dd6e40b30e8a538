/// Entities of the lineage graph, and assessments, as of a moment.
extension LineageService {
    /// A body of `LineageShapes.entity` with `as_of`. Throws `entityNotFound` where there was no such entity, `invalidName`,
    /// `validationFailed` for a moment to come.
    package func readLineageEntity(
        type: String, key: String, asOf time: Timestamp, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        let node: LineageNodeID = try LineageService.node(type: type, key: key)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let row: LineageEntityRecord? = try reader.lineageEntity(node)
            try LineageService.requireScope(node, model: row?.model, principal)
            guard let past = try row.flatMap({ try view.past($0) }) else {
                throw StemmaError(.entityNotFound, "there was no \(node) in the lineage graph at \(time)")
            }
            return view.represent(past)
        }
    }

    /// Entities in the caller's scope as they were, those included that were taken out since, oldest first unless ordered
    /// otherwise.
    package func listLineageEntities(
        _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let plan: PastLister.Plan = try PastLister(
            core: core, list: "lineage-entities", schema: .lineageEntities, orderings: ["created_at"],
            defaultOrdering: "created_at", asOf: time
        ).plan(request)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            return try plan.page(view, principal.scope, reader.pastLineageEntities) { place in
                guard let row = try reader.lineageEntity(id: place.id), let past = try view.past(row) else {
                    return nil
                }
                return try plan.filter.passes(past) ? view.represent(past) : nil
            }
        }
    }

    /// A body of `AssessmentDocument.document` with `as_of`. Throws `assessmentNotFound`, `validationFailed`.
    package func readAssessment(_ id: String, asOf time: Timestamp, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let record: ImpactAssessmentRecord = try LineageService.find(assessment: id, principal, reader)
            guard record.created <= time else {
                throw StemmaError(.assessmentNotFound, "there was no impact assessment \(id) at \(time)")
            }
            return view.represent(
                record, try LineageService.items(record, principal, reader).compactMap(view.past), principal)
        }
    }

    /// Assessments of what is in the caller's scope as they were, the newest first unless ordered otherwise.
    package func listAssessments(
        _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let plan: PastLister.Plan = try PastLister(
            core: core, list: "impact-assessments", schema: .impactAssessments, orderings: ["created_at"],
            defaultOrdering: "created_at desc", asOf: time
        ).plan(request)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            return try plan.page(view, principal.scope, reader.pastImpactAssessments) { place in
                guard let row = try reader.impactAssessment(row: place.id) else { return nil }
                let items: [ImpactItemRecord] = try LineageService.items(row, principal, reader).compactMap(view.past)
                return plan.filter.passes(view.past(row, items)) ? view.represent(row, items, principal) : nil
            }
        }
    }
}

/// Assessments as they were. Their rows keep the time of everything that happens to them.
extension PastView {
    /// `items` are those of then.
    func represent(
        _ row: ImpactAssessmentRecord, _ items: [ImpactItemRecord], _ principal: Principal
    ) -> [UInt8] {
        PastDocument.seal(AssessmentDocument.represent(past(row, items), items, principal).body, moment.time)
    }

    /// The assessment as it was, from its row as it is now and the items that it had.
    func past(_ row: ImpactAssessmentRecord, _ items: [ImpactItemRecord]) -> ImpactAssessmentRecord {
        guard row.updated > moment.time else { return row }
        let isClosed: Bool = row.closed.map { $0 <= moment.time } ?? false
        let changes: [Timestamp] = items.flatMap { [$0.acknowledged, $0.heldSince] }.compactMap { $0 }
        return ImpactAssessmentRecord(
            row: row.row, id: row.id, entity: row.entity, node: row.node, model: row.model, change: row.change,
            reason: row.reason, quarantines: row.quarantines, due: row.due, summary: row.summary,
            created: row.created, createdBy: row.createdBy,
            updated: ([row.created] + changes + (isClosed ? [row.closed].compactMap { $0 } : [])).max() ?? row.created,
            closed: isClosed ? row.closed : nil, closedBy: isClosed ? row.closedBy : nil,
            closeReason: isClosed ? row.closeReason : nil, revision: row.revision)
    }

    /// The line of the checklist as it was; nil where it came later, which only one does that is held back.
    func past(_ item: ImpactItemRecord) -> ImpactItemRecord? {
        if let since = item.heldSince, since > moment.time { return nil }
        let isSeen: Bool = item.acknowledged.map { $0 <= moment.time } ?? false
        return ImpactItemRecord(
            position: item.position, entity: item.entity, node: item.node, model: item.model, owner: item.owner,
            quarantineID: item.quarantineID, heldSince: item.heldSince,
            heldUntil: item.heldUntil.flatMap { $0 <= moment.time ? $0 : nil },
            acknowledged: isSeen ? item.acknowledged : nil, acknowledgedBy: isSeen ? item.acknowledgedBy : nil,
            comment: isSeen ? item.comment : nil)
    }
}

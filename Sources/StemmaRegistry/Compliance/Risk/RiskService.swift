package import StemmaJSON

/// Assessments of versions' risk, before and after registration.
///
/// What is assessed after registration is a record of its own: it changes neither the manifest nor what approvals were
/// given for.
package struct RiskService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// The newest assessment with those before it.
    package func readRisk(model: String, ref: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            try RiskService.represent(try VersionResolver.resolve(model: model, ref: ref, principal, reader), reader)
        }
    }

    /// Assesses the risk of a published version, with a body of `RiskShapes.request`. Throws `validationFailed` also
    /// for a heading whose path is none of the version's files, `draftVersion`, `staleETag`.
    package func assessRisk(
        model: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.assessRisk)
        let faults: [ShapeFault] = RiskShapes.request.faults(in: body) + RiskShapes.faults(body)
        guard faults.isEmpty, let wanted = body.object else { throw StemmaError.validation(faults) }
        let limits: Limits = core.policy.limits
        return try await core.gate.mutate("assess_risk", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: model, version: version, context.principal, transaction)
            guard record.status == .ready else {
                throw StemmaError(
                    .draftVersion, "\(record.version) is a draft; its risk is part of what is registered")
            }
            let before: Representation = try RiskService.represent(record, transaction)
            try context.preconditions.check(current: before.etag)
            let paths: Set<String> = Set(try transaction.artifacts(version: record.id).map(\.path))
            let missing: [ShapeFault] = (wanted["annex_iv"]?.object?.members ?? []).filter {
                !paths.contains($0.value.string ?? "")
            }.map {
                ShapeFault(
                    pointer: JSONPointer.appending($0.name, to: "/annex_iv"),
                    detail: "names none of the version's files")
            }
            guard missing.isEmpty else { throw StemmaError.validation(missing) }
            let risk: JSONObject = RiskService.completed(wanted, context.principal, at: now, limits)
            let revision: Int64 = try transaction.insertRiskAssessment(
                version: record.id, StoredJSON.text(risk), at: now, by: context.principal.id)
            guard revision <= limits.riskAssessmentsPerVersion, let updated = try transaction.version(id: record.id)
            else {
                throw StemmaError(
                    .validationFailed,
                    "a version has at most \(limits.riskAssessmentsPerVersion) assessments of its risk")
            }
            // Filters see the newest one.
            try VersionAttributes.store(updated, transaction)
            let after: Representation = try RiskService.represent(updated, transaction)
            return MutationGate.Mutation(
                Answer(
                    revision == 1 ? .created : .updated,
                    location: ResourcePath.version(record.model, record.version) + "/risk", etag: after.etag,
                    body: after.body),
                event: RiskService.event(record, updated, risk, revision))
        }
    }

    private static func completed(
        _ wanted: JSONObject, _ principal: Principal, at now: Timestamp, _ limits: Limits
    ) -> JSONObject {
        let tier: Int64 = RiskTier.number(of: wanted) ?? 1
        let days: Int64 = wanted["review_period_days"]?.integer ?? limits.riskReviewDays[Int(tier) - 1]
        var risk = JSONObject(wanted.members.filter { !$0.value.isNull })
        risk.set("review_period_days", .integer(days))
        risk.set("assessed_at", .string(now.description))
        risk.set("assessed_by", .string(principal.subject))
        risk.set(
            "next_review_at", .string(now.adding(milliseconds: days * Timestamp.dayMilliseconds).description))
        return risk
    }

    private static func event(
        _ before: VersionRecord, _ after: VersionRecord, _ risk: JSONObject, _ revision: Int64
    ) -> AuditDraft {
        var event = AuditDraft(
            .version(model: before.model, version: before.version),
            detail: [
                "revision": .integer(revision), "tier": RiskTier.number(of: risk).map { .integer($0) } ?? .null,
                "computed_tier": RiskTier.computed(of: risk).map { .integer($0) } ?? .null,
                "next_review_at": risk["next_review_at"] ?? .null,
            ])
        if let rationale = risk["rationale"] { event.personal["rationale"] = rationale }
        event.recordChange(
            before: (try? VersionDocument.current(of: before))?["risk"], after: .object(risk))
        return event
    }

    private static func represent(_ record: VersionRecord, _ reader: any MetadataReader) throws -> Representation {
        let risk: JSONValue = try VersionDocument.current(of: record)["risk"] ?? .null
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("risk", risk)
        writer.field("registered", try VersionDocument.immutable(of: record)["risk"] ?? .null)
        writer.field("computed_tier", risk.object.flatMap { RiskTier.computed(of: $0) })
        writer.key("history")
        writer.beginArray()
        for assessment in try reader.riskAssessments(version: record.id, limit: Limits().riskAssessmentsShown) {
            writer.beginObject()
            writer.field("revision", assessment.revision)
            writer.field("risk", raw: assessment.assessment)
            writer.field("assessed_at", assessment.at.description)
            writer.field("assessed_by", assessment.by)
            writer.endObject()
        }
        writer.endArray()
        return EntityTag.seal(writer.bytes)
    }
}

internal import StemmaDigest
package import StemmaJSON

/// Reviews at the approval gates, how the gates stand, and quarantines.
package struct GovernanceService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Keeps a decision at a gate with a body of `ReviewDocument.request`; it names the content and the evidence that are
    /// there now, and itself changes neither.
    ///
    /// Throws `permissionDenied` naming the roles that the lifecycle in force lets review at the gate, `selfApproval` where
    /// a person who had a hand in the version approves, `draftVersion`, `validationFailed` for gates that the lifecycle
    /// does not have and for items that nobody attests there, `staleETag` against the version.
    package func reviewVersion(
        model name: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.reviewVersions)
        let request = try ReviewRequest(body)
        let core: RegistryCore = self.core
        return try await core.gate.mutate("review_version", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            guard record.status == .ready, let manifest = record.manifestDigest else {
                throw StemmaError(.draftVersion, "\(record.version) is a draft; publish it before it is reviewed")
            }
            let definition: LifecycleDefinition = try core.lifecycle.inForce(transaction).definition
            guard let rule = definition.gate(request.gate) else {
                let known: String = definition.gates.map(\.gate).joined(separator: ", ")
                throw StemmaError.validation([
                    ShapeFault(pointer: "/gate", detail: "the lifecycle in force has only the gates \(known)")
                ])
            }
            let role: Role = try GovernanceService.role(of: context.principal, at: rule)
            if request.decision == .approve {
                try GovernanceService.requireOther(than: context.principal, of: record, transaction)
            }
            let items: JSONObject = try request.items(of: rule)
            let earlier: [ReviewRecord] = try transaction.reviews(version: record.id)
            let limit: Int = core.policy.limits.reviewsPerVersion
            guard earlier.count < limit else {
                throw StemmaError(.validationFailed, "a version may have at most \(limit) reviews")
            }
            let review = ReviewRecord(
                id: core.environment.identifier("rev_"), gate: rule.gate, decision: request.decision.rawValue,
                items: StoredJSON.text(items), comment: request.comment,
                evidence: request.evidence.map { StoredJSON.text($0) }, principalID: context.principal.id,
                subject: context.principal.subject, role: role.description, manifestDigest: manifest,
                evidenceRevision: record.standing.evidenceRevision,
                // The last decision of a person counts, so that time must not run backwards here.
                at: max(now, earlier.last?.at ?? now))
            try transaction.insertReview(review, version: record.id)
            let facts: VersionFacts = try FactsReader.facts(of: record, at: now, transaction)
            let result = GateResult(rule, facts, definition)
            let reason: String? = result.judged.first { $0.review.id == review.id }?.voidedBecause
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.version(record.model, record.version) + "/reviews",
                    body: ReviewDocument.represent(review, of: record, voidedBecause: reason, gate: result)),
                event: GovernanceService.event(review, request, items, of: record))
        }
    }

    /// A version's reviews, newest first, each with whether it still counts.
    package func listReviews(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let definition: LifecycleDefinition = try core.lifecycle.inForce(reader).definition
            let facts: VersionFacts = try FactsReader.facts(of: record, at: core.environment.now(), reader)
            let reasons: [String: String] = JudgedReview.reasons(facts, definition)
            let page = try NewestFirst(core: core, list: "reviews/\(record.id)").page(
                try reader.reviews(version: record.id), request, id: \.id)
            return (
                record,
                ListAnswer(
                    items: page.rows.map {
                        ReviewDocument.represent($0, of: record, voidedBecause: reasons[$0.id])
                    }, nextCursor: page.next)
            )
        }
    }

    /// What `readGates` answers.
    package static let gatesShape: Shape = .named(
        "ApprovalGates",
        .object(
            [
                Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
                Shape.Field("manifest_digest", .nullable(CommonShapes.digest), required: true),
                Shape.Field("evidence_revision", .count, required: true),
                Shape.Field("lifecycle_revision", .count, required: true),
            ] + Role.gates.map { Shape.Field($0, GateResult.shape, "Absent where the lifecycle has no such gate") }
                + [Shape.Field("all_passed", .boolean, required: true)] + PastDocument.factFields))

    /// How every gate of the lifecycle in force stands for a version now.
    package func readGates(
        model name: String, ref: String, _ principal: Principal
    ) async throws -> (version: VersionRecord, representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let lifecycle: LifecycleRevision = try core.lifecycle.inForce(reader)
            let facts: VersionFacts = try FactsReader.facts(of: record, at: core.environment.now(), reader)
            let body: [UInt8] = GovernanceService.represent(record, lifecycle, facts)
            return (record, Representation(etag: Representation.etag(of: body), body: body))
        }
    }

    /// A body of `gatesShape`.
    static func represent(
        _ record: VersionRecord, _ lifecycle: LifecycleRevision, _ facts: VersionFacts
    ) -> [UInt8] {
        let results: [GateResult] = lifecycle.definition.gates.map { GateResult($0, facts, lifecycle.definition) }
        var writer = JSONWriter(capacity: 8_192)
        writer.beginObject()
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("manifest_digest", record.manifestDigest?.description)
        writer.field("evidence_revision", record.standing.evidenceRevision)
        writer.field("lifecycle_revision", lifecycle.revision)
        for result in results { writer.field(result.gate, result.json) }
        writer.field("all_passed", results.allSatisfy(\.hasPassed))
        writer.endObject()
        return writer.finish()
    }

    /// The role under which a person reviews: the gate's own before any other. Throws `permissionDenied`.
    private static func role(
        of principal: Principal, at rule: LifecycleDefinition.GateRule
    ) throws(StemmaError) -> Role {
        let held: Set<Role> = rule.reviewers.intersection(principal.roles)
        let own = Role.reviewer(gate: rule.gate)
        if held.contains(own) { return own }
        guard let role = held.min(by: { $0.description < $1.description }) else {
            let roles: String = rule.reviewers.map(\.description).sorted().joined(separator: " or ")
            throw StemmaError(.permissionDenied, "reviewing at the gate \(rule.gate) needs the role \(roles)")
        }
        return role
    }

    /// Throws `selfApproval`. Persons are compared, whatever token they use.
    private static func requireOther(
        than principal: Principal, of record: VersionRecord, _ reader: any MetadataReader
    ) throws {
        guard try reader.contributors(version: record.id).contains(principal.id) else { return }
        throw StemmaError(
            .selfApproval,
            "\(principal.subject) made \(record.version) or had a hand in it; somebody else has to approve it")
    }

    private static func event(
        _ review: ReviewRecord, _ request: ReviewRequest, _ items: JSONObject, of record: VersionRecord
    ) -> AuditDraft {
        var event = AuditDraft(
            .version(model: record.model, version: record.version),
            detail: [
                "review": .string(review.id), "gate": .string(review.gate), "decision": .string(review.decision),
                "role": .string(review.role), "manifest_digest": .string(review.manifestDigest.description),
                "evidence_revision": .integer(review.evidenceRevision),
            ])
        event.recordChange(
            before: nil,
            after: ["gate": .string(review.gate), "decision": .string(review.decision), "items": .object(items)])
        if let comment = request.comment { event.personal["rationale"] = .string(comment) }
        if let evidence = request.evidence { event.personal["evidence"] = .object(evidence) }
        return event
    }
}

/// Pages of a version's own records, the newest first, oldest first as stored.
struct NewestFirst: Sendable {
    let core: RegistryCore
    /// Names the list (with its parent) in cursors.
    let list: String

    /// Throws `validationFailed` for a limit out of range, `invalidCursor`.
    func page<Row>(
        _ rows: [Row], _ request: ListRequest, id: (Row) -> String
    ) throws -> (rows: ArraySlice<Row>, next: String?) {
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(key: core.cursorKey, identity: list)
        var rest: ArraySlice<Row> = Array(rows.reversed())[...]
        if let cursor = request.cursor {
            guard case .text(let last)? = try codec.decode(cursor).first,
                let position = rest.firstIndex(where: { id($0) == last })
            else { throw Cursor.refusal }
            rest = rest[(position + 1)...]
        }
        let page: ArraySlice<Row> = rest.prefix(limit)
        return (page, rest.count > limit ? page.last.map { codec.encode([.text(id($0))]) } : nil)
    }
}

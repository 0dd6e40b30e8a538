package import StemmaJSON

/// Moves versions through the lifecycle, and says what is in the way.
package struct LifecycleService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Moves a version to another state with a body of `TransitionDocument.request`.
    ///
    /// Throws `transitionRefused` with every guard's finding, `permissionDenied` where the lifecycle does not let the
    /// caller's roles ask, `draftVersion`, `staleETag`. A dry run answers the same findings without an error.
    package func transitionVersion(
        model name: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.transitionVersions)
        let faults: [ShapeFault] = TransitionDocument.request.faults(in: body)
        guard faults.isEmpty, let target = body["to"]?.string.flatMap({ LifecycleState(rawValue: $0) }) else {
            throw StemmaError.validation(faults)
        }
        let wish = VersionMover.Wish(
            target: target, kind: .requested, request: try LifecycleService.requestFacts(body))
        let core: RegistryCore = self.core
        try await core.consumerLog.flush()
        return try await core.gate.mutate(LifecycleService.action(target), context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            return try LifecycleService.move(record, wish, core, context, transaction, now)
        }
    }

    /// The same, for what the registry does by itself: no role is asked for, every guard is. `version` is the row key.
    /// `mayMove` is asked in the transaction before anything else; where it says no, nothing happens (outcome `unchanged`).
    func moveBySystem(
        version id: Int64, to target: LifecycleState, kind: TransitionKind, rationale: String, evidence: JSONObject?,
        occasion: String, if mayMove: @escaping @Sendable (VersionRecord) -> Bool = { _ in true }
    ) async throws -> Answer {
        let wish = VersionMover.Wish(
            target: target, kind: kind,
            request: VersionFacts.RequestFacts(rationale: rationale, evidence: evidence, isAutomatic: true))
        let core: RegistryCore = self.core
        let context: RequestContext = core.systemContext(occasion)
        try await core.consumerLog.flush()
        do {
            return try await core.gate.mutate(LifecycleService.action(target), context) { transaction, now in
                guard let record = try transaction.version(id: id), record.deleted == nil else {
                    throw StemmaError(.versionNotFound, "the version was deleted meanwhile")
                }
                guard mayMove(record) else { return MutationGate.Mutation(Answer(.unchanged), event: nil) }
                return try LifecycleService.move(record, wish, core, context, transaction, now)
            }
        } catch let error as StemmaError where error.code == .legalHold {
            // Nobody asked, so nobody is answered; what a hold stopped is told all the same.
            if let record = try await core.store.read({ try $0.version(id: id) }) {
                await LegalHolds.noteRefusal(
                    of: LifecycleService.action(target), .version(model: record.model, version: record.version), core)
            }
            throw error
        }
    }

    /// The audit log's name of a move: promotions are told apart.
    static func action(_ target: LifecycleState) -> String {
        target == .production ? "promote_version" : "transition_version"
    }

    /// One move inside a transaction that is under way.
    static func move(
        _ record: VersionRecord, _ wish: VersionMover.Wish, _ core: RegistryCore, _ context: RequestContext,
        _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws -> MutationGate.Mutation {
        let mover = VersionMover(
            lifecycle: try core.lifecycle.inForce(transaction), principal: context.principal, transaction: transaction,
            now: now)
        let decision: TransitionDecision
        do {
            try mover.requirePublished(record)
            if !wish.request.isAutomatic { try mover.requireRole(from: record.state, to: wish.target) }
            decision = try mover.evaluate(record, to: wish.target, wish.request)
            if !decision.isAllowed { throw decision.refusal() }
        } catch let error as StemmaError where error.code == .transitionRefused && context.isDryRun {
            return MutationGate.Mutation(Answer(.unchanged, body: refusedBody(error)), event: nil)
        }
        let outcome: VersionMover.Outcome = try mover.move(record, wish, decision)
        let location: String = ResourcePath.version(record.model, record.version) + "/transitions"
        return MutationGate.Mutation(
            Answer(.updated, location: location, body: try TransitionDocument.represent(outcome.transition)),
            event: outcome.event, further: outcome.further, effects: outcome.effects)
    }

    /// Puts the version that was in production before back into its place, with a body of
    /// `TransitionDocument.rollbackRequest`, or none.
    ///
    /// Throws `rollbackRefused` where there is nothing to go back to, with the findings of the rollback's guards.
    package func rollbackVersion(
        model name: String, version: String, _ body: JSONValue?, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.transitionVersions)
        if let body {
            let faults: [ShapeFault] = TransitionDocument.rollbackRequest.faults(in: body)
            guard faults.isEmpty else { throw StemmaError.validation(faults) }
        }
        let request: VersionFacts.RequestFacts = try LifecycleService.requestFacts(body ?? .null)
        let core: RegistryCore = self.core
        try await core.consumerLog.flush()
        return try await core.gate.mutate("rollback_version", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            let mover = VersionMover(
                lifecycle: try core.lifecycle.inForce(transaction), principal: context.principal,
                transaction: transaction, now: now)
            let rollback: Rollback
            do {
                rollback = try Rollback(of: record, mover, request)
            } catch let error as StemmaError where error.code == .rollbackRefused && context.isDryRun {
                return MutationGate.Mutation(Answer(.unchanged, body: LifecycleService.refusedBody(error)), event: nil)
            }
            let outcome: VersionMover.Outcome = try rollback.run(mover)
            return MutationGate.Mutation(
                Answer(
                    .updated, location: ResourcePath.version(record.model, rollback.restored.version),
                    body: try TransitionDocument.represent(outcome.transition)),
                event: outcome.event, further: outcome.further, effects: outcome.effects)
        }
    }

    /// A version's transitions, newest first.
    package func listTransitions(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let codec = Cursor(key: core.cursorKey, identity: "transitions/\(record.id)")
            var before: Int64?
            if let cursor = request.cursor, case .integer(let id)? = try codec.decode(cursor).first { before = id }
            let rows: [TransitionRecord] = try reader.transitions(
                version: record.id, before: before, limit: limit + 1)
            let page: ArraySlice<TransitionRecord> = rows.prefix(limit)
            return ListAnswer(
                items: try page.map { try TransitionDocument.represent($0) },
                nextCursor: rows.count > limit ? page.last.map { codec.encode([.integer($0.id)]) } : nil)
        }
    }

    /// Every transition that leads on from where the version is, with its guards evaluated now, as a JSON body.
    package func listAllowedTransitions(
        model name: String, ref: String, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        // A read answers from what is stored where nothing can be written.
        try? await core.consumerLog.flush()
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let lifecycle: LifecycleRevision = try core.lifecycle.inForce(reader)
            let facts: VersionFacts = try FactsReader.facts(of: record, at: core.environment.now(), reader)
            return LifecycleService.representAllowed(record, lifecycle, facts, principal)
        }
    }

    static func representAllowed(
        _ record: VersionRecord, _ lifecycle: LifecycleRevision, _ facts: VersionFacts, _ principal: Principal
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("state", record.state.rawValue)
        writer.field("lifecycle_revision", lifecycle.revision)
        writer.key("items")
        writer.beginArray()
        for rule in lifecycle.definition.transitions where rule.from == record.state {
            let decision = TransitionDecision(
                record, to: rule.to, lifecycle, facts, GuardCatalogue.evaluate(rule.guards, facts, lifecycle.definition)
            )
            writer.beginObject()
            writer.field("to", rule.to.rawValue)
            writer.field("allowed", decision.isAllowed && record.status == .ready)
            writer.field("requested_by", rule.requestedBy.map(\.description).sorted())
            writer.field("may_request", !principal.roles.isDisjoint(with: rule.requestedBy))
            writer.field("automatic_after_minutes", rule.automaticAfterMinutes)
            writer.key("guards")
            writer.value(.array(decision.findings.map(\.json)))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// Throws `validationFailed` for evidence that is too large.
    static func requestFacts(_ body: JSONValue) throws(StemmaError) -> VersionFacts.RequestFacts {
        let evidence: JSONObject? = body["evidence"]?.object
        try checkEvidence(evidence)
        return VersionFacts.RequestFacts(
            rationale: body["rationale"]?.string.flatMap { $0.isEmpty ? nil : $0 }, evidence: evidence,
            rollbackPlan: body["rollback_plan"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Throws `validationFailed` for evidence that is too large: bigger things belong into a blob, named by digest.
    static func checkEvidence(_ evidence: JSONObject?) throws(StemmaError) {
        let limit: Int = Limits().evidenceBytes
        guard let evidence, CanonicalJSON.encode(evidence).count > limit else { return }
        throw StemmaError.validation([
            ShapeFault(
                pointer: "/evidence", detail: "must not exceed \(limit) bytes; upload it and name it by its digest")
        ])
    }

    /// What a dry run answers for that refusal.
    static func refusedBody(_ error: StemmaError) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        for (name, value) in error.members.sorted(by: { $0.key < $1.key }) { writer.field(name, value) }
        writer.field("detail", error.detail)
        writer.endObject()
        return writer.finish()
    }
}

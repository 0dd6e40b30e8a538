package import StemmaJSON

/// Gives a version growing shares of a model's traffic, and says how the traffic is split.
package struct RolloutService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Starts a rollout with a body of `RolloutShapes.request`.
    ///
    /// Throws `transitionRefused` with every guard (a dry run answers the same without an error), `rolloutRunning`,
    /// `permissionDenied` where the lifecycle does not let the caller's roles promote, `draftVersion`.
    package func startRollout(
        model name: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageRollouts)
        let faults: [ShapeFault] = RolloutShapes.request.faults(in: body)
        guard faults.isEmpty, let version = body["version"]?.string else { throw StemmaError.validation(faults) }
        guard case .exact = VersionReference(version) else {
            throw StemmaError.validation([
                ShapeFault(pointer: "/version", detail: "must be an exact version such as 2.1.3")
            ])
        }
        let plan = try RolloutPlan(checking: body)
        let core: RegistryCore = self.core
        let id: String = core.environment.identifier("rol_")
        return try await core.gate.mutate("start_rollout", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: nil)
            let mover = VersionMover(
                lifecycle: try core.lifecycle.inForce(transaction), principal: context.principal,
                transaction: transaction, now: now)
            let start: RolloutStart
            do {
                start = try RolloutStart(of: record, plan, mover)
            } catch let error as StemmaError where error.code == .transitionRefused && context.isDryRun {
                return MutationGate.Mutation(Answer(.unchanged, body: LifecycleService.refusedBody(error)), event: nil)
            }
            return try start.run(id, mover)
        }
    }

    /// A model's rollouts, newest first.
    package func listRollouts(
        model name: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        return try await core.store.read { [core] reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            let codec = Cursor(key: core.cursorKey, identity: "rollouts/\(model.id)")
            var last: (created: Timestamp, id: String)?
            if let cursor = request.cursor {
                guard case let values = try codec.decode(cursor), values.count == 2,
                    case .integer(let created) = values[0],
                    case .text(let id) = values[1]
                else { throw Cursor.refusal }
                last = (Timestamp(milliseconds: created), id)
            }
            let rows: [RolloutRecord] = try reader.rollouts(model: model.id, after: last, limit: limit + 1)
            let page: ArraySlice<RolloutRecord> = rows.prefix(limit)
            let now: Timestamp = core.environment.now()
            return ListAnswer(
                items: try page.map { try RolloutDocument.represent($0, at: now, reader).body },
                nextCursor: rows.count > limit
                    ? page.last.map { codec.encode([.integer($0.created.milliseconds), .text($0.id)]) } : nil)
        }
    }

    /// Throws `rolloutNotFound`.
    package func readRollout(
        model name: String, id: String, _ principal: Principal
    ) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            try RolloutDocument.represent(
                try RolloutService.find(model: name, id: id, principal, reader), at: core.environment.now(), reader)
        }
    }

    /// Takes the next step with a body of `RolloutShapes.advance`, or none; after the last one the version is promoted.
    ///
    /// Throws `rolloutStepNotReady` with every criterion and the time left, `transitionRefused` where the promotion's guards
    /// refuse, `rolloutEnded`, `permissionDenied`, `staleETag`.
    package func advanceRollout(
        model name: String, id: String, _ body: JSONValue?, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageRollouts)
        var faults: [ShapeFault] = body.map { RolloutShapes.advance.faults(in: $0) } ?? []
        let rationale: String? = body?["rationale"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let isForced: Bool = body?["force"]?.bool ?? false
        if isForced, rationale == nil, faults.isEmpty {
            faults.append(ShapeFault(pointer: "/rationale", detail: "is required with force"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let advance = RolloutRun.Advance(isForced: isForced, rationale: rationale, isAutomatic: false)
        let core: RegistryCore = self.core
        return try await core.gate.mutate("advance_rollout", context) { transaction, now in
            let record: RolloutRecord = try RolloutService.running(model: name, id: id, context, transaction, now)
            let lifecycle: LifecycleRevision = try core.lifecycle.inForce(transaction)
            if let version = try transaction.version(id: record.versionID) {
                let mover = VersionMover(
                    lifecycle: lifecycle, principal: context.principal, transaction: transaction, now: now)
                try mover.requireRole(from: version.state, to: .production)
            }
            let run = try RolloutRun(record, context.principal, transaction, now)
            if let fault = try RolloutGuardian.fault(of: record, lifecycle.definition, transaction) {
                throw run.notReady(fault)
            }
            try run.requireReady(isForced: isForced)
            return try run.advance(advance, core, context)
        }
    }

    /// Gives all traffic back to the baseline, with a body of `RolloutShapes.abort`. The way back asks for no more than the
    /// permission. Throws `rolloutEnded`, `staleETag`.
    package func abortRollout(
        model name: String, id: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.manageRollouts)
        let faults: [ShapeFault] = RolloutShapes.abort.faults(in: body)
        guard faults.isEmpty, let rationale = body["rationale"]?.string else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("abort_rollout", context) { transaction, now in
            let record: RolloutRecord = try RolloutService.running(model: name, id: id, context, transaction, now)
            let run = try RolloutRun(record, context.principal, transaction, now)
            return try run.aborted(try run.abort(reason: rationale))
        }
    }

    /// How a model's traffic is split, and which versions whoever reads it relies on.
    package func readTraffic(
        model name: String, _ principal: Principal
    ) async throws -> (targets: [ConsumerTarget], representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            let production: [VersionRecord] = try reader.versions(model: model.id, states: [.production], limit: 1)
            let candidate: VersionRecord? = try reader.runningRollout(model: model.id).flatMap {
                try reader.version(id: $0.versionID)
            }
            return (
                (production + (candidate.map { [$0] } ?? [])).compactMap { ConsumerTarget($0, ref: "traffic") },
                TrafficDocument.represent(try reader.traffic(model: model.id))
            )
        }
    }

    private static func find(
        model name: String, id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> RolloutRecord {
        let model: ModelRecord = try ModelService.find(name, principal, reader)
        guard let record = try reader.rollout(id: id), record.modelID == model.id else {
            throw StemmaError(.rolloutNotFound, "\(model.name) has no rollout \(id)")
        }
        return record
    }

    private static func running(
        model name: String, id: String, _ context: RequestContext, _ transaction: any MetadataTransaction,
        _ now: Timestamp
    ) throws -> RolloutRecord {
        let record: RolloutRecord = try find(model: name, id: id, context.principal, transaction)
        try context.preconditions.check(
            current: RolloutDocument.represent(record, at: now, transaction).etag)
        guard record.progress.status == .running else {
            throw StemmaError(
                .rolloutEnded, "the rollout has \(record.progress.status.rawValue): \(record.progress.endReason ?? "")",
                members: ["rollout_id": .string(record.id), "rollout_status": .string(record.progress.status.rawValue)])
        }
        return record
    }
}

internal import StemmaDigest
package import StemmaJSON

/// Registers, reads, changes and deletes versions.
package struct VersionService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Registers a version, or opens a draft, from a body of `VersionShapes.registration`.
    ///
    /// Throws `validationFailed`, `modelNotFound` (unless `createsModel`), `versionExists`, `missingBlobs` listing them,
    /// `bumpTooSmall` naming the breaking fields. An identical registration of the same version is answered `unchanged`.
    package func registerVersion(
        model name: String, _ body: JSONValue, createsModel: Bool, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        let registration = try VersionRegistration(body)
        if createsModel {
            _ = try ModelService.checkedName(name, at: "/model")
            try ModelService.requireScope(name, context)
        }
        let core: RegistryCore = self.core
        // Whatever does not depend on the database is made before the transaction, which all writers wait for.
        let digests: VersionManifest.Digests? = registration.digests(model: name)
        return try await core.gate.mutate("register_version", context) { transaction, now in
            let (model, isNew) = try VersionService.model(name, createsModel, context, transaction, now)
            let session = RegistrationSession(
                registration: registration, digests: digests, model: model, context: context, transaction: transaction,
                now: now, core: core)
            let mutation: MutationGate.Mutation = try session.run()
            guard isNew else { return mutation }
            var registered = AuditDraft(.model(model.name))
            registered.recordChange(before: nil, after: try model.fields.json)
            return MutationGate.Mutation(
                mutation.answer, event: mutation.event, further: [("register_model", registered)] + mutation.further,
                effects: mutation.effects)
        }
    }

    /// Versions of one model, newest registration first unless ordered otherwise.
    package func listVersions(
        model name: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(core: core, list: "versions/" + name, schema: .versions, defaultOrdering: "number desc")
        return try await lister.list(request, principal) { reader, query in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            let page: Page<VersionRecord> = try reader.versions(model: model.id, query)
            return Page(rows: page.rows.map { VersionDocument.represent($0).body }, next: page.next)
        }
    }

    /// Versions of all models in the caller's scope.
    package func listAllVersions(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(core: core, list: "model-versions", schema: .versions, defaultOrdering: "created_at desc")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<VersionRecord> = try reader.versions(model: nil, query)
            return Page(rows: page.rows.map { VersionDocument.represent($0).body }, next: page.next)
        }
    }

    /// The version that a `{ref}` means now.
    package func readVersion(
        model name: String, ref: String, _ principal: Principal
    ) async throws -> (record: VersionRecord, representation: Representation) {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            return (record, VersionDocument.represent(record))
        }
    }

    /// The version with a `model_id`, e.g. `fraud_detection_v2.1.3`.
    package func readVersion(
        modelID: String, _ principal: Principal
    ) async throws -> (record: VersionRecord, representation: Representation) {
        let parsed: ModelID = try VersionService.parsed(modelID)
        return try await readVersion(model: parsed.name.text, ref: parsed.version.description, principal)
    }

    /// Throws `versionNotFound` for what is no `model_id`.
    static func parsed(_ modelID: String) throws(StemmaError) -> ModelID {
        do throws(NameFault) {
            return try ModelID(validating: modelID)
        } catch {
            throw StemmaError(.versionNotFound, "\(modelID) is not a model_id of the form <model>_v<version>")
        }
    }

    /// Applies a merge patch of the mutable members. Throws `immutableField` for any other member of a version.
    package func updateVersion(
        model name: String, version: String, _ patch: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        try VersionService.checkPatch(patch)
        return try await core.gate.mutate("update_version", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            return try VersionService.applyPatch(patch, to: record, context, transaction, now)
        }
    }

    /// Deletes a version (a draft without trace). Throws `versionInUse` from staging, production and shadow, while a
    /// protected alias points at it, while it takes part in a running experiment, and while it has live consumers; other
    /// aliases that point at it go with it.
    package func deleteVersion(model name: String, version: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.publishModels)
        let core: RegistryCore = self.core
        try await core.consumerLog.flush()
        return try await core.gate.mutate("delete_version", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            try context.preconditions.check(current: VersionDocument.represent(record).etag)
            let event = AuditDraft(
                .version(model: record.model, version: record.version),
                detail: ["number": .integer(record.number), "status": .string(record.status.rawValue)])
            try LegalHolds.requireNone(
                over: record.model, version: record.version, to: "deleting \(record.version)", transaction)
            if record.status == .draft {
                try transaction.removeDraft(record.id)
                return MutationGate.Mutation(Answer(.removed), event: event)
            }
            try VersionService.requireUnused(record, core, transaction)
            try ExperimentHold.require(
                none: try transaction.runningExperiments(version: record.id, limit: ExperimentHold.limit),
                .versionInUse,
                record.version, context.principal)
            try VersionService.requireUnread(record, at: now, transaction)
            var effects: [Effect] = []
            var removals: [(action: String, event: AuditDraft)] = []
            for alias in record.aliases {
                _ = try transaction.removeAlias(model: record.modelID, alias: alias)
                effects.append(.aliasRemoved(model: record.model, alias: alias))
                removals.append(AliasService.removal(of: alias, model: record.model, version: record.version))
            }
            try transaction.deleteVersion(record.id, at: now)
            try transaction.addToVersionCount(model: record.modelID, -1, at: now)
            return MutationGate.Mutation(Answer(.removed), event: event, further: removals, effects: effects)
        }
    }

    /// Every change of every metric of a version, oldest first, as a JSON list body.
    package func readMetricHistory(
        model name: String, ref: String, asOf time: Timestamp? = nil, _ principal: Principal
    ) async throws -> [UInt8] {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView? = try time.map { try PastView.open(at: $0, core, reader) }
            let record: VersionRecord =
                try view?.resolve(model: name, ref: ref, principal)
                ?? VersionResolver.resolve(model: name, ref: ref, principal, reader)
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("model_id", "\(record.model)_v\(record.version)")
            writer.key("items")
            writer.beginArray()
            for revision in try reader.metricRevisions(version: record.id)
            where time.map({ revision.changed <= $0 }) ?? true {
                writer.beginObject()
                writer.field("metric", revision.metric)
                writer.field("value", revision.value)
                writer.field("previous", revision.previous)
                writer.field("changed_at", revision.changed.description)
                writer.field("changed_by", revision.changedBy)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            let body: [UInt8] = writer.finish()
            return time.map { PastDocument.seal(body, $0) } ?? body
        }
    }

    private static func model(
        _ name: String, _ creates: Bool, _ context: RequestContext, _ transaction: any MetadataTransaction,
        _ now: Timestamp
    ) throws -> (model: ModelRecord, isNew: Bool) {
        guard creates else { return (try ModelService.find(name, context.principal, transaction), false) }
        if let present = try transaction.model(named: name) {
            guard present.deleted == nil else { throw ModelService.taken(present) }
            return (present, false)
        }
        return (try ModelService.create(name, .empty, context, transaction, now), true)
    }

    private static func requireUnread(
        _ record: VersionRecord, at now: Timestamp, _ reader: any MetadataReader
    ) throws {
        let consumers: [ConsumerRecord] = try reader.liveConsumers(version: record.id, at: now)
        guard consumers.isEmpty else {
            throw StemmaError(
                .versionInUse,
                "\(record.version) cannot be deleted while it is read by \(ConsumerService.named(consumers))",
                members: [
                    "blocking": ConsumerService.blocking(Array(consumers.prefix(ConsumerService.blockingMax)))
                ])
        }
    }

    private static func requireUnused(
        _ record: VersionRecord, _ core: RegistryCore, _ reader: any MetadataReader
    ) throws {
        if LifecycleState.inService.contains(record.state) {
            throw StemmaError(
                .versionInUse, "\(record.version) is in \(record.state.rawValue); retire it before deleting it",
                members: ["blocking": [["state": .string(record.state.rawValue)]]])
        }
        if let alias = try record.aliases.first(where: { try AliasRule(of: $0, core, reader).isProtected }) {
            throw StemmaError(
                .versionInUse, "the protected alias \(alias) points at \(record.version); move it first",
                members: ["blocking": [["alias": .string(alias)]]])
        }
    }
}

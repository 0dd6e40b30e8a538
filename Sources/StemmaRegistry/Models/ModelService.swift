internal import StemmaDigest
package import StemmaJSON

/// Registers, reads, changes and deletes models.
package struct ModelService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Registers a model from a body of `ModelShapes.registration`.
    /// Throws `validationFailed`, `permissionDenied` (also for a name outside the token's models), `modelExists`, `nameRetired`.
    package func registerModel(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.publishModels)
        let faults: [ShapeFault] = ModelShapes.registration.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let name: String = try ModelService.checkedName(body["name"]?.string ?? "", at: "/name")
        try ModelService.requireScope(name, context)
        let fields = ModelFields(
            description: body["description"]?.string, domain: body["domain"]?.string, useCase: body["use_case"]?.string,
            owner: body["owner"]?.string, tags: StoredJSON.text(body["tags"]?.object ?? JSONObject()),
            metadata: StoredJSON.text(body["metadata"]?.object ?? JSONObject()))
        return try await core.gate.mutate("register_model", context) { transaction, now in
            let present: ModelRecord? = try transaction.model(named: name)
            if let present { throw ModelService.taken(present) }
            try context.preconditions.check(current: nil)
            let record: ModelRecord = try ModelService.create(name, fields, context, transaction, now)
            let representation: Representation = ModelDocument.represent(record)
            var event = AuditDraft(.model(name))
            event.recordChange(before: nil, after: try fields.json)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.model(name), etag: representation.etag, body: representation.body),
                event: event)
        }
    }

    /// Models in the caller's scope.
    package func listModels(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readModels)
        let lister = Lister(core: core, list: "models", schema: .models, defaultOrdering: "name")
        return try await lister.list(request, principal) { reader, query in
            let page: Page<ModelRecord> = try reader.models(query)
            return Page(rows: page.rows.map { ModelDocument.represent($0).body }, next: page.next)
        }
    }

    /// Throws `modelNotFound` also for a model outside the token's models.
    package func readModel(_ name: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readModels)
        return try await core.store.read { reader in
            ModelDocument.represent(try ModelService.find(name, principal, reader))
        }
    }

    /// Applies a merge patch (RFC 7396) of `ModelShapes.patch`.
    package func updateModel(_ name: String, _ patch: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.publishModels)
        let faults: [ShapeFault] = ModelShapes.patch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return try await core.gate.mutate("update_model", context) { transaction, now in
            let model: ModelRecord = try ModelService.find(name, context.principal, transaction)
            let before: Representation = ModelDocument.represent(model)
            try context.preconditions.check(current: before.etag)
            let old: ModelFields = model.fields
            let fields: ModelFields = try old.patched(by: patch)
            let location: String = ResourcePath.model(model.name)
            if fields == old {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
            }
            try transaction.updateModel(model.id, fields: fields, at: now)
            let after: Representation = ModelDocument.represent(
                try ModelService.find(name, context.principal, transaction))
            var event = AuditDraft(.model(model.name))
            event.recordChange(before: try old.json, after: try fields.json)
            return MutationGate.Mutation(
                Answer(.updated, location: location, etag: after.etag, body: after.body), event: event)
        }
    }

    /// Tombstones a model. Throws `modelInUse` naming the versions that are in staging, production or shadow, the running
    /// experiments, or the live consumers.
    package func deleteModel(_ name: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.publishModels)
        try await core.consumerLog.flush()
        return try await core.gate.mutate("delete_model", context) { transaction, now in
            let model: ModelRecord = try ModelService.find(name, context.principal, transaction)
            try context.preconditions.check(current: ModelDocument.represent(model).etag)
            try LegalHolds.requireNone(over: model.name, to: "deleting \(model.name)", transaction)
            let blocking: [VersionRecord] = try transaction.versions(
                model: model.id, states: LifecycleState.inService, limit: 100)
            if !blocking.isEmpty { throw ModelService.inUse(model, blocking) }
            for alias in model.aliases where try AliasRule(of: alias.alias, core, transaction).isProtected {
                throw StemmaError(
                    .modelInUse, "the protected alias \(alias.alias) still points at \(alias.version); remove it first",
                    members: ["blocking": [["alias": .string(alias.alias), "version": .string(alias.version)]]])
            }
            try ExperimentHold.require(
                none: try transaction.runningExperiments(model: model.id, limit: ExperimentHold.limit), .modelInUse,
                "the model", context.principal)
            let consumers: [ConsumerRecord] = try transaction.consumers(
                model: model.id, at: now, after: nil, limit: ConsumerService.blockingMax)
            if !consumers.isEmpty {
                throw StemmaError(
                    .modelInUse, "the model cannot be deleted while it is read by \(ConsumerService.named(consumers))",
                    members: ["blocking": ConsumerService.blocking(consumers)])
            }
            try transaction.deleteModel(model.id, at: now)
            var event = AuditDraft(.model(model.name), detail: ["versions": .integer(model.versionCount)])
            event.recordChange(before: try model.fields.json, after: nil)
            let removals = model.aliases.map {
                AliasService.removal(of: $0.alias, model: model.name, version: $0.version)
            }
            return MutationGate.Mutation(
                Answer(.removed), event: event, further: removals, effects: [.modelRemoved(name: model.name)])
        }
    }

    /// Stores a new model; the caller checked that the name is free.
    static func create(
        _ name: String, _ fields: ModelFields, _ context: RequestContext, _ transaction: any MetadataTransaction,
        _ now: Timestamp
    ) throws -> ModelRecord {
        _ = try transaction.insertModel(name: name, fields: fields, created: now, createdBy: context.principal.id)
        guard let record = try transaction.model(named: name) else {
            throw StemmaError(.internalError, "the model was not stored", cause: "inserted model is absent")
        }
        return record
    }

    /// The model, unless it is absent, deleted or outside the principal's scope, which all look the same to them.
    static func find(_ name: String, _ principal: Principal, _ reader: any MetadataReader) throws -> ModelRecord {
        guard principal.scope.contains(name), let model = try reader.model(named: name), model.deleted == nil else {
            throw StemmaError(.modelNotFound, "there is no model named \(name)")
        }
        return model
    }

    /// Throws `validationFailed` at `pointer` where the text is no model name.
    static func checkedName(_ text: String, at pointer: String) throws(StemmaError) -> String {
        do throws(NameFault) {
            return try ModelName(validating: text).text
        } catch {
            throw StemmaError(
                .invalidName, "the model's name \(error.reason)",
                faults: [StemmaError.Fault(pointer: pointer, detail: error.reason)])
        }
    }

    /// Throws `permissionDenied` where a new model of that name would lie outside the token's models.
    static func requireScope(_ name: String, _ context: RequestContext) throws(StemmaError) {
        guard context.principal.scope.contains(name) else {
            let patterns: String = context.principal.scope.patterns.joined(separator: ", ")
            throw StemmaError(.permissionDenied, "this token reaches only models that match \(patterns)")
        }
    }

    static func taken(_ model: ModelRecord) -> StemmaError {
        model.deleted == nil
            ? StemmaError(.modelExists, "a model named \(model.name) exists already")
            : StemmaError(.nameRetired, "the name \(model.name) belonged to a deleted model and is not given again")
    }

    private static func inUse(_ model: ModelRecord, _ blocking: [VersionRecord]) -> StemmaError {
        let listed: [JSONValue] = blocking.map {
            .object(["version": .string($0.version), "state": .string($0.state.rawValue)])
        }
        let words: String = blocking.prefix(3).map { "\($0.version) is in \($0.state.rawValue)" }.joined(
            separator: ", ")
        return StemmaError(.modelInUse, "the model cannot be deleted: \(words)", members: ["blocking": .array(listed)])
    }
}

extension LifecycleState {
    /// States in which a version serves or is about to.
    static let inService: [LifecycleState] = [.staging, .production, .shadow]
}

extension ModelRecord {
    var fields: ModelFields {
        ModelFields(
            description: description, domain: domain, useCase: useCase, owner: owner, tags: tags, metadata: metadata)
    }
}

extension ModelFields {
    /// An empty model, for `create_model`.
    static let empty = ModelFields(
        description: nil, domain: nil, useCase: nil, owner: nil, tags: Array("{}".utf8), metadata: Array("{}".utf8))

    /// For the log's `changes`. Throws `internalError` where what is stored is damaged: a change must not go on from less.
    var json: JSONValue {
        get throws {
            .object([
                "description": description.map { .string($0) } ?? .null, "domain": domain.map { .string($0) } ?? .null,
                "use_case": useCase.map { .string($0) } ?? .null, "owner": owner.map { .string($0) } ?? .null,
                "tags": .object(try StoredJSON.object(tags)), "metadata": .object(try StoredJSON.object(metadata)),
            ])
        }
    }

    /// After a merge patch. Throws `validationFailed` where the result outgrows a limit.
    func patched(by patch: JSONValue) throws -> ModelFields {
        let merged: JSONValue = try json.mergePatch(patch)
        let result = ModelFields(
            description: merged["description"]?.string, domain: merged["domain"]?.string,
            useCase: merged["use_case"]?.string, owner: merged["owner"]?.string,
            tags: StoredJSON.text(merged["tags"]?.object ?? JSONObject()),
            metadata: StoredJSON.text(merged["metadata"]?.object ?? JSONObject()))
        var faults: [ShapeFault] = CommonShapes.tags.faults(in: merged["tags"] ?? .object(JSONObject()), at: "/tags")
        faults += CommonShapes.freeObject.faults(in: merged["metadata"] ?? .object(JSONObject()), at: "/metadata")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return result
    }
}

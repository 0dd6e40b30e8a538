/// Versions as of a moment.
extension VersionService {
    /// The version that a `{ref}` meant: its path and a body of `VersionShapes.document` with `as_of`.
    /// Throws `modelNotFound`, `versionNotFound`, `aliasNotFound`, `validationFailed` for a moment to come.
    package func readVersion(
        model name: String, ref: String, asOf time: Timestamp, _ principal: Principal
    ) async throws -> (location: String, body: [UInt8]) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let row: VersionRecord = try view.resolve(model: name, ref: ref, principal)
            return (ResourcePath.version(row.model, row.version), view.represent(try view.past(row)))
        }
    }

    /// The version with a `model_id`.
    package func readVersion(
        modelID: String, asOf time: Timestamp, _ principal: Principal
    ) async throws -> (location: String, body: [UInt8]) {
        let parsed: ModelID = try VersionService.parsed(modelID)
        return try await readVersion(
            model: parsed.name.text, ref: parsed.version.description, asOf: time, principal)
    }

    /// Versions of one model as they were, newest registration first unless ordered otherwise.
    package func listVersions(
        model name: String, _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let plan: PastLister.Plan = try PastLister(
            core: core, list: "versions/" + name, schema: .versions, orderings: ["number", "created_at"],
            defaultOrdering: "number desc", asOf: time
        ).plan(request)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let model: ModelRecord = try view.model(named: name, principal)
            return try VersionService.page(plan, view, model: model.id, principal)
        }
    }

    /// Versions of all models in the caller's scope as they were, newest registration first unless ordered otherwise.
    package func listAllVersions(
        _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let plan: PastLister.Plan = try PastLister(
            core: core, list: "model-versions", schema: .versions, orderings: ["created_at"],
            defaultOrdering: "created_at desc", asOf: time
        ).plan(request)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            return try VersionService.page(plan, view, model: nil, principal)
        }
    }

    private static func page(
        _ plan: PastLister.Plan, _ view: PastView, model: Int64?, _ principal: Principal
    ) throws -> ListAnswer {
        try plan.page(view, principal.scope, model: model, view.reader.pastVersions) { row in
            guard let version = try view.reader.version(id: row.id) else { return nil }
            let past: Past<VersionRecord> = try view.past(version)
            return try plan.filter.passes(past) ? view.represent(past) : nil
        }
    }
}

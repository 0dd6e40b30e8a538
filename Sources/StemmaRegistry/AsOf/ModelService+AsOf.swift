/// Models as of a moment.
extension ModelService {
    /// A body of `ModelShapes.document` with `as_of`. Throws `modelNotFound` where there was none, `validationFailed`.
    package func readModel(_ name: String, asOf time: Timestamp, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            return view.represent(try view.past(try view.model(named: name, principal)))
        }
    }

    /// Models in the caller's scope as they were, those included that were deleted since, by name unless ordered otherwise.
    package func listModels(
        _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let plan: PastLister.Plan = try PastLister(
            core: core, list: "models", schema: .models, orderings: ["name", "created_at"], defaultOrdering: "name",
            asOf: time
        ).plan(request)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            return try plan.page(view, principal.scope, reader.pastModels) { row in
                guard let model = try reader.model(named: row.name) else { return nil }
                let past: Past<ModelRecord> = try view.past(model)
                return try plan.filter.passes(past) ? view.represent(past) : nil
            }
        }
    }
}

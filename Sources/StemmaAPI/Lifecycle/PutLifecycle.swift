internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let putLifecycle = Endpoint(
        "PutLifecycle", .put, "/v1/lifecycle", "Put another lifecycle in force; earlier revisions stay readable",
        access: .permission(.manageLifecycle), query: [.dryRun], request: .json(LifecycleShapes.request),
        answers: [AnswerDescription(200, "In force", .json(LifecycleShapes.document))], refusals: [.staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.lifecycle.putLifecycle(
                body.value, try call.context(fingerprintOf: body.bytes)))
    }
}

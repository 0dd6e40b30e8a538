internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readLifecycle = Endpoint(
        "ReadLifecycle", .get, "/v1/lifecycle", "States, transitions, guards, gates and environments in force",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "The definition", .json(LifecycleShapes.document)), .unmodified],
        refusals: [.lifecycleRevisionNotFound]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.plain(
                try await call.services.lifecycle.readLifecycle(asOf: moment, try call.principal))
        }
        return try Answering.read(
            try await call.services.lifecycle.readLifecycle(revision: nil, try call.principal), call)
    }

    static let readLifecycleRevision = Endpoint(
        "ReadLifecycleRevision", .get, "/v1/lifecycle/revisions/{revision}", "A definition that was in force, or is",
        access: .permission(.readModels),
        answers: [AnswerDescription(200, "The definition", .json(LifecycleShapes.document)), .unmodified],
        refusals: [.lifecycleRevisionNotFound]
    ) { call in
        guard let revision = Int64(call.parameter("revision")), revision > 0 else {
            throw StemmaError(
                .lifecycleRevisionNotFound, "\(call.parameter("revision")) is no number of a lifecycle revision")
        }
        return try Answering.read(
            try await call.services.lifecycle.readLifecycle(revision: revision, try call.principal), call)
    }

    static let listLifecycleRevisions = Endpoint(
        "ListLifecycleRevisions", .get, "/v1/lifecycle/revisions", "Every definition there was, newest first",
        access: .permission(.readModels), query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(LifecycleDocument.summaryShape))],
        refusals: [.invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.lifecycle.listLifecycleRevisions(
                try call.listRequest(), asOf: try call.query.time("as_of"), try call.principal), call)
    }
}

internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let reviewVersion = Endpoint(
        "ReviewVersion", .post, "/v1/models/{name}/versions/{ref}/reviews",
        "Approve, reject or comment on a version at an approval gate", access: .permission(.reviewVersions),
        request: .json(ReviewDocument.request),
        answers: [AnswerDescription(201, "The review, and how the gate stands now", .json(ReviewDocument.document))],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .selfApproval, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.governance.reviewVersion(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}

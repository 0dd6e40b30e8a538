internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let putArtifact = Endpoint(
        "PutArtifact", .put, "/v1/models/{name}/versions/{ref}/artifacts/{path...}", "Stream a file into a draft",
        access: .permission(.publishModels),
        request: .bytes(
            mediaType: "application/octet-stream", summary: "The file; Repr-Digest or Content-Digest is checked"),
        answers: [
            AnswerDescription(201, "Added", .json(VersionShapes.artifact)),
            AnswerDescription(200, "Replaced", .json(VersionShapes.artifact)),
        ],
        refusals: [.modelNotFound, .versionNotFound, .notDraft, .digestMismatch, .insufficientStorage]
    ) { call in
        let sent: String = MediaType.essence(call.request.headers["content-type"] ?? "")
        // What curl sends by itself says nothing about the file.
        let isTelling: Bool = !["", "application/octet-stream", "application/x-www-form-urlencoded"].contains(sent)
        return Answering.mutation(
            try await call.services.artifacts.putArtifact(
                model: try call.modelName(), version: call.parameter("ref"), path: call.parameter("path"),
                mediaType: isTelling ? sent : nil, expected: try DigestFields.expected(call.request),
                declaredLength: call.request.body.declaredLength, try call.pull(), try call.context()))
    }
}

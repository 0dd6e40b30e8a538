internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readArtifact = Endpoint(
        "ReadArtifact", .get, "/v1/models/{name}/versions/{ref}/artifacts/{path...}",
        "Download a file; ranges as in RFC 9110 section 14", access: .permission(.readModels),
        answers: [
            AnswerDescription(200, "The bytes", .other(["application/octet-stream"])),
            AnswerDescription(206, "The range asked for", .other(["application/octet-stream"])),
            .unmodified,
        ],
        refusals: [
            .modelNotFound, .versionNotFound, .aliasNotFound, .artifactNotFound, .rangeNotSatisfiable, .blobCorrupt,
        ]
    ) { call in
        let path: String = call.parameter("path")
        let found = try await call.services.artifacts.readArtifact(
            model: try call.modelName(), ref: call.parameter("ref"), path: path, try call.principal)
        let location: String = ResourcePath.artifact(found.version.model, found.version.version, path)
        let response: HTTPResponse = try await BlobAnswer.make(
            call, digest: found.artifact.digest, size: found.artifact.sizeBytes, mediaType: found.artifact.mediaType,
            filename: path, location: location)
        try await call.noteDownload(
            response,
            of: .artifact(model: found.version.model, version: found.version.version, path: found.artifact.path),
            digest: found.artifact.digest.description)
        return try call.answer(response, of: found.version, ref: call.parameter("ref"))
    }
}

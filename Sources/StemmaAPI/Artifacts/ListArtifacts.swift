internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listArtifacts = Endpoint(
        "ListArtifacts", .get, "/v1/models/{name}/versions/{ref}/artifacts", "List a version's files by path",
        access: .permission(.readModels), query: [.filter],
        answers: [AnswerDescription(200, "All files", .list(VersionShapes.artifact))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidFilter]
    ) { call in
        let filter = try ShortListFilter(call.query["filter"], schema: .artifacts)
        let found = try await call.services.artifacts.listArtifacts(
            model: try call.modelName(), ref: call.parameter("ref"), try call.principal)
        let items: [[UInt8]] = found.artifacts.filter { filter.passes($0.filterValues) }.map { artifact in
            var writer = JSONWriter(capacity: 256)
            ArtifactDocument.write(artifact, to: &writer)
            return writer.finish()
        }
        var response = Answering.list(ListAnswer(items: items, nextCursor: nil), call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/artifacts")
        return response
    }
}

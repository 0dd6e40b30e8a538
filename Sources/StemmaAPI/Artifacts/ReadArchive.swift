internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readArchive = Endpoint(
        "ReadArchive", .get, "/v1/models/{name}/versions/{ref}/archive.tar",
        "The whole version as a tar stream: `metadata.json`, then the files by path", access: .permission(.readModels),
        answers: [AnswerDescription(200, "The archive", .other(["application/x-tar"])), .unmodified],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .blobCorrupt]
    ) { call in
        let found = try await call.services.artifacts.readArtifacts(
            model: try call.modelName(), ref: call.parameter("ref"), try call.principal)
        let version: VersionRecord = found.version
        let representation: Representation = VersionDocument.represent(version)
        let blobs: BlobService = call.services.blobs
        let archive = TarArchive(
            metadata: representation.body, modified: version.created, artifacts: found.artifacts,
            open: { try await blobs.open($0) })
        let headers = HTTPFields([
            ("content-type", "application/x-tar"), ("etag", representation.etag), ("cache-control", "no-cache"),
            ("content-disposition", ContentDisposition.attachment("\(version.model)_v\(version.version).tar")),
            ("content-location", ResourcePath.version(version.model, version.version) + "/archive.tar"),
        ])
        if Conditional.isUnmodified(call.request, etag: representation.etag) {
            return try call.answer(
                HTTPResponse(status: 304, headers: headers), of: version, ref: call.parameter("ref"))
        }
        // Damaged bytes are refused before the first byte leaves; opening a blob that was verified before costs little.
        for digest in Set(found.artifacts.map(\.digest)) { _ = try await blobs.open(digest) }
        let response = HTTPResponse(
            status: 200, headers: headers, body: .stream(length: archive.length, try archive.stream()))
        try await call.noteDownload(
            response, of: .version(model: version.model, version: version.version),
            digest: version.artifactsDigest?.description)
        return try call.answer(response, of: version, ref: call.parameter("ref"))
    }
}

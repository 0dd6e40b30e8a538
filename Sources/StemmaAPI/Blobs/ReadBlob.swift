internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readBlob = Endpoint(
        "ReadBlob", .get, "/v1/blobs/{digest}", "Download bytes by digest; HEAD tells whether they are here",
        access: .permission(.readModels),
        answers: [
            AnswerDescription(200, "The bytes", .other(["application/octet-stream"])),
            AnswerDescription(206, "The range asked for", .other(["application/octet-stream"])),
            .unmodified,
        ],
        refusals: [.blobNotFound, .rangeNotSatisfiable, .blobCorrupt]
    ) { call in
        let blob: BlobRecord = try await call.services.blobs.readBlob(try call.digest(), try call.principal)
        let response: HTTPResponse = try await BlobAnswer.make(
            call, digest: blob.digest, size: blob.sizeBytes, mediaType: "application/octet-stream",
            filename: blob.digest.hex,
            location: nil)
        try await call.noteDownload(
            response, of: .blob(blob.digest.description), digest: blob.digest.description)
        return response
    }
}

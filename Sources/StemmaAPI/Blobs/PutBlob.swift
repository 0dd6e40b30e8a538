internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let putBlob = Endpoint(
        "PutBlob", .put, "/v1/blobs/{digest}", "Stream bytes in under their digest; nothing is kept on a mismatch",
        access: .permission(.publishModels),
        request: .bytes(mediaType: "application/octet-stream", summary: "The bytes"),
        answers: [
            AnswerDescription(201, "Stored", .json(blobShape)),
            AnswerDescription(200, "Known before", .json(blobShape)),
        ],
        refusals: [.digestMismatch, .payloadTooLarge, .insufficientStorage]
    ) { call in
        Answering.mutation(
            try await call.services.blobs.putBlob(
                try call.digest(), declaredLength: call.request.body.declaredLength, try call.pull(), try call.context()
            ))
    }

    static let blobShape: Shape = .named(
        "Blob",
        .object([
            Shape.Field("digest", CommonShapes.digest, required: true),
            Shape.Field("size_bytes", .count, required: true),
            Shape.Field("format", .text(maxBytes: 64), required: true, "What the content looks like"),
            Shape.Field("created_at", CommonShapes.time, required: true),
        ]))
}

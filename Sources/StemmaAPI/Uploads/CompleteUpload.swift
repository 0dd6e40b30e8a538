internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let completeUpload = Endpoint(
        "CompleteUpload", .post, "/v1/uploads/{id}/complete", "Make the uploaded bytes a blob and answer its digest",
        access: .permission(.publishModels), request: .optionalJSON(completionShape),
        answers: [
            AnswerDescription(201, "Stored", .json(blobShape)),
            AnswerDescription(200, "Known before", .json(blobShape)),
        ],
        refusals: [.uploadNotFound, .uploadOffsetConflict, .digestMismatch, .uploadBusy]
    ) { call in
        var expected: Digest?
        var bytes: [UInt8] = []
        if let body = try await call.optionalJSON() {
            let faults: [ShapeFault] = completionShape.faults(in: body.value)
            guard faults.isEmpty else { throw StemmaError.validation(faults) }
            expected = body.value["digest"]?.string.flatMap { Digest($0) }
            bytes = body.bytes
        }
        return Answering.mutation(
            try await call.services.uploads.completeUpload(
                call.parameter("id"), expected: expected, try call.context(fingerprintOf: bytes)))
    }

    private static let completionShape: Shape = .named(
        "UploadCompletion", .object([Shape.Field("digest", .nullable(CommonShapes.digest), "Checked where given")]))
}

internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let createUpload = Endpoint(
        "CreateUpload", .post, "/v1/uploads", "Open a resumable upload; bytes may come along",
        access: .permission(.publishModels),
        request: .bytes(mediaType: "application/octet-stream", summary: "The first bytes, if any"),
        answers: [AnswerDescription(201, "Open; `Location` is where to PATCH", .json(uploadShape))],
        refusals: [.payloadTooLarge, .insufficientStorage]
    ) { call in
        let length: Int64? = try UploadFields.integer("Upload-Length", call.request)
        let isComplete: Bool = try UploadFields.boolean("Upload-Complete", call.request) ?? false
        let made = try await call.services.uploads.createUpload(
            length: length, isComplete: isComplete, try call.pull(), try call.context())
        var response: HTTPResponse = Answering.mutation(made.answer)
        UploadFields.append(made.progress, to: &response.headers)
        return response
    }

    static let uploadShape: Shape = .named(
        "Upload",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true), Shape.Field("offset", .count, required: true),
            Shape.Field("length", .nullable(.count), required: true), Shape.Field("complete", .boolean, required: true),
            Shape.Field("expires_at", CommonShapes.time, required: true),
        ]))
}

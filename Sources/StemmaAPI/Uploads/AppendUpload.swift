internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let appendUpload = Endpoint(
        "AppendUpload", .patch, "/v1/uploads/{id}", "Add bytes at `Upload-Offset`", access: .permission(.publishModels),
        request: .bytes(mediaType: "application/partial-upload", summary: "The next bytes"),
        answers: [AnswerDescription(204, "Taken; `Upload-Offset` tells where it stands now")],
        refusals: [.uploadNotFound, .uploadOffsetConflict, .uploadCompleted, .uploadBusy, .insufficientStorage]
    ) { call in
        try call.requireMediaType(["application/partial-upload"])
        guard let offset = try UploadFields.integer("Upload-Offset", call.request) else {
            throw StemmaError(.invalidRequest, "Upload-Offset is required")
        }
        let progress = try await call.services.uploads.appendUpload(
            call.parameter("id"), offset: offset, length: try UploadFields.integer("Upload-Length", call.request),
            isComplete: try UploadFields.boolean("Upload-Complete", call.request) ?? false, try call.pull(),
            try call.context())
        var headers = HTTPFields([("cache-control", "no-store")])
        UploadFields.append(progress, to: &headers)
        return HTTPResponse(status: 204, headers: headers)
    }
}

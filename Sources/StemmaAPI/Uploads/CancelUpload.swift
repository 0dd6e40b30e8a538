internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let cancelUpload = Endpoint(
        "CancelUpload", .delete, "/v1/uploads/{id}", "End an upload and drop its bytes",
        access: .permission(.publishModels),
        answers: [AnswerDescription(204, "Dropped")], refusals: [.uploadNotFound, .uploadBusy]
    ) { call in
        try await call.services.uploads.cancelUpload(call.parameter("id"), try call.context())
        return HTTPResponse(status: 204)
    }
}

internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readUpload = Endpoint(
        "ReadUpload", .get, "/v1/uploads/{id}", "Where an upload stands; HEAD tells it in the fields alone",
        access: .permission(.publishModels), answers: [AnswerDescription(200, "Its progress", .json(uploadShape))],
        refusals: [.uploadNotFound, .uploadBusy]
    ) { call in
        let progress = try await call.services.uploads.readUpload(call.parameter("id"), try call.principal)
        var response: HTTPResponse = Answering.plain(
            UploadDocument.represent(
                id: progress.id, offset: progress.offset, length: progress.length, complete: progress.isComplete,
                expires: progress.expires))
        UploadFields.append(progress, to: &response.headers)
        return response
    }
}

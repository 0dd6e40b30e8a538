internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let quarantineVersion = Endpoint(
        "QuarantineVersion", .put, "/v1/models/{name}/versions/{ref}/quarantine",
        "Quarantine a version: until it is lifted, nothing that demands `no_quarantine` passes",
        access: .permission(.quarantineVersions), request: .json(QuarantineDocument.request),
        answers: [
            AnswerDescription(200, "One is open for that reason already", .json(QuarantineDocument.document)),
            AnswerDescription(201, "Opened", .json(QuarantineDocument.document)),
        ],
        refusals: [.modelNotFound, .versionNotFound, .draftVersion, .staleETag]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.governance.quarantineVersion(
                model: try call.modelName(), version: call.parameter("ref"), body.value,
                try call.context(fingerprintOf: body.bytes)))
    }
}

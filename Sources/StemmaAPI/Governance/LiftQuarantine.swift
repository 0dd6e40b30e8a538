internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let liftQuarantine = Endpoint(
        "LiftQuarantine", .delete, "/v1/models/{name}/versions/{ref}/quarantine", "Lift every quarantine of a version",
        access: .permission(.quarantineVersions),
        query: [
            .dryRun,
            QueryParameter(
                name: "reason", shape: .text(maxBytes: Limits().rationaleBytes), summary: "Why; kept in the audit log"),
        ],
        answers: [AnswerDescription(204, "Lifted")],
        refusals: [.modelNotFound, .versionNotFound, .quarantineNotFound, .staleETag]
    ) { call in
        Answering.mutation(
            try await call.services.governance.liftQuarantine(
                model: try call.modelName(), version: call.parameter("ref"), reason: call.query["reason"],
                try call.context()))
    }
}

internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let runRetention = Endpoint(
        "RunRetention", .post, "/v1/audit/retention/runs",
        "Prune the texts of events whose retention has ended, also after the clock was set",
        access: .permission(.managePrivacy), request: .json(RetentionService.request),
        answers: [AnswerDescription(200, "What was pruned", .json(RetentionService.outcome))],
        refusals: [.retentionRefused]
    ) { call in
        let body = try await call.json()
        return Answering.plain(
            try await call.services.retention.runRetention(
                body.value, try call.context(fingerprintOf: body.bytes)))
    }
}

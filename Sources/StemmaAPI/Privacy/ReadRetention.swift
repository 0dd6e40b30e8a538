internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readRetention = Endpoint(
        "ReadRetention", .get, "/v1/audit/retention", "Read how long events are kept, and what is due to be pruned",
        access: .permission(.readAudit),
        answers: [AnswerDescription(200, "The rules and where they stand", .json(RetentionService.document))]
    ) { call in
        Answering.plain(try await call.services.retention.readRetention(try call.principal))
    }
}

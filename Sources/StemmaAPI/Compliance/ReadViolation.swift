internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readViolation = Endpoint(
        "ReadViolation", .get, "/v1/compliance/violations/{id}", "Read a violation with its history",
        access: .permission(.readCompliance),
        answers: [AnswerDescription(200, "The violation", .json(ComplianceAnswers.violation)), .unmodified],
        refusals: [.violationNotFound, .staleETag]
    ) { call in
        try Answering.read(
            try await call.services.compliance.readViolation(call.parameter("id"), try call.principal), call)
    }
}

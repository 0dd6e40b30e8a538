internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readAssessment = Endpoint(
        "ReadAssessment", .get, "/v1/lineage/assessments/{id}", "Read an impact assessment with its checklist",
        access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "The assessment", .json(AssessmentDocument.document)), .unmodified],
        refusals: [.assessmentNotFound]
    ) { call in
        if let moment = try call.query.time("as_of") {
            return Answering.plain(
                try await call.services.lineage.readAssessment(call.parameter("id"), asOf: moment, try call.principal))
        }
        return try Answering.read(
            try await call.services.lineage.readAssessment(call.parameter("id"), try call.principal), call)
    }
}

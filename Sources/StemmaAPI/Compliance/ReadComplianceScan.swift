internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let readComplianceScan = Endpoint(
        "ReadComplianceScan", .get, "/v1/compliance/scans/{id}", "Read a scan", access: .permission(.readCompliance),
        answers: [AnswerDescription(200, "The scan", .json(ComplianceAnswers.scan))], refusals: [.scanNotFound]
    ) { call in
        Answering.plain(try await call.services.compliance.readScan(call.parameter("id"), try call.principal))
    }
}

internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let scanCompliance = Endpoint(
        "ScanCompliance", .post, "/v1/compliance/scans",
        "Ask every model, version and the registry what the rules ask, now; opens, refreshes and closes violations",
        access: .permission(.manageCompliance), request: .optionalJSON(ComplianceAnswers.scanRequest),
        answers: [AnswerDescription(201, "The scan", .json(ComplianceAnswers.scan))], refusals: [.scanRunning]
    ) { call in
        let body = try await call.optionalJSON()
        return Answering.mutation(
            try await call.services.compliance.startScan(
                body?.value ?? .object(JSONObject()), try call.context(fingerprintOf: body?.bytes ?? [])))
    }
}

internal import StemmaJSON

/// An attempt to make a version again, as sent and checked as far as it can be without the version.
struct ReproductionAttempt: Sendable {
    let metrics: JSONObject
    let tolerance: Double
    let mode: ToleranceMode
    let environment: JSONObject?
    let codeCommit: String?
    let dataHash: String?
    let notes: String?

    /// Throws `validationFailed`.
    init(_ body: JSONValue, limits: Limits) throws(StemmaError) {
        var faults: [ShapeFault] = ReproductionDocument.request.faults(in: body)
        let mode = ToleranceMode(rawValue: body["tolerance_mode"]?.string ?? "") ?? .absolute
        let tolerance: Double = body["tolerance"]?.number ?? limits.reproductionToleranceDefault
        if tolerance > limits.reproductionTolerance {
            faults.append(
                ShapeFault(
                    pointer: "/tolerance",
                    detail: mode == .absolute
                        ? "must be at most \(limits.reproductionTolerance); for metrics of another scale use "
                            + "tolerance_mode relative"
                        : "must be at most \(limits.reproductionTolerance), which is the original itself"))
        }
        guard faults.isEmpty, let metrics = body["metrics"]?.object else { throw StemmaError.validation(faults) }
        self.metrics = metrics
        self.tolerance = tolerance
        self.mode = mode
        environment = body["environment"]?.object
        codeCommit = ReproductionAttempt.text(body["code_commit"])
        dataHash = ReproductionAttempt.text(body["data_hash"])
        notes = ReproductionAttempt.text(body["notes"])
    }

    /// Where what the attempt says of its environment differs from what the version says. What it does not say is no
    /// difference.
    func differences(from document: JSONObject) -> [EnvironmentDifference] {
        var said: JSONObject = environment ?? JSONObject()
        if let codeCommit { said.set("code_commit", .string(codeCommit)) }
        if let dataHash { said.set("data_hash", .string(dataHash)) }
        let within: [String] = said.members.filter { GuardCatalogue.hasValue($0.value) }.map { member in
            ["python_version", "packages"].contains(member.name)
                ? "dependencies." + member.name : "reproducibility." + member.name
        }
        return EnvironmentDescription(document: document).differences(
            to: EnvironmentDescription(attempt: said), within: within)
    }

    private static func text(_ value: JSONValue?) -> String? {
        value?.string.flatMap { $0.isBlank ? nil : $0 }
    }
}

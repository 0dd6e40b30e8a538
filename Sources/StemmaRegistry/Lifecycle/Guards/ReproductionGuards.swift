internal import StemmaJSON

/// Guards on whether a version can be made again, and whether somebody has done so.
extension GuardCatalogue {
    static let reproductionGuards: [GuardKind] = [reproducibilityComplete, reproductionRecorded]

    private static let reproducibilityComplete = GuardKind(
        name: "reproducibility_complete",
        summary:
            "What is needed to train the version again is declared, and every part of it holds up: the completeness score.",
        parameters: [
            Shape.Field("minimum_score", .number(minimum: 0), "0 to 1, as in the version's reproducibility report")
        ],
        defaults: ["minimum_score": 1]
    ) { parameters, facts, _ in
        let minimum: Double = parameters["minimum_score"]?.number ?? 1
        let report = ReproducibilityReport(document: facts.document)
        let faulty = report.parts.filter { $0.status != .present }
        // Scores are sixths, which a decimal bound can only come near to.
        let hasPassed: Bool = report.score >= minimum - Statistic.comparisonTolerance
        let lacks: String = faulty.map { "\($0.part.rawValue) is \($0.status.rawValue)" }.joined(separator: ", ")
        return GuardFinding(
            name: "reproducibility_complete", hasPassed: hasPassed,
            read: .object([
                "score": .double(report.score), "missing": .array(report.names(.missing).map { .string($0) }),
                "invalid": .array(report.names(.invalid).map { .string($0) }),
            ]), limit: .object(["minimum_score": .double(minimum)]),
            detail: "\(report.parts.count - faulty.count) of \(report.parts.count) parts of the manifest are valid"
                + (hasPassed ? "" : ", a score of at least \(minimum) is needed: \(lacks)"),
            missing: faulty.map { "reproducibility." + $0.part.rawValue }, suppliedBy: ["publisher"])
    }

    private static let reproductionRecorded = GuardKind(
        name: "reproduction_recorded",
        summary:
            "People have made the version again and got the metrics that it has now. Of several attempts of a person the "
            + "last one counts.",
        parameters: [
            Shape.Field("minimum", .integer(1...20), "How many people at least"),
            Shape.Field("independent", .boolean, "Whether only people count who had no hand in the version"),
            Shape.Field(
                "max_age_days", .nullable(.integer(0...36_500)), "How old an attempt may be; any age where null"),
            Shape.Field(
                "max_tolerance", .nullable(.number(minimum: 0)),
                "The largest tolerance, absolute or relative as the attempt has it; any where null"),
        ],
        defaults: ["minimum": 1, "independent": true, "max_age_days": nil, "max_tolerance": nil]
    ) { parameters, facts, _ in
        let minimum: Int64 = parameters["minimum"]?.integer ?? 1
        let judged: [(fact: VersionFacts.ReproductionFact, fault: String?)] = facts.reproductions.map {
            ($0, fault(of: $0, parameters, facts))
        }
        let count: Int64 = Int64(judged.count { $0.fault == nil })
        let faults: [String] = judged.compactMap { attempt in
            attempt.fault.map { "\(attempt.fact.id) \($0)" }
        }
        let needed: String = "\(count) of \(minimum) people who are needed made it again"
        let nobody: String = "no attempt was recorded against the evidence that is there now"
        let reasons: [String] = judged.isEmpty ? [nobody] : Array(faults.prefix(5))
        return GuardFinding(
            name: "reproduction_recorded", hasPassed: count >= minimum,
            read: .object([
                "reproductions": .array(
                    judged.map { attempt in
                        [
                            "id": .string(attempt.fact.id), "reproduced": .bool(attempt.fact.isReproduced),
                            "tolerance": .double(attempt.fact.tolerance),
                            "tolerance_mode": .string(attempt.fact.mode.rawValue),
                            "at": .string(attempt.fact.at.description), "counts": .bool(attempt.fault == nil),
                            "detail": attempt.fault.map { .string($0) } ?? .null,
                        ]
                    }), "people": .integer(count),
            ]), limit: .object(parameters),
            detail: count >= minimum ? needed : "\(needed): \(reasons.joined(separator: "; "))",
            missing: ["reproduction"], suppliedBy: ["publisher", "deployer"] + Role.gates.map { "reviewer:" + $0 })
    }

    /// Why an attempt does not count; nil where it does.
    private static func fault(
        of attempt: VersionFacts.ReproductionFact, _ parameters: JSONObject, _ facts: VersionFacts
    ) -> String? {
        if !attempt.isReproduced { return "did not reproduce every metric" }
        if parameters["independent"]?.bool ?? true, facts.authors.contains(attempt.by) {
            return "is by somebody who had a hand in the version"
        }
        if let days = parameters["max_age_days"]?.integer,
            attempt.at.adding(milliseconds: days * Timestamp.dayMilliseconds) < facts.now
        {
            return "is older than \(days) days"
        }
        if let most = parameters["max_tolerance"]?.number, attempt.tolerance > most {
            return "allowed a tolerance of \(attempt.tolerance), more than \(most)"
        }
        return nil
    }
}

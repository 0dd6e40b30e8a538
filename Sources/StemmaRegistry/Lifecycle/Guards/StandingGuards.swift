internal import StemmaJSON

/// Guards on what happened to a version, and on what comes with the request.
extension GuardCatalogue {
    static let standingGuards: [GuardKind] = [retentionElapsed, noLiveConsumers, noQuarantine]
    static let requestGuards: [GuardKind] = [rationaleGiven, rollbackPlan, gatesApproved]

    private static let retentionElapsed = GuardKind(
        name: "retention_elapsed", summary: "The version has been in its state long enough.",
        parameters: [Shape.Field("days", .integer(0...36_500), "How long")], defaults: ["days": 90]
    ) { parameters, facts, _ in
        let days: Int64 = parameters["days"]?.integer ?? 90
        let due: Timestamp = facts.stateSince.adding(milliseconds: days * Timestamp.dayMilliseconds)
        let elapsed: Int64 = max(0, facts.now.milliseconds - facts.stateSince.milliseconds) / Timestamp.dayMilliseconds
        let hasPassed: Bool = facts.now >= due
        return GuardFinding(
            name: "retention_elapsed", hasPassed: hasPassed,
            read: .object(["since": .string(facts.stateSince.description), "days": .integer(elapsed)]),
            limit: .object(["days": .integer(days), "until": .string(due.description)]),
            detail: hasPassed
                ? "\(elapsed) days have passed" : "it has to stay in \(facts.state.rawValue) until \(due.description)")
    }

    /// The guard that reads who consumes a version.
    static let liveConsumers: String = "no_live_consumers"

    private static let noLiveConsumers = GuardKind(
        name: liveConsumers, summary: "Nobody who named themselves still reads the version.", parameters: [],
        defaults: [:]
    ) { _, facts, _ in
        let names: [String] = facts.consumers.map(\.name)
        let last: Timestamp? = facts.consumers.map(\.expires).max()
        return GuardFinding(
            name: liveConsumers, hasPassed: names.isEmpty,
            read: .object([
                "consumers": .array(names.prefix(100).map { .string($0) }), "count": .integer(Int64(names.count)),
            ]), limit: .object(["count": 0]),
            detail: names.isEmpty
                ? "no consumer is live"
                : "still read by \(names.prefix(10).joined(separator: ", ")), the last registration ends at "
                    + (last?.description ?? ""))
    }

    private static let noQuarantine = GuardKind(
        name: "no_quarantine", summary: "The version is not quarantined.", parameters: [], defaults: [:]
    ) { _, facts, _ in
        let reasons: [String] = facts.quarantines.map(\.reason)
        return GuardFinding(
            name: "no_quarantine", hasPassed: reasons.isEmpty,
            read: .object([
                "quarantines": .array(
                    facts.quarantines.map {
                        ["reason": .string($0.reason), "since": .string($0.opened.description)]
                    })
            ]), limit: .object(["quarantines": 0]),
            detail: reasons.isEmpty
                ? "no quarantine is open" : "quarantined: \(reasons.prefix(5).joined(separator: "; "))",
            missing: ["the end of the quarantine"],
            suppliedBy: ["deployer", "admin"] + Role.gates.map { "reviewer:" + $0 })
    }

    private static let rationaleGiven = GuardKind(
        name: "rationale_given", summary: "The request says why.",
        parameters: [Shape.Field("minimum_length", .integer(1...10_000), "In characters")],
        defaults: ["minimum_length": 1]
    ) { parameters, facts, _ in
        let minimum: Int64 = parameters["minimum_length"]?.integer ?? 1
        let length: Int64 = Int64(trimmedLength(facts.request.rationale))
        return GuardFinding(
            name: "rationale_given", hasPassed: length >= minimum, read: .object(["length": .integer(length)]),
            limit: .object(["minimum_length": .integer(minimum)]),
            detail: length >= minimum ? "the request says why" : "the request has to say why, in rationale",
            missing: ["rationale"], suppliedBy: ["the request"])
    }

    private static let rollbackPlan = GuardKind(
        name: "rollback_plan",
        summary: "There is a plan for the way back: in the request, a file, the metadata, or a review's evidence.",
        parameters: [
            Shape.Field(
                "paths", .array(of: CommonShapes.requiredLine, count: 0...100),
                "Paths of files, with `*` and `?`, that count as a plan")
        ],
        defaults: ["paths": ["rollback*", "*/rollback*"]]
    ) { parameters, facts, definition in
        var found: [String] = []
        if facts.request.rollbackPlan?.isBlank == false { found.append("request") }
        if hasValue(facts.document["metadata"]?["rollback_plan"]) { found.append("metadata.rollback_plan") }
        for pattern in texts(parameters["paths"]) where facts.hasArtifact(matching: pattern) { found.append(pattern) }
        for review in facts.approvals(definition) where hasValue(review.evidence?["rollback_plan"]) {
            found.append("review " + review.id)
        }
        return GuardFinding(
            name: "rollback_plan", hasPassed: !found.isEmpty,
            read: .object(["found": .array(found.map { .string($0) })]),
            limit: .object(["paths": parameters["paths"] ?? []]),
            detail: found.isEmpty ? "no rollback plan is known" : "a rollback plan is known (\(found[0]))",
            missing: ["rollback_plan"], suppliedBy: ["the request", "publisher", "reviewer:operational"])
    }

    private static let gatesApproved = GuardKind(
        name: approvalGates, summary: "Approval gates have passed, for exactly this content and evidence.",
        parameters: [
            Shape.Field("gates", .array(of: .choice(Role.gates), count: 1...4), "Which"),
            Shape.Field("distinct_approvers", .integer(0...20), "Different people over all of them, at least"),
        ],
        defaults: ["gates": .array(Role.gates.map { .string($0) }), "distinct_approvers": 1]
    ) { parameters, facts, definition in
        let names: [String] = texts(parameters["gates"])
        let results: [GateResult] = definition.gates.filter { names.contains($0.gate) }.map {
            GateResult($0, facts, definition)
        }
        let failed: [GateResult] = results.filter { !$0.hasPassed }
        // A definition that demands a gate which it does not have is refused; facts of the past may meet one all the same.
        let undefined: [String] = names.filter { name in definition.gate(name) == nil }
        let approvers: Set<String> = Set(results.flatMap(\.approvers))
        let needed: Int64 = parameters["distinct_approvers"]?.integer ?? 1
        let hasPeople: Bool = Int64(approvers.count) >= needed
        var reasons: [String] = failed.map { "\($0.gate): " + $0.issues.prefix(3).joined(separator: ", ") }
        reasons += undefined.map { "the lifecycle has no gate \($0)" }
        if !hasPeople { reasons.append("\(approvers.count) different people approved, \(needed) are needed") }
        let reviewers: [String] =
            hasPeople
            ? [] : definition.gates.filter { names.contains($0.gate) }.flatMap { $0.reviewers.map(\.description) }
        let roles: Set<String> = Set(failed.flatMap { result in result.suppliedBy } + reviewers)
        return GuardFinding(
            name: approvalGates, hasPassed: reasons.isEmpty,
            read: .object([
                "gates": .object(
                    JSONObject(
                        results.map { result in
                            JSONObject.Member(
                                name: result.gate,
                                value: [
                                    "passed": .bool(result.hasPassed),
                                    "issues": .array(result.issues.map { .string($0) }),
                                ])
                        })), "approvers": .array(approvers.sorted().map { .string($0) }),
            ]),
            limit: .object(["gates": parameters["gates"] ?? [], "distinct_approvers": .integer(needed)]),
            detail: reasons.isEmpty ? "every gate has passed" : reasons.joined(separator: "; "),
            missing: failed.flatMap { result in result.missing.map { "\(result.gate).\($0)" } }
                + undefined + (hasPeople ? [] : ["approvers"]), suppliedBy: roles.sorted())
    }

    /// Characters without the white space around them.
    private static func trimmedLength(_ text: String?) -> Int {
        guard let text, let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return 0 }
        return text[first...last].count
    }
}

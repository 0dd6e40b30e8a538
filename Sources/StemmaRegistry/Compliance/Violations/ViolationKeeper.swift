internal import StemmaJSON

/// Opens, refreshes, reopens and closes violations inside the transaction of a scan, each step with its event. The only
/// code that closes one.
struct ViolationKeeper: Sendable {
    let core: RegistryCore
    /// The scan's id.
    let scan: String
    let rules: [ComplianceRule]
    let context: RequestContext
    let now: Timestamp

    /// What became of a failure.
    struct Kept {
        let change: ViolationChange
        let isWaived: Bool
    }

    /// Keeps the violation of a subject that failed a rule; `present` is what there is of it, closed or not.
    func keep(
        _ present: ViolationRecord?, _ rule: ComplianceRule, _ finding: ScanFinding, _ evidence: ComplianceEvidence,
        _ transaction: any MetadataTransaction
    ) throws -> Kept {
        let text: [UInt8] = StoredJSON.text(evidence.json.object ?? JSONObject())
        guard let present else {
            let violation = NewViolation(
                id: core.environment.identifier("vio_"), rule: rule.id, subject: finding.subject,
                subjectID: finding.subjectID, model: finding.model, version: finding.version,
                state: fresh(rule, finding, text))
            let row: Int64 = try transaction.insertViolation(violation)
            try note(.opened, row, violation, "open_violation", [:], transaction)
            return Kept(change: .opened, isWaived: false)
        }
        var state: ViolationState = present.state
        guard state.closed == nil else {
            state = fresh(rule, finding, text)
            state.failures = present.state.failures + 1
            state.owner = present.state.owner ?? state.owner
            state.note = present.state.note
            try transaction.updateViolation(present.row, state, at: now)
            try note(.reopened, present.row, present.stored, "reopen_violation", [:], transaction)
            return Kept(change: .reopened, isWaived: false)
        }
        let isChanged: Bool =
            state.ruleVersion != rule.version
            || ViolationKeeper.essence(state.evidence) != ViolationKeeper.essence(text)
        let isOver: Bool = state.waiver.map { $0.expires <= now } ?? false
        guard isChanged || isOver else {
            try transaction.touchViolation(present.row, evidence: text, seen: now)
            return Kept(change: .refreshed, isWaived: state.waiver != nil)
        }
        state.ruleVersion = rule.version
        state.frameworks = core.compliance.frameworks(of: rule.id)
        state.severity = rule.severity.rawValue
        state.evidence = text
        state.lastSeen = now
        state.failures += 1
        if isOver { state.waiver = nil }
        try transaction.updateViolation(present.row, state, at: now)
        if isOver { try note(.waiverExpired, present.row, present.stored, "expire_waiver", [:], transaction) }
        if isChanged { try note(.refreshed, present.row, present.stored, "refresh_violation", [:], transaction) }
        return Kept(change: .refreshed, isWaived: state.waiver != nil)
    }

    /// Closes a violation because the rule passes, is no longer about the subject, or the subject is gone.
    func close(_ present: ViolationRecord, because reason: String, _ transaction: any MetadataTransaction) throws {
        var state: ViolationState = present.state
        state.closed = now
        try transaction.updateViolation(present.row, state, at: now)
        try note(
            .closed, present.row, present.stored, "close_violation", ["because": .string(reason)], transaction)
    }

    private func fresh(_ rule: ComplianceRule, _ finding: ScanFinding, _ evidence: [UInt8]) -> ViolationState {
        let owner: String? = rule.remediation.owner == .modelOwner ? finding.owner : nil
        return ViolationState(
            ruleVersion: rule.version, frameworks: core.compliance.frameworks(of: rule.id),
            severity: rule.severity.rawValue, evidence: evidence, owner: owner,
            ownerRole: rule.remediation.owner.rawValue,
            due: now.adding(milliseconds: rule.remediation.dueDays * Timestamp.dayMilliseconds), opened: now,
            lastSeen: now, failures: 1)
    }

    private func note(
        _ kind: ViolationStepKind, _ row: Int64, _ violation: NewViolation, _ action: String, _ more: JSONObject,
        _ transaction: any MetadataTransaction
    ) throws {
        let step = NewViolationStep(
            kind: kind, at: now, principalID: context.principal.id, scan: scan,
            detail: more.isEmpty ? nil : StoredJSON.text(more))
        try transaction.addViolationStep(row, step)
        var event: AuditDraft = ViolationKeeper.event(violation)
        event.detail["scan"] = .string(scan)
        for member in more.members { event.detail[member.name] = member.value }
        let log = AuditAppender(environment: core.environment, policy: core.policy)
        try log.append(
            event, action: action, context: context, identity: log.identify(context), core.environment.now(),
            to: transaction)
    }

    /// The event of a step: it is about what was found wanting, so that it stands among what else happened to that.
    static func event(_ violation: NewViolation) -> AuditDraft {
        var resource: ResourceID = .registry
        if let model = violation.model {
            resource = violation.version.map { .version(model: model, version: $0) } ?? .model(model)
        }
        return AuditDraft(
            resource,
            detail: [
                "violation": .string(violation.id), "rule": .string(violation.rule),
                "rule_version": .integer(violation.state.ruleVersion),
                "severity": .string(violation.state.severity),
            ])
    }

    /// Evidence without the moment at which it was looked at.
    private static func essence(_ evidence: [UInt8]) -> JSONValue? {
        guard let object = (try? JSONParser.parse(evidence))?.object else { return nil }
        let findings: [JSONValue] = (object["findings"]?.array ?? []).map { finding in
            guard var members = finding.object, var limit = members["limit"]?.object else { return finding }
            _ = limit.remove("now")
            members.set("limit", .object(limit))
            return .object(members)
        }
        return .object(["findings": .array(findings), "count": object["count"] ?? .null])
    }
}

internal import StemmaJSON

/// One change of a violation by hand: what it becomes, and the steps of its history.
struct ViolationPatch {
    private let record: ViolationRecord
    private let patch: JSONValue
    private let principal: Principal
    private let now: Timestamp
    private let limits: Limits
    private(set) var state: ViolationState
    private(set) var steps: [NewViolationStep] = []

    init(
        _ record: ViolationRecord, _ patch: JSONValue, _ principal: Principal, at now: Timestamp, _ limits: Limits
    ) {
        self.record = record
        self.patch = patch
        self.principal = principal
        self.now = now
        self.limits = limits
        state = record.state
    }

    mutating func apply(_ reader: any MetadataReader) throws {
        if let owner = patch["owner"], owner.string != state.owner {
            let old: String? = state.owner
            state.owner = owner.string
            note(.assigned, ["from": old.map { .string($0) } ?? .null, "to": owner])
        }
        if let due = patch["due_at"]?.string.flatMap({ Timestamp($0) }), due != state.due {
            guard due > now, due <= now.adding(milliseconds: limits.violationDueMilliseconds) else {
                throw StemmaError.validation([
                    ShapeFault(pointer: "/due_at", detail: "must be in the future, at most ten years ahead")
                ])
            }
            note(
                .dueChanged, ["from": .string(state.due.description), "to": .string(due.description)])
            state.due = due
        }
        if let text = patch["note"], text.string != state.note {
            state.note = text.string
            note(.noted, ["note": text])
        }
        if let waiver = patch["waiver"] { try apply(waiver, reader) }
    }

    private mutating func apply(_ wish: JSONValue, _ reader: any MetadataReader) throws {
        guard let reason = wish["reason"]?.string, let expires = wish["expires_at"]?.string.flatMap({ Timestamp($0) })
        else {
            guard state.waiver != nil else { return }
            state.waiver = nil
            note(.waiverRevoked, [:])
            return
        }
        guard expires > now, expires <= now.adding(milliseconds: limits.waiverMilliseconds) else {
            let days: Int64 = limits.waiverMilliseconds / Timestamp.dayMilliseconds
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "/waiver/expires_at", detail: "must be in the future, at most \(days) days ahead")
            ])
        }
        if let present = state.waiver, present.reason == reason, present.expires == expires,
            present.principalID == principal.id
        {
            return
        }
        try requireDistance(reader)
        state.waiver = ViolationWaiver(at: now, principalID: principal.id, reason: reason, expires: expires)
        note(.waived, ["expires_at": .string(expires.description), "reason": .string(reason)])
    }

    /// Throws `sodViolation` where who waives answers for what is waived, or did so since the violation was opened: who hands
    /// it on does not get rid of it. People are told apart by subject, not by token.
    private func requireDistance(_ reader: any MetadataReader) throws {
        var part: String?
        // Who is named owner in the same change counts as owner already.
        if [record.state.owner, state.owner].contains(principal.subject) { part = "the violation's owner" }
        if part == nil, try owners(reader).contains(principal.subject) {
            part = "an owner of the violation since it was opened"
        }
        if let name = record.stored.model, let model = try reader.model(named: name) {
            for fields in try standing(of: model, reader) {
                if fields["tags"]?[ModelStandingFacts.backupTag]?.string == principal.subject {
                    part = "the model's backup owner, or was since the violation was opened"
                }
                if fields["owner"]?.string == principal.subject {
                    part = "the model's owner, or was since the violation was opened"
                }
            }
            let tags: JSONObject = try StoredJSON.object(model.tags)
            if tags[ModelStandingFacts.backupTag]?.string == principal.subject { part = "the model's backup owner" }
            if model.owner == principal.subject { part = "the model's owner" }
        }
        if record.stored.subject.type == .version,
            try reader.version(id: record.stored.subject.key)?.createdBy == principal.subject
        {
            part = "who registered the version"
        }
        guard let part else { return }
        throw StemmaError(
            .sodViolation, "a waiver needs the word of somebody else: \(principal.subject) is \(part)",
            members: ["part": .string(part)])
    }

    /// Who it was taken from and given to since it was opened last.
    private func owners(_ reader: any MetadataReader) throws -> Set<String> {
        let steps: [ViolationStep] = try reader.violationSteps(record.row, limit: Int(record.steps))
        var owners: Set<String> = []
        for step in steps where step.stored.kind == .assigned && step.stored.at >= record.state.opened {
            let detail: JSONObject = try step.stored.detail.map { try StoredJSON.object($0) } ?? JSONObject()
            owners.formUnion([detail["from"], detail["to"]].compactMap { $0?.string })
        }
        return owners
    }

    /// What the model said of itself before and after each change since the violation was opened last, by the audit trail.
    private func standing(of model: ModelRecord, _ reader: any MetadataReader) throws -> [JSONValue] {
        guard model.updated >= record.state.opened else { return [] }
        return try reader.modelEvents(model.name, actions: ["update_model"]).filter {
            $0.timestamp >= record.state.opened
        }.flatMap { record in
            let event = try AuditEvent(record)
            guard let before = event.change("before"), let after = event.change("after") else {
                throw StemmaError(
                    .sodViolation,
                    "who answered for the model since the violation was opened is not known any more: nobody can waive it",
                    members: ["part": .string("unknown")])
            }
            return [before, after]
        }
    }

    private mutating func note(_ kind: ViolationStepKind, _ detail: JSONObject) {
        steps.append(
            NewViolationStep(
                kind: kind, at: now, principalID: principal.id, scan: nil,
                detail: detail.isEmpty ? nil : StoredJSON.text(detail)))
    }

    /// Names and free text are private fields; the steps themselves are public.
    func event(_ updated: ViolationRecord) -> AuditDraft {
        var event: AuditDraft = ViolationKeeper.event(updated.stored)
        event.detail["steps"] = .array(steps.map { .string($0.kind.rawValue) })
        event.detail["due_at"] = .string(updated.state.due.description)
        if let waiver = updated.state.waiver {
            event.detail["waiver_expires_at"] = .string(waiver.expires.description)
        }
        if let reason = patch["waiver"]?["reason"] { event.personal["rationale"] = reason }
        event.recordChange(before: ViolationPatch.changes(record.state), after: ViolationPatch.changes(updated.state))
        return event
    }

    private static func changes(_ state: ViolationState) -> JSONValue {
        [
            "owner": state.owner.map { .string($0) } ?? .null, "due_at": .string(state.due.description),
            "note": state.note.map { .string($0) } ?? .null,
            "waiver": state.waiver.map { waiver in
                ["reason": .string(waiver.reason), "expires_at": .string(waiver.expires.description)]
            } ?? .null,
        ]
    }
}

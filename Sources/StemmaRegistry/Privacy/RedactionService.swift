package import StemmaJSON

/// Removes private values of single events. The log still verifies: it only ever committed to them.
package struct RedactionService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    package static let request: Shape = .named(
        "RedactionRequest",
        .object([
            Shape.Field(
                "fields", .array(of: .text(maxBytes: 200, minBytes: 1), count: 1...100),
                "Private fields to remove, e.g. rationale; all of them where it is left out"),
            Shape.Field("legal_basis", .choice(ErasureDocument.bases), required: true),
            Shape.Field("reason", CommonShapes.requiredLine, required: true, "Why; kept in the audit log"),
        ]))

    package static let document: Shape = .named(
        "Redaction",
        .object([
            Shape.Field("audit_id", .text(maxBytes: 100), required: true),
            Shape.Field("sequence", .count, required: true),
            Shape.Field(
                "redacted", .array(of: .text(maxBytes: 200), count: 0...100), required: true,
                "Fields that were removed now"),
            Shape.Field(
                "remaining", .array(of: .text(maxBytes: 200), count: 0...100), required: true,
                "Private fields that are left"),
        ]))

    /// Removes fields of an event with a body of `request`. Throws `auditEventNotFound`, `validationFailed` for a field that the
    /// event does not have (any more), `legalHold`.
    package func redactEvent(_ auditID: String, _ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.managePrivacy)
        let faults: [ShapeFault] = RedactionService.request.faults(in: body)
        guard faults.isEmpty, let reason = body["reason"]?.string, let basis = body["legal_basis"]?.string else {
            throw StemmaError.validation(faults)
        }
        let absent = StemmaError(.auditEventNotFound, "there is no audit event \(auditID)")
        guard let sequence = AuditEvent.sequence(of: auditID) else { throw absent }
        let wanted: [String]? = body["fields"]?.array?.compactMap(\.string)
        let answer: Answer = try await core.gate.mutate("redact_event", context) { transaction, _ in
            guard let record = try transaction.auditEvent(sequence: sequence),
                try AuditEvent(record).auditID == auditID
            else { throw absent }
            try RedactionService.requireNoHold(over: record, transaction)
            let present: [String] = record.privateValues.map(\.field)
            let fields: [String] = try wanted.map { try RedactionService.checked($0, present) } ?? present
            for field in fields { try transaction.removePrivateValue(sequence: sequence, field: field) }
            let event = AuditDraft(
                .registry,
                detail: [
                    "sequence": .integer(sequence), "basis": .string(basis),
                    "fields": .array(fields.map { .string($0) }),
                ], personal: ["rationale": .string(reason)])
            let removed: Set<String> = Set(fields)
            return MutationGate.Mutation(
                Answer(
                    .created, location: "/v1/audit/" + auditID,
                    body: represent(auditID, sequence, fields, present.filter { !removed.contains($0) })),
                event: fields.isEmpty ? nil : event)
        }
        if !context.isDryRun { _ = try await core.store.expunge(ErasureText([], replacement: ""), rewriteBytes: 0) }
        return answer
    }

    private static func requireNoHold(over record: AuditRecord, _ reader: any MetadataReader) throws {
        let people: [Int64] = record.privateValues.compactMap(\.principalID)
        let holds: [LegalHoldRecord] = try reader.legalHoldsInForce().filter { hold in
            hold.scope.covers(
                event: record.sequence, model: record.resource.model, version: record.resource.version, people: people)
        }
        guard holds.isEmpty else { throw LegalHolds.refusal(holds, to: "redacting the event") }
    }

    private static func checked(_ wanted: [String], _ present: [String]) throws -> [String] {
        let faults: [ShapeFault] = wanted.enumerated().filter { !present.contains($0.element) }.map { index, _ in
            ShapeFault(pointer: "/fields/\(index)", detail: "is no private field that the event still has")
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return Array(Set(wanted)).sorted()
    }
}

private func represent(_ auditID: String, _ sequence: Int64, _ redacted: [String], _ remaining: [String]) -> [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.beginObject()
    writer.field("audit_id", auditID)
    writer.field("sequence", sequence)
    writer.key("redacted")
    writer.value(redacted)
    writer.key("remaining")
    writer.value(remaining)
    writer.endObject()
    return writer.finish()
}

internal import StemmaDigest
package import StemmaJSON

/// Records what only people can say, each as an event of the audit log from which scans read it.
package struct RecordService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Records with a body of `RecordShapes.request`.
    ///
    /// Models are attested by their owner or backup owner, the log is reviewed by auditors and admins, incidents are
    /// reported by the owners, auditors and admins, emergency changes are reviewed by reviewers, auditors and admins
    /// who did not make them; everything else is recorded by anybody with `compliance:record`. Throws
    /// `validationFailed`, `permissionDenied`, `sodViolation`, and what says that something named is not there.
    package func record(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.readModels)
        let faults: [ShapeFault] = RecordShapes.request.faults(in: body)
        guard faults.isEmpty, let kind = body["kind"]?.string.flatMap({ RecordKind(rawValue: $0) }) else {
            throw StemmaError.validation(faults)
        }
        let further: [ShapeFault] = RecordShapes.faults(body, kind)
        guard further.isEmpty else { throw StemmaError.validation(further) }
        let made: String = core.environment.identifier("inc_")
        return try await core.gate.mutate(kind.rawValue, context) { transaction, now in
            var draft = RecordDraft(kind, body, context.principal, at: now, transaction)
            try draft.read(newIncident: made)
            // The event of this record is the next one of the log.
            let (sequence, at): (Int64, Timestamp) = try transaction.nextAuditEvent(now)
            return MutationGate.Mutation(
                Answer(
                    .created, location: "/v1/audit/" + RecordService.auditID(sequence, at),
                    body: draft.represent(RecordService.auditID(sequence, at), at)), event: draft.event)
        }
    }

    private static func auditID(_ sequence: Int64, _ at: Timestamp) -> String {
        let date: String = at.description.prefix(10).filter { $0 != "-" }
        return "audit_\(date)_\(sequence)"
    }
}

package import StemmaJSON

extension ComplianceService {
    /// Violations that the caller may see, those due first unless ordered otherwise.
    package func listViolations(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readCompliance)
        let lister = Lister(
            core: core, list: "compliance-violations", schema: .violations, defaultOrdering: "due_at")
        let now: Timestamp = core.environment.now()
        return try await lister.list(request, principal) { reader, query in
            let page: Page<ViolationRecord> = try reader.violations(
                query, now: now, seesRegistry: ComplianceService.seesRegistry(principal))
            return Page(
                rows: try page.rows.map { try ViolationDocument.represent($0, principal.scope, at: now, reader).body },
                next: page.next)
        }
    }

    /// Throws `violationNotFound` also for one of a model outside the token's models.
    package func readViolation(_ id: String, _ principal: Principal) async throws -> Representation {
        try principal.require(.readCompliance)
        let now: Timestamp = core.environment.now()
        return try await core.store.read { reader in
            try ViolationDocument.represent(
                try ComplianceService.findViolation(id, principal, reader), principal.scope, at: now, reader)
        }
    }

    /// Changes who sees to a violation, by when, what is noted of it, and whether it is waived, by a merge patch of
    /// `ComplianceAnswers.violationPatch`. Nobody closes one: the next scan does where the rule passes.
    ///
    /// Owners and notes are for publishers of the model too, the due date and waivers for auditors and admins. A
    /// waiver's approver is neither the owner or backup owner of the model, nor who registered the version, nor the
    /// violation's owner, nor was any of these owners since the violation was opened. Throws `validationFailed`, `sodViolation`, `violationClosed`, `violationNotFound`,
    /// `staleETag`.
    package func updateViolation(_ id: String, _ patch: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.remediate)
        if patch["status"] != nil {
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "/status",
                    detail: "is set by scans alone: mend what is wrong and scan again, or ask for a waiver")
            ])
        }
        let faults: [ShapeFault] = ComplianceAnswers.violationPatch.faults(in: patch)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        if patch["due_at"] != nil || patch["waiver"] != nil { try context.principal.require(.manageCompliance) }
        let limits: Limits = core.policy.limits
        return try await core.gate.mutate("update_violation", context) { transaction, now in
            let record: ViolationRecord = try ComplianceService.findViolation(id, context.principal, transaction)
            let before: Representation = try ViolationDocument.represent(
                record, context.principal.scope, at: now, transaction)
            try context.preconditions.check(current: before.etag)
            guard record.state.closed == nil else {
                throw StemmaError(.violationClosed, "the violation \(id) is closed; a scan reopens it where it is back")
            }
            var change = ViolationPatch(record, patch, context.principal, at: now, limits)
            try change.apply(transaction)
            let location: String = ResourcePath.violation(id)
            guard !change.steps.isEmpty else {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, etag: before.etag, body: before.body), event: nil)
            }
            try transaction.updateViolation(record.row, change.state, at: now)
            for step in change.steps { try transaction.addViolationStep(record.row, step) }
            let updated: ViolationRecord = try ComplianceService.findViolation(id, context.principal, transaction)
            let after: Representation = try ViolationDocument.represent(
                updated, context.principal.scope, at: now, transaction)
            return MutationGate.Mutation(
                Answer(.updated, location: location, etag: after.etag, body: after.body),
                event: change.event(updated))
        }
    }

    static func findViolation(
        _ id: String, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> ViolationRecord {
        guard let record = try reader.violation(id: id),
            record.stored.model.map({ principal.scope.contains($0) }) ?? seesRegistry(principal)
        else { throw StemmaError(.violationNotFound, "there is no violation \(id)") }
        return record
    }
}

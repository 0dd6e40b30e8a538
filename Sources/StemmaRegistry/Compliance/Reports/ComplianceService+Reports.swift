internal import StemmaDigest
internal import StemmaJSON

extension ComplianceService {
    /// Where nothing is said, a report is about so many days.
    private static let days: Int64 = 90

    /// How the rules of a framework are kept, as far as the caller may see. `to` is now where nil. Throws
    /// `frameworkNotFound`, `validationFailed` for a period that ends before it begins.
    package func report(
        framework: String, from: Timestamp?, to: Timestamp?, _ principal: Principal
    ) async throws -> ComplianceReport {
        try principal.require(.readCompliance)
        let (book, now): (ComplianceBook, Timestamp) = (core.compliance, core.environment.now())
        try ComplianceService.require(framework, book)
        guard let pack = book.library.pack(framework), let digest = book.digest(framework) else {
            throw StemmaError(.frameworkNotFound, "there is no framework \(framework)")
        }
        let end: Timestamp = to ?? now.adding(milliseconds: 1)
        let start: Timestamp =
            from ?? end.adding(milliseconds: -ComplianceService.days * Timestamp.dayMilliseconds)
        guard start < end else {
            throw StemmaError.validation([ShapeFault(pointer: "?from", detail: "must be before the end of the period")])
        }
        let record: ComplianceScanRecord? = try await core.store.read {
            try $0.lastComplianceScan(of: [framework], before: end)
        }
        // A head is over everything, as is all that proves the log: only tokens for all models are told of it.
        let head: StoredCheckpoint? =
            principal.scope.isUnlimited ? try await core.store.read { try $0.lastAuditCheckpoint() } : nil
        let closed: String = "closed_at >= '\(start)' AND closed_at < '\(end)'"
        return ComplianceReport(
            framework: framework, title: pack.title, description: pack.description, packVersion: pack.version,
            packDigest: digest, from: start, to: end, generated: now, generatedBy: principal.subject,
            scan: try record.map { try ComplianceService.summary($0, framework) }, head: head,
            rules: try await lines(pack, record, principal),
            open: try await violations(framework, "status = 'open'", at: now, principal),
            waived: try await violations(framework, "status = 'waived'", at: now, principal),
            closed: try await violations(framework, closed, at: now, principal))
    }

    private static func summary(_ record: ComplianceScanRecord, _ framework: String) throws -> ComplianceReport.Scan {
        let pack: JSONValue? = try StoredJSON.array(record.stored.packs).first {
            $0["framework"]?.string == framework
        }
        return ComplianceReport.Scan(
            id: record.stored.id, started: record.stored.started, finished: record.finished,
            auditSize: record.stored.auditSize, packVersion: pack?["version"]?.integer,
            packDigest: pack?["digest"]?.string)
    }

    /// The pack's rules with what the scan found.
    private func lines(
        _ pack: ComplianceRulePack, _ record: ComplianceScanRecord?, _ principal: Principal
    ) async throws -> [ComplianceReport.RuleLine] {
        var counts = JSONObject()
        var versions: [String: Int64] = [:]
        if let record {
            for rule in try StoredJSON.array(record.stored.rules) {
                if let id = rule["id"]?.string { versions[id] = rule["version"]?.integer }
            }
            if ComplianceService.seesRegistry(principal) {
                counts = try StoredJSON.object(record.end.counts)
            } else {
                counts = try await core.store.read { reader in
                    try ScanDocument.totals(record, principal.scope, reader).counts(try ScanDocument.ruleIDs(record))
                }
            }
        }
        return pack.rules.sorted { $0.id < $1.id }.map { rule in
            var found: [ComplianceLetter: Int64] = [:]
            for letter in ComplianceLetter.allCases {
                if let name = letter.name { found[letter] = counts[rule.id]?[name]?.integer }
            }
            return ComplianceReport.RuleLine(
                id: rule.id, version: versions[rule.id] ?? rule.version, title: rule.title,
                severity: rule.severity.rawValue, citations: rule.citations, counts: found)
        }
    }

    /// Violations of a framework's rules that pass a filter, those due first, page by page.
    private func violations(
        _ framework: String, _ filter: String, at now: Timestamp, _ principal: Principal
    ) async throws -> ComplianceReport.ViolationList {
        let limits: Limits = core.policy.limits
        let expression: FilterExpression? = try Lister.parseFilter(
            "framework = '\(framework)' AND \(filter)", .violations)
        let ordering: Ordering
        do throws(FilterError) {
            ordering = try Ordering.parse("due_at", fields: .violations)
        } catch {
            throw StemmaError(.internalError, "violations cannot be ordered", cause: "\(error)")
        }
        var lines: [ComplianceReport.ViolationLine] = []
        var after: [SortValue]?
        repeat {
            let query = ListQuery(
                filter: expression, ordering: ordering, after: after, limit: limits.listLimitMax,
                scope: principal.scope)
            let page: Page<ViolationRecord> = try await core.store.read { reader in
                try reader.violations(query, now: now, seesRegistry: ComplianceService.seesRegistry(principal))
            }
            lines += page.rows.map { ComplianceService.line($0, at: now) }
            after = page.next
        } while after != nil && lines.count < limits.reportViolations
        return ComplianceReport.ViolationList(
            lines: Array(lines.prefix(limits.reportViolations)),
            isTruncated: after != nil || lines.count > limits.reportViolations)
    }

    private static func line(_ record: ViolationRecord, at now: Timestamp) -> ComplianceReport.ViolationLine {
        let state: ViolationState = record.state
        return ComplianceReport.ViolationLine(
            id: record.id, rule: record.stored.rule, severity: state.severity, subject: record.stored.subjectID,
            owner: state.owner, ownerRole: state.ownerRole, due: state.due,
            isOverdue: state.closed == nil && state.due < now, opened: state.opened, closed: state.closed,
            waiverApprover: state.waiver == nil ? nil : record.waivedBy, waiverReason: state.waiver?.reason,
            waiverExpires: state.waiver?.expires)
    }
}

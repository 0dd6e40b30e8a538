package import StemmaJSON

/// Rules, scans, violations and reports of compliance.
///
/// Auditors and admins whose token reaches all models see everything. Others who may read compliance, publishers among
/// them, see violations, results and totals of their models, and nothing about the registry as a whole.
package struct ComplianceService: Sendable {
    let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Whether somebody sees what is about no model.
    static func seesRegistry(_ principal: Principal) -> Bool {
        principal.scope.isUnlimited && principal.may(.manageCompliance)
    }

    // Rules.

    /// The rules of the frameworks that are switched on, or of one of them. Throws `frameworkNotFound`.
    package func listRules(framework: String?, _ request: ListRequest, _ principal: Principal) throws -> ListAnswer {
        try principal.require(.readCompliance)
        let book: ComplianceBook = core.compliance
        if let framework { try ComplianceService.require(framework, book) }
        let rows: [ShortList.Row] = book.rules(framework.map { [$0] } ?? book.frameworks).map { rule in
            ShortList.Row(key: rule.id, values: RuleDocument.values(rule, book)) { RuleDocument.represent(rule, book) }
        }
        let list = ShortList(
            core: core, list: "compliance-rules/" + (framework ?? ""), schema: .complianceRules)
        return try list.page(rows, request)
    }

    static func require(_ framework: String, _ book: ComplianceBook) throws(StemmaError) {
        guard book.frameworks.contains(framework) else {
            throw StemmaError(
                .frameworkNotFound,
                "there is no framework \(framework) switched on; there are \(book.frameworks.joined(separator: ", "))")
        }
    }

    // Scans.

    /// Scans now, with a body of `ComplianceAnswers.scanRequest`. Throws `scanRunning`, `validationFailed`.
    package func startScan(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageCompliance)
        let faults: [ShapeFault] = ComplianceAnswers.scanRequest.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let known: [String] = core.compliance.frameworks
        let wanted: [String] = (body["frameworks"]?.array ?? []).compactMap(\.string)
        for (index, framework) in wanted.enumerated() where !known.contains(framework) {
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "/frameworks/\(index)", detail: "must be one of \(known.joined(separator: ", "))")
            ])
        }
        let models: [String] = (body["models"]?.array ?? []).compactMap(\.string)
        if let kept = try await core.gate.replay(of: context) { return kept }
        let wish = ComplianceScans.Wish(
            frameworks: wanted.isEmpty ? known : known.filter { wanted.contains($0) },
            models: models.isEmpty ? ["*"] : models)
        return try await ComplianceScans(core: core).run(wish, .manual, context)
    }

    /// Scans, newest first.
    package func listScans(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.require(.readCompliance)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(key: core.cursorKey, identity: "compliance-scans")
        var before: Int64?
        if let cursor = request.cursor {
            guard case .integer(let row)? = try codec.decode(cursor).first else { throw Cursor.refusal }
            before = row
        }
        let start: Int64? = before
        let rows: [ComplianceScanRecord] = try await core.store.read {
            try $0.complianceScans(before: start, limit: limit + 1)
        }
        var items: [[UInt8]] = []
        for record in rows.prefix(limit) { items.append(try await represent(record, principal)) }
        let last: Int64? = rows.count > limit ? rows[limit - 1].row : nil
        return ListAnswer(items: items, nextCursor: last.map { codec.encode([.integer($0)]) })
    }

    /// Throws `scanNotFound`.
    package func readScan(_ id: String, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readCompliance)
        let record: ComplianceScanRecord = try await core.store.read { try ComplianceScans.find(id, $0) }
        return try await represent(record, principal)
    }

    /// Each in a read of its own: totals of some models are counted from the results.
    private func represent(_ record: ComplianceScanRecord, _ principal: Principal) async throws -> [UInt8] {
        guard !ComplianceService.seesRegistry(principal) else {
            return try ScanDocument.represent(record, principal.scope, totals: nil)
        }
        return try await core.store.read { reader in
            try ScanDocument.represent(
                record, principal.scope, totals: try ScanDocument.totals(record, principal.scope, reader))
        }
    }

    // Results.

    /// What clients ask of a scan's results.
    package struct ResultFilter: Sendable {
        package let rule: String?
        /// One of `ComplianceLetter.names`.
        package let outcome: String?
        package let framework: String?
        package let model: String?

        package init(rule: String?, outcome: String?, framework: String?, model: String?) {
            self.rule = rule
            self.outcome = outcome
            self.framework = framework
            self.model = model
        }
    }

    /// What each rule found of each subject: models, then versions, then the registry. A page may be shorter than asked
    /// for; the last one has no cursor.
    package func listResults(
        scan id: String, _ filter: ResultFilter, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readCompliance)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let identity: [String] = [
            "compliance-results", id, filter.rule ?? "", filter.outcome ?? "", filter.framework ?? "",
            filter.model ?? "",
        ]
        let codec = Cursor(key: core.cursorKey, identity: identity.joined(separator: "\u{0}"))
        var start = ResultPages.Place(position: 0, rule: 0)
        if let cursor = request.cursor {
            let values: [SortValue] = try codec.decode(cursor)
            guard values.count == 2, case .integer(let position) = values[0], case .integer(let rule) = values[1] else {
                throw Cursor.refusal
            }
            start = ResultPages.Place(position: position, rule: Int(rule))
        }
        let record: ComplianceScanRecord = try await core.store.read { try ComplianceScans.find(id, $0) }
        var pages = try ResultPages(record, filter, principal, core)
        try await pages.fill(from: start, limit: limit)
        return ListAnswer(
            items: pages.items,
            nextCursor: pages.next.map { codec.encode([.integer($0.position), .integer(Int64($0.rule))]) })
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// Facts about who approved and who validated a version.
enum VersionReviewFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        if needs.wants("version.approvers") {
            let lifecycle: LifecycleDefinition = version.context.lifecycle.definition
            let standing: [Int64] = try version.facts().approvals(lifecycle).map(\.reviewer)
            let before: [Int64] = try version.productionChange()?.approvals.map(\.reviewer) ?? []
            let people: [String] = try Set(standing + before).map { try version.model.pseudonym($0) }
            sheet.set("version.approvers", texts: people.sorted())
        }
        if needs.wants("version.gates") { sheet.set("version.gates", .array(try gates(version))) }
        if needs.wants("version.validations") {
            sheet.set("version.validations", .array(try validations(version)))
        }
    }

    private static func gates(_ version: VersionSubject) throws -> [JSONValue] {
        let (lifecycle, facts) = (version.context.lifecycle.definition, try version.facts())
        return lifecycle.gates.map { rule in
            let result = GateResult(rule, facts, lifecycle)
            let decided: Timestamp? = result.judged.filter {
                $0.voidedBecause == nil && $0.review.decision != "comment"
            }.map(\.review.at).max()
            var row: JSONObject = ["gate": .string(rule.gate), "passed": .bool(result.hasPassed)]
            row.setKnown("decided_at", decided)
            return .object(row)
        }
    }

    /// Reproductions carry no report, reviews name theirs in `evidence.validation_report`: a digest, or a file's path.
    private static func validations(_ version: VersionSubject) throws -> [JSONValue] {
        var rows: [JSONValue] = []
        for attempt in try version.reader.reproductions(version: version.record.id) {
            rows.append([
                "id": .string(attempt.id), "at": .string(attempt.at.description),
                "people": [.string(try version.model.pseudonym(attempt.principalID))],
            ])
        }
        for review in try version.reader.reviews(version: version.record.id) {
            guard let evidence = try review.evidence.map({ try StoredJSON.object($0) }),
                let report = evidence["validation_report"], GuardCatalogue.hasValue(report)
            else { continue }
            var row: JSONObject = [
                "id": .string(review.id), "at": .string(review.at.description),
                "people": [.string(try version.model.pseudonym(review.principalID))],
            ]
            row.setKnown("report_digest", try digest(of: report, version))
            rows.append(.object(row))
        }
        return rows
    }

    private static func digest(of report: JSONValue, _ version: VersionSubject) throws -> String? {
        let named: String? = report.string ?? report["digest"]?.string ?? report["path"]?.string
        guard let named else { return nil }
        if named.hasPrefix("sha256:") { return named }
        return try version.artifacts().first { $0.path == named }?.digest.description
    }
}

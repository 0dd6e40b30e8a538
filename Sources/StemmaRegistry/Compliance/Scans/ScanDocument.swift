internal import StemmaDigest
internal import StemmaJSON

/// Scans as answered.
enum ScanDocument {
    /// As somebody sees it whose token reaches the models in `scope`. `totals` are those of these models, where that is not
    /// all; nil: all that was found.
    static func represent(_ record: ComplianceScanRecord, _ scope: ModelScope, totals: ScanTally?) throws -> [UInt8] {
        let stored: NewComplianceScan = record.stored
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.field("id", stored.id)
        writer.field("cause", stored.cause.rawValue)
        writer.field("status", record.end.status.rawValue)
        writer.field("started_at", stored.started.description)
        writer.field("finished_at", record.finished?.description)
        writer.field("by", record.by)
        writer.field("frameworks", stored.frameworks)
        writer.field("models", stored.models.filter { $0 == "*" || scope.covers($0) })
        writer.field("as_of_audit_size", stored.auditSize)
        writer.field("rules", raw: stored.rules)
        writer.field("packs", raw: stored.packs)
        writer.field("subjects", totals?.subjects ?? record.end.subjects)
        if let totals {
            writer.field("counts", totals.counts(try ruleIDs(record)))
            writer.field("violations", totals.changed)
        } else {
            writer.field("counts", raw: record.end.counts)
            writer.field("violations", raw: record.end.changes)
        }
        writer.field("error", record.end.error)
        writer.field("results_kept", record.hasResults)
        writer.endObject()
        return writer.finish()
    }

    /// What a scan says of a rule.
    static func rule(_ rule: ComplianceRule) -> JSONValue {
        [
            "id": .string(rule.id), "version": .integer(rule.version), "severity": .string(rule.severity.rawValue),
            "scope": .string(rule.scope.rawValue), "pack": .string(rule.pack),
        ]
    }

    static func packs(_ frameworks: [String], _ book: ComplianceBook) -> [JSONValue] {
        frameworks.compactMap { framework in
            guard let pack = book.library.pack(framework), let digest = book.digest(framework) else { return nil }
            return [
                "framework": .string(framework), "version": .integer(pack.version),
                "digest": .string(digest.description),
            ]
        }
    }

    /// The rules of a scan, in the order of its letters.
    static func ruleIDs(_ record: ComplianceScanRecord) throws -> [String] {
        try StoredJSON.array(record.stored.rules).compactMap { $0["id"]?.string }
    }

    /// What models in scope come to.
    static func totals(
        _ record: ComplianceScanRecord, _ scope: ModelScope, _ reader: any MetadataReader
    ) throws -> ScanTally {
        var tally = ScanTally(rules: try ruleIDs(record).count)
        for row in try reader.complianceTotals(scan: record.row, scope: scope) {
            tally.add(
                row.outcomes.compactMap { ComplianceLetter(rawValue: $0) },
                row.effects.compactMap { ViolationChange(rawValue: $0) }, times: row.count)
        }
        return tally
    }
}

extension ResourcePath {
    static func complianceScan(_ id: String) -> String { "/v1/compliance/scans/" + segment(id) }

    static func violation(_ id: String) -> String { "/v1/compliance/violations/" + segment(id) }
}

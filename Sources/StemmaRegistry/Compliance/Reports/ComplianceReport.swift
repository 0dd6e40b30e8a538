package import StemmaDigest
package import StemmaJSON

/// How a framework's rules are kept: what the last scan found, what is open, and what was closed in a period.
package struct ComplianceReport: Sendable {
    package let framework: String
    package let title: String
    package let description: String
    package let packVersion: Int64
    package let packDigest: Digest
    /// Inclusive.
    package let from: Timestamp
    /// Exclusive.
    package let to: Timestamp
    package let generated: Timestamp
    package let generatedBy: String
    /// The latest scan of all models, and of this framework, that had finished at the end of the period.
    package let scan: Scan?
    /// The newest signed head of the audit log; nil for tokens of some models.
    package let head: StoredCheckpoint?
    package let rules: [RuleLine]
    /// As they stand when the report is made.
    package let open: ViolationList
    package let waived: ViolationList
    /// Closed in the period.
    package let closed: ViolationList

    package struct Scan: Sendable {
        package let id: String
        package let started: Timestamp
        package let finished: Timestamp?
        /// Events of the audit log when it began.
        package let auditSize: Int64
        /// The pack as it was then.
        package let packVersion: Int64?
        package let packDigest: String?
    }

    package struct RuleLine: Sendable {
        package let id: String
        /// As it was scanned; as it is now where it was not.
        package let version: Int64
        package let title: String
        package let severity: String
        package let citations: [String]
        /// By outcome; empty where no scan asked it.
        package let counts: [ComplianceLetter: Int64]
    }

    package struct ViolationLine: Sendable {
        package let id: String
        package let rule: String
        package let severity: String
        package let subject: String
        package let owner: String?
        package let ownerRole: String
        package let due: Timestamp
        package let isOverdue: Bool
        package let opened: Timestamp
        package let closed: Timestamp?
        package let waiverApprover: String?
        package let waiverReason: String?
        package let waiverExpires: Timestamp?

        /// From the last opening; nil while it is open.
        package var hoursToClose: Int64? { closed.map { ($0.milliseconds - opened.milliseconds) / 3_600_000 } }
    }

    package struct ViolationList: Sendable {
        package let lines: [ViolationLine]
        /// Whether there are more than a report shows.
        package let isTruncated: Bool
    }

    /// JSON text; see `shape`.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 16_384)
        writer.beginObject()
        writer.field("framework", framework)
        writer.field("title", title)
        writer.field("description", description)
        let pack: JSONValue = ["version": .integer(packVersion), "digest": .string(packDigest.description)]
        writer.field("pack", pack)
        writer.field("from", from.description)
        writer.field("to", to.description)
        writer.field("generated_at", generated.description)
        writer.field("generated_by", generatedBy)
        let scanned: JSONValue = scan.map { $0.json } ?? .null
        writer.field("scan", scanned)
        let signed: JSONValue = head.map { ComplianceReport.json($0) } ?? .null
        writer.field("audit_log", signed)
        writer.key("rules")
        writer.beginArray()
        for rule in rules { writer.value(rule.json) }
        writer.endArray()
        for (name, list) in [("open", open), ("waived", waived), ("closed", closed)] {
            writer.key(name)
            writer.beginArray()
            for line in list.lines { writer.value(line.json) }
            writer.endArray()
            writer.field(name + "_truncated", list.isTruncated)
        }
        writer.endObject()
        return writer.finish()
    }

    private static func json(_ head: StoredCheckpoint) -> JSONValue {
        ["size": .integer(head.size), "root": .string(head.root.description), "note": .string(head.note)]
    }

    package static let shape: Shape = .named(
        "ComplianceReport",
        .object([
            Shape.Field("framework", .text(maxBytes: 64), required: true),
            Shape.Field("title", .text(maxBytes: 1_000), required: true),
            Shape.Field("description", .text(maxBytes: 10_000), required: true),
            Shape.Field("pack", .any, required: true, "Version and digest of the rules of today"),
            Shape.Field("from", CommonShapes.time, required: true),
            Shape.Field("to", CommonShapes.time, required: true),
            Shape.Field("generated_at", CommonShapes.time, required: true),
            Shape.Field("generated_by", .text(maxBytes: 500), required: true),
            Shape.Field("scan", .any, required: true, "The latest that had finished at the end; null where none had"),
            Shape.Field(
                "audit_log", .any, required: true,
                "The newest signed head: size, root and note; null for tokens of some models"),
            Shape.Field("rules", .array(of: RuleLine.shape, count: 0...10_000), required: true),
            Shape.Field("open", .array(of: ViolationLine.shape, count: 0...100_000), required: true),
            Shape.Field("open_truncated", .boolean, required: true),
            Shape.Field("waived", .array(of: ViolationLine.shape, count: 0...100_000), required: true),
            Shape.Field("waived_truncated", .boolean, required: true),
            Shape.Field("closed", .array(of: ViolationLine.shape, count: 0...100_000), required: true),
            Shape.Field("closed_truncated", .boolean, required: true),
        ]))
}

extension ComplianceReport.Scan {
    var json: JSONValue {
        [
            "id": .string(id), "started_at": .string(started.description),
            "finished_at": finished.map { .string($0.description) } ?? .null, "as_of_audit_size": .integer(auditSize),
            "pack": [
                "version": packVersion.map { .integer($0) } ?? .null, "digest": packDigest.map { .string($0) } ?? .null,
            ],
        ]
    }
}

extension ComplianceReport.RuleLine {
    var json: JSONValue {
        var counts = JSONObject()
        for letter in ComplianceLetter.allCases {
            if let name = letter.name { counts.set(name, .integer(self.counts[letter] ?? 0)) }
        }
        return [
            "id": .string(id), "version": .integer(version), "title": .string(title), "severity": .string(severity),
            "citations": .array(citations.map { .string($0) }), "counts": .object(counts),
        ]
    }

    static let shape: Shape = .object([
        Shape.Field("id", .text(maxBytes: 20), required: true), Shape.Field("version", .count, required: true),
        Shape.Field("title", .text(maxBytes: 1_000), required: true),
        Shape.Field("severity", .text(maxBytes: 20), required: true),
        Shape.Field("citations", .array(of: .text(maxBytes: 1_000), count: 0...100), required: true),
        Shape.Field(
            "counts", .object(ComplianceLetter.names.map { Shape.Field($0, .count, required: true) }), required: true),
    ])
}

extension ComplianceReport.ViolationLine {
    var json: JSONValue {
        [
            "id": .string(id), "rule": .string(rule), "severity": .string(severity), "subject": .string(subject),
            "owner": owner.map { .string($0) } ?? .null, "owner_role": .string(ownerRole),
            "due_at": .string(due.description), "overdue": .bool(isOverdue), "opened_at": .string(opened.description),
            "closed_at": closed.map { .string($0.description) } ?? .null,
            "hours_to_close": hoursToClose.map { .integer($0) } ?? .null,
            "waiver_approver": waiverApprover.map { .string($0) } ?? .null,
            "waiver_reason": waiverReason.map { .string($0) } ?? .null,
            "waiver_expires_at": waiverExpires.map { .string($0.description) } ?? .null,
        ]
    }

    static let shape: Shape = .object(
        [
            ("id", 64), ("rule", 20), ("severity", 20), ("subject", 1_000), ("owner_role", 40), ("due_at", 40),
            ("opened_at", 40),
        ].map { Shape.Field($0.0, .text(maxBytes: $0.1), required: true) }
            + [
                ("owner", 500), ("closed_at", 40), ("waiver_approver", 500), ("waiver_reason", 10_000),
                ("waiver_expires_at", 40),
            ].map { Shape.Field($0.0, .nullable(.text(maxBytes: $0.1)), required: true) } + [
                Shape.Field("overdue", .boolean, required: true),
                Shape.Field("hours_to_close", .nullable(.integer(0...9_007_199_254_740_991)), required: true),
            ])
}

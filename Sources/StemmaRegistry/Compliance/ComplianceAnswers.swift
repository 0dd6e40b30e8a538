package import StemmaJSON

/// What clients send to scan and to change violations, and what they get back.
package enum ComplianceAnswers {
    private static let limits = Limits()
    private static let identifier: Shape = .text(maxBytes: 64)
    private static let subject: Shape = .text(maxBytes: 500)
    private static let frameworks: Shape = .array(of: .text(maxBytes: 64), count: 0...100)
    private static let severity: Shape = .choice(ComplianceSeverity.allCases.map(\.rawValue))
    private static let scope: Shape = .choice(ComplianceScope.allCases.map(\.rawValue))

    package static let scanRequest: Shape = .named(
        "ComplianceScanRequest",
        .object([
            Shape.Field(
                "frameworks", .array(of: .text(maxBytes: 64, minBytes: 1), count: 1...limits.complianceScanPatterns),
                "Those that are switched on where absent"),
            Shape.Field(
                "models", .array(of: CommonShapes.requiredLine, count: 1...limits.complianceScanPatterns),
                "Names with `*` and `?`; all where absent. Rules about the registry are asked of scans of all only"),
        ]))

    private static let outcomes: Shape = .map(
        of: .object(
            ComplianceLetter.names.map { Shape.Field($0, .count, required: true) }), maxCount: 10_000, keyBytes: 20)

    package static let scan: Shape = .named(
        "ComplianceScan",
        .object([
            Shape.Field("id", identifier, required: true),
            Shape.Field("cause", .choice(ComplianceScanCause.allCases.map(\.rawValue)), required: true),
            Shape.Field("status", .choice(ComplianceScanStatus.allCases.map(\.rawValue)), required: true),
            Shape.Field("started_at", CommonShapes.time, required: true, "The moment as of which it is judged"),
            Shape.Field("finished_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("by", subject, required: true), Shape.Field("frameworks", frameworks, required: true),
            Shape.Field("models", .array(of: .text(maxBytes: 800), count: 0...1_000), required: true),
            Shape.Field("as_of_audit_size", .count, required: true, "Events of the audit log when it began"),
            Shape.Field(
                "rules",
                .array(
                    of: .object([
                        Shape.Field("id", .text(maxBytes: 20), required: true),
                        Shape.Field("version", .count, required: true),
                        Shape.Field("severity", severity, required: true), Shape.Field("scope", scope, required: true),
                        Shape.Field("pack", .text(maxBytes: 64), required: true),
                    ]), count: 0...10_000), required: true),
            Shape.Field(
                "packs",
                .array(
                    of: .object([
                        Shape.Field("framework", .text(maxBytes: 64), required: true),
                        Shape.Field("version", .count, required: true),
                        Shape.Field("digest", CommonShapes.digest, required: true, "Of the pack's canonical JSON"),
                    ]), count: 0...1_000), required: true),
            Shape.Field("subjects", .count, required: true, "Subjects that were looked at"),
            Shape.Field("counts", outcomes, required: true, "Outcomes by rule"),
            Shape.Field(
                "violations",
                .object(
                    ViolationChange.allCases.map { change in
                        Shape.Field(change.name, .count)
                    }), required: true, "What became of violations"),
            Shape.Field("error", .nullable(.text(maxBytes: 10_000)), required: true),
            Shape.Field("results_kept", .boolean, required: true, "Whether results by subject are there"),
        ]))

    private static let subjectShape: Shape = .object([
        Shape.Field("type", scope, required: true),
        Shape.Field("id", .text(maxBytes: 1_000), required: true, "A `model_id`, a model's name, or `registry`"),
        Shape.Field("model", .nullable(.text(maxBytes: 800)), required: true),
        Shape.Field("version", .nullable(.text(maxBytes: 128)), required: true),
    ])

    package static let result: Shape = .named(
        "ComplianceResult",
        .object([
            Shape.Field("rule", .text(maxBytes: 20), required: true),
            Shape.Field("rule_version", .count, required: true),
            Shape.Field("outcome", .choice(ComplianceLetter.names), required: true),
            Shape.Field("subject", subjectShape, required: true),
            Shape.Field("violation", .nullable(identifier), required: true, "Where it failed"),
        ]))

    package static let rule: Shape = .named(
        "ComplianceRuleAnswer",
        .object([
            Shape.Field("id", .text(maxBytes: 20), required: true), Shape.Field("version", .count, required: true),
            Shape.Field("title", .text(maxBytes: 1_000), required: true, "What holds where the rule is kept"),
            Shape.Field("severity", severity, required: true), Shape.Field("scope", scope, required: true),
            Shape.Field("pack", .text(maxBytes: 64), required: true, "Where it is written"),
            Shape.Field("frameworks", frameworks, required: true, "Which of those that are switched on have it"),
            Shape.Field("citations", .array(of: .text(maxBytes: 1_000), count: 0...100), required: true),
            Shape.Field("params", .any, required: true),
            Shape.Field(
                "remediation",
                .object([
                    Shape.Field("action", .text(maxBytes: 1_000), required: true),
                    Shape.Field(
                        "owner", .choice(ComplianceRule.Remediation.Owner.allCases.map(\.rawValue)), required: true),
                    Shape.Field("due_days", .count, required: true),
                ]), required: true),
            Shape.Field("applies", .any, required: true, "The condition that picks its subjects"),
            Shape.Field("passes", .any, required: true, "The condition that keeps it"),
            Shape.Field("facts", .array(of: .text(maxBytes: 200), count: 0...1_000), required: true),
        ]))

    private static let waiver: Shape = .object([
        Shape.Field("approver", subject, required: true),
        Shape.Field("reason", .text(maxBytes: 10_000), required: true),
        Shape.Field("at", CommonShapes.time, required: true),
        Shape.Field("expires_at", CommonShapes.time, required: true),
    ])

    package static let violation: Shape = .named(
        "ComplianceViolation",
        .object([
            Shape.Field("id", identifier, required: true), Shape.Field("rule", .text(maxBytes: 20), required: true),
            Shape.Field("rule_version", .count, required: true), Shape.Field("frameworks", frameworks, required: true),
            Shape.Field("severity", severity, required: true), Shape.Field("subject", subjectShape, required: true),
            Shape.Field("evidence", .any, required: true, "Which conditions failed, and on what"),
            Shape.Field("status", .choice(ViolationStatus.allCases.map(\.rawValue)), required: true),
            Shape.Field("owner", .nullable(subject), required: true, "Who has to do something"),
            Shape.Field(
                "owner_role", .choice(ComplianceRule.Remediation.Owner.allCases.map(\.rawValue)), required: true,
                "The part in which they have to"), Shape.Field("due_at", CommonShapes.time, required: true),
            Shape.Field("overdue", .boolean, required: true),
            Shape.Field("note", .nullable(.text(maxBytes: limits.noteBytes)), required: true),
            Shape.Field("opened_at", CommonShapes.time, required: true, "When it was opened last"),
            Shape.Field("last_seen_at", CommonShapes.time, required: true),
            Shape.Field("failures", .count, required: true, "How often a scan found it"),
            Shape.Field("closed_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("waiver", .nullable(waiver), required: true),
            Shape.Field(
                "history",
                .array(
                    of: .object([
                        Shape.Field("number", .count, required: true),
                        Shape.Field("step", .choice(ViolationStepKind.allCases.map(\.rawValue)), required: true),
                        Shape.Field("at", CommonShapes.time, required: true),
                        Shape.Field("by", subject, required: true),
                        Shape.Field("scan", .nullable(identifier), required: true),
                        Shape.Field("detail", .any, required: true),
                    ]), count: 0...limits.violationStepsShown), required: true, "Oldest first, the latest of them"),
            Shape.Field("steps", .count, required: true, "How many there are in all"),
            Shape.Field("updated_at", CommonShapes.time, required: true),
            Shape.Field("etag", .text(maxBytes: 64), required: true),
        ]))

    package static let violationPatch: Shape = .named(
        "ComplianceViolationPatch",
        .object([
            Shape.Field("owner", .nullable(CommonShapes.requiredLine), "The subject who has to do something"),
            Shape.Field("due_at", CommonShapes.time), Shape.Field("note", .nullable(.text(maxBytes: limits.noteBytes))),
            Shape.Field(
                "waiver",
                .nullable(
                    .object([
                        Shape.Field(
                            "reason", .text(maxBytes: limits.rationaleBytes, minBytes: 1, check: blankProblem),
                            required: true),
                        Shape.Field("expires_at", CommonShapes.time, required: true),
                    ])), "Leave to fail the rule for a time; null takes it back"),
        ]))

    private static func blankProblem(_ text: String) -> String? { text.isBlank ? "must say something" : nil }
}

extension FilterSchema {
    /// Violations. `framework` may have several values.
    package static let violations = FilterSchema(
        fields: [
            "id": .string, "status": .string, "rule": .string, "framework": .string, "severity": .string,
            "subject_type": .string, "subject": .string, "model": .string, "version": .string, "owner": .string,
            "owner_role": .string, "due_at": .time, "overdue": .boolean, "opened_at": .time, "last_seen_at": .time,
            "closed_at": .time, "failures": .number,
        ])

    /// Rules of compliance.
    package static let complianceRules = FilterSchema(
        fields: [
            "id": .string, "version": .number, "title": .string, "severity": .string, "scope": .string,
            "pack": .string,
        ])
}

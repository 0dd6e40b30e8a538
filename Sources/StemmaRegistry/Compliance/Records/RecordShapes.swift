internal import StemmaDigest
package import StemmaJSON

/// What people record for rules: kinds, and what each needs.
package enum RecordKind: String, Sendable, CaseIterable {
    /// The owner says that the record of a model is right.
    case attestModel = "attest_model"
    /// Somebody looked through the audit log.
    case reviewAuditLog = "review_audit_log"
    /// Something serious happened.
    case recordIncident = "record_incident"
    /// The authority was told.
    case reportIncident = "report_incident"
    /// A change that is in the log went around a gate.
    case declareEmergencyChange = "declare_emergency_change"
    /// Somebody else looked at such a change.
    case reviewEmergencyChange = "review_emergency_change"
    /// Somebody asked to be erased from a dataset.
    case recordErasureRequest = "record_erasure_request"

    /// Members besides `kind` and `note` that it takes, and whether it needs them.
    var members: [String: Bool] {
        switch self {
        case .attestModel: ["model": true]
        case .reviewAuditLog: [:]
        case .recordIncident:
            ["model": true, "version": false, "incident": false, "incident_kind": true, "occurred_at": false]
        case .reportIncident: ["model": true, "incident": true, "occurred_at": false]
        case .declareEmergencyChange, .reviewEmergencyChange: ["change": true]
        case .recordErasureRequest: ["entity": true, "occurred_at": false]
        }
    }
}

/// Records as sent and answered.
package enum RecordShapes {
    private static let limits = Limits()
    /// The kinds that Article 73 of the AI Act tells apart.
    static let incidentKinds: [String] = ["serious", "widespread_infringement", "critical_infrastructure", "death"]

    package static let request: Shape = .named(
        "ComplianceRecordRequest",
        .object([
            Shape.Field("kind", .choice(RecordKind.allCases.map(\.rawValue)), required: true),
            Shape.Field("model", .text(maxBytes: 800, minBytes: 1), "For attestations and incidents"),
            Shape.Field("version", .text(maxBytes: 128, minBytes: 1), "Of an incident, where it is about one"),
            Shape.Field(
                "incident",
                .text(maxBytes: 64, minBytes: 1) { text in
                    text.wholeMatch(of: /[A-Za-z0-9._-]+/) == nil
                        ? "must be letters, digits, dots, hyphens and underscores" : nil
                }, "Its id; made where absent"),
            Shape.Field("incident_kind", .choice(incidentKinds), "Of a new incident"),
            Shape.Field("change", .text(maxBytes: 64, minBytes: 1), "The `audit_id` of the change"),
            Shape.Field("entity", .text(maxBytes: 1_100, minBytes: 1), "`dataset:id` in the lineage graph"),
            Shape.Field(
                "occurred_at", CommonShapes.time,
                "When somebody became aware of it, reported it, or asked; now where absent"),
            Shape.Field("note", .nullable(.text(maxBytes: limits.noteBytes)), "Kept in the audit log"),
        ]))

    package static let document: Shape = .named(
        "ComplianceRecord",
        .object([
            Shape.Field("kind", .choice(RecordKind.allCases.map(\.rawValue)), required: true),
            Shape.Field("audit_id", .text(maxBytes: 64), required: true, "The event of the audit log"),
            Shape.Field("at", CommonShapes.time, required: true),
            Shape.Field("by", .text(maxBytes: 500), required: true),
            Shape.Field("model", .nullable(.text(maxBytes: 800)), required: true),
            Shape.Field("version", .nullable(.text(maxBytes: 128)), required: true),
            Shape.Field("incident", .nullable(.text(maxBytes: 64)), required: true),
            Shape.Field("change", .nullable(.text(maxBytes: 64)), required: true),
            Shape.Field("entity", .nullable(.text(maxBytes: 1_100)), required: true),
            Shape.Field("occurred_at", .nullable(CommonShapes.time), required: true),
        ]))

    /// Members that the kind needs and does not have, or has and does not take.
    static func faults(_ body: JSONValue, _ kind: RecordKind) -> [ShapeFault] {
        var faults: [ShapeFault] = []
        for (name, isNeeded) in kind.members.sorted(by: { $0.key < $1.key }) where isNeeded && body[name] == nil {
            faults.append(ShapeFault(pointer: "/" + name, detail: "is required for \(kind.rawValue)"))
        }
        for member in body.object?.members ?? []
        where !["kind", "note"].contains(member.name) && kind.members[member.name] == nil {
            faults.append(ShapeFault(pointer: "/" + member.name, detail: "says nothing in \(kind.rawValue)"))
        }
        return faults
    }
}

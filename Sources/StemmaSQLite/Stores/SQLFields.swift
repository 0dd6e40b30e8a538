internal import StemmaRegistry

/// The fields of `FilterSchema.models` over `model m`.
enum ModelField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? {
        switch field.family {
        case "tags": return try JSONField.member(of: "m.tags", Array(field.path.segments.dropFirst()))
        case "metadata": return try JSONField.member(of: "m.metadata", Array(field.path.segments.dropFirst()))
        case nil: return fixed[field.path.description]
        default: return nil
        }
    }

    private static let fixed: [String: SQLField] = [
        "name": .column("m.name", .text),
        "description": .optional("m.description", .text),
        "domain": .optional("m.domain", .text),
        "use_case": .optional("m.use_case", .text),
        "owner": .optional("m.owner", .text),
        "created_at": .column("m.created_ms", .time),
        "updated_at": .column("m.updated_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = m.created_by)", .text),
        "version_count": .column("m.version_count", .number),
    ]
}

/// The fields of `FilterSchema.versions` over `version v` and its `model m`.
enum VersionField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? {
        let name: String = field.path.description
        switch field.family {
        case "tags", "metrics", "metadata": return attribute(name)
        case nil: return fixed[name] ?? (described.contains(name) ? attribute(name) : nil)
        default: return nil
        }
    }

    /// A scalar of the metadata, stored under the same dotted name.
    private static func attribute(_ name: String) -> SQLField {
        let from = SQLFragment("version_attribute WHERE version_id = v.id AND field = ?", [.text(name)])
        return .lookup("value", from: from, .scalar)
    }

    private static let described: Set<String> = [
        "model_type", "framework", "framework_version", "domain", "use_case", "change_type",
    ]

    private static let fixed: [String: SQLField] = [
        "model": .column("m.name", .text),
        "model_id": .column("(m.name || '_v' || v.version)", .text),
        "version": .column("v.precedence", .version(text: "v.version")),
        "number": .column("v.number", .number),
        "status": .column("v.status", .text),
        "state": .column("v.state", .text),
        "description": .optional("v.description", .text),
        "created_at": .column("v.created_ms", .time),
        "updated_at": .column("v.updated_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = v.created_by)", .text),
        "size_bytes": .column("v.size_bytes", .number),
        "alias": SQLField(
            source: .members("a.alias", from: SQLFragment("alias a WHERE a.version_id = v.id")), content: .text,
            isNullable: true),
    ]
}

/// The fields of `FilterSchema.audit` over `audit_event e`.
enum AuditField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? { fixed[field.path.description] }

    private static let fixed: [String: SQLField] = [
        "sequence": .column("e.seq", .number),
        // Times never fall with the sequence.
        "timestamp": .column("e.ts_ms", .time, rank: "e.seq"),
        "action": .column("e.action", .text),
        "outcome": .column("e.outcome", .text),
        "user": .optional("(SELECT subject FROM principal WHERE id = e.principal_id)", .text),
        "resource": .column("e.object_type", .text),
        "object": .column("e.object_id", .text),
        "model": .optional("e.model", .text),
        "version": .optional("e.version", .text),
        "model_id": .optional("(e.model || '_v' || e.version)", .text),
    ]
}

internal import StemmaJSON

/// Rules as answered.
enum RuleDocument {
    static func represent(_ rule: ComplianceRule, _ book: ComplianceBook) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", rule.id)
        writer.field("version", rule.version)
        writer.field("title", rule.title)
        writer.field("severity", rule.severity.rawValue)
        writer.field("scope", rule.scope.rawValue)
        writer.field("pack", rule.pack)
        writer.field("frameworks", book.frameworks(of: rule.id))
        writer.field("citations", rule.citations)
        writer.field("params", rule.params)
        writer.key("remediation")
        writer.beginObject()
        writer.field("action", rule.remediation.action)
        writer.field("owner", rule.remediation.owner.rawValue)
        writer.field("due_days", rule.remediation.dueDays)
        writer.endObject()
        writer.field("applies", rule.json["applies"] ?? .null)
        writer.field("passes", rule.json["passes"] ?? .null)
        writer.field("facts", rule.facts.sorted())
        writer.endObject()
        return writer.finish()
    }

    static func values(_ rule: ComplianceRule, _ book: ComplianceBook) -> [String: FilterValue?] {
        [
            "id": .string(rule.id), "version": .integer(rule.version), "title": .string(rule.title),
            "severity": .string(rule.severity.rawValue), "scope": .string(rule.scope.rawValue),
            "pack": .string(rule.pack),
        ]
    }
}

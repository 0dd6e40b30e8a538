internal import StemmaJSON

/// Facts about how a model stands: states, owners, tier.
enum ModelStandingFacts {
    /// The tag that names the second person who answers for a model.
    static let backupTag: String = "backup_owner"
    /// Versions in use whose tiers are looked at.
    private static let limit: Int = 1_000

    static func gather(_ needs: ComplianceNeeds, _ model: ModelSubject, into sheet: inout ComplianceSheet) throws {
        let (record, reader) = (model.record, model.reader)
        if needs.wants("model.states") {
            sheet.set("model.states", texts: try reader.versionStates(model: record.id).map(\.rawValue).sorted())
        }
        if needs.wants("model.use_case") {
            sheet.set("model.use_case", record.useCase.flatMap { ComplianceText.text(.string($0)) })
        }
        if needs.wants("model.owners") { sheet.set("model.owners", .array(try owners(model))) }
        if needs.wants("model.risk_tier") {
            let texts: [[UInt8]] = try reader.riskTexts(
                model: record.id, states: [.validation, .staging, .shadow, .production], limit: limit)
            sheet.set(
                "model.risk_tier", try texts.compactMap { RiskTier.number(of: try StoredJSON.object($0)) }.min())
        }
        if needs.wants("model.attested_at") {
            sheet.set("model.attested_at", model.context.records.attested[record.name])
        }
    }

    /// An owner whom the registry does not know as a subject is named by their part.
    private static func owners(_ model: ModelSubject) throws -> [JSONValue] {
        let named: [(role: String, subject: String?)] = [
            ("owner", model.record.owner), ("backup", model.tags[backupTag]?.string),
        ]
        return try named.compactMap { role, subject in
            guard let subject, !subject.isBlank else { return nil }
            let known = try model.pseudonym(subject: subject)
            return [
                "person": .string(known?.pseudonym ?? "unknown:\(role)"), "role": .string(role),
                "is_active": .bool(known.map { model.context.people.isActive($0.id) } ?? false),
            ]
        }
    }
}

/// Tiers of risk: 1, the gravest, to 4.
enum RiskTier {
    static let names: [String] = ["critical", "high", "medium", "low"]

    /// Of `risk.tier`: one of the names, or 1 to 4.
    static func number(_ value: JSONValue?) -> Int64? {
        if let name = value?.string?.lowercased(), let index = names.firstIndex(of: name) { return Int64(index + 1) }
        let number: Int64? = value?.integer ?? value?.string.flatMap { Int64($0) }
        return number.flatMap { (1...4).contains($0) ? $0 : nil }
    }

    static func number(of risk: JSONObject) -> Int64? { number(risk["tier"]) }

    /// What exposure and purpose, 1 to 4 each, come to: their mean, rounded to the graver side.
    static func computed(of risk: JSONObject) -> Int64? {
        guard let exposure = risk["exposure"]?.integer, let purpose = risk["purpose"]?.integer,
            (1...4).contains(exposure), (1...4).contains(purpose)
        else { return nil }
        return (exposure + purpose) / 2
    }
}

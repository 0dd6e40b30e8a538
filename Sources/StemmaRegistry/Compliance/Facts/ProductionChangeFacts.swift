internal import StemmaDigest
internal import StemmaJSON

/// How a version last entered production, with what the guards knew then.
struct ProductionChange {
    let transition: TransitionRecord
    /// What guards read; nil for a move that went with another one.
    let facts: VersionFacts?
    /// The lifecycle that was in force; nil where it cannot be read any more.
    let lifecycle: LifecycleDefinition?
    /// The approvals that the gates had counted.
    let approvals: [VersionFacts.ReviewFact]

    /// Nil where the version never entered production.
    init?(_ version: VersionSubject) throws {
        let reader: any MetadataReader = version.reader
        guard let last = try reader.lastTransition(version: version.record.id, to: .production) else { return nil }
        transition = last
        let facts: VersionFacts? = try reader.transitionFacts(last.id).flatMap { text in
            VersionFacts(json: .object(try StoredJSON.object(text)))
        }
        let present: LifecycleRevision = version.context.lifecycle
        let lifecycle: LifecycleDefinition?
        if present.revision == last.stored.lifecycleRevision {
            lifecycle = present.definition
        } else {
            lifecycle = try reader.lifecycleDefinition(last.stored.lifecycleRevision).map {
                try LifecycleDefinition(.object(try StoredJSON.object($0.json)))
            }
        }
        self.facts = facts
        self.lifecycle = lifecycle
        approvals = lifecycle.flatMap { facts?.approvals($0) } ?? []
    }
}

/// Facts about the change that brought a version into production.
enum ProductionChangeFacts {
    private static let prefix: String = "version.production_change."

    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        guard needs.wants("version.production_change"), let change = try version.productionChange() else { return }
        let stored: NewTransition = change.transition.stored
        sheet.set(prefix + "at", stored.at)
        sheet.set(prefix + "kind", stored.kind.rawValue)
        sheet.set(prefix + "by", try version.model.pseudonym(stored.principalID))
        sheet.set(prefix + "has_rationale", stored.rationale.map { !$0.isBlank } ?? false)
        if let evidence = stored.evidence, case let object = try StoredJSON.object(evidence), !object.isEmpty {
            sheet.set(
                prefix + "evidence_digest", SHA256Hasher.digest(CanonicalJSON.encode(object)).description)
        }
        sheet.set(prefix + "has_rollback_plan", hasRollbackPlan(change))
        let rows: [JSONValue] = try change.approvals.map { review in
            var row: JSONObject = [
                "id": .string(review.id), "person": .string(try version.model.pseudonym(review.reviewer)),
                "role": .string(review.role), "at": .string(review.at.description),
                "manifest_digest": .string(review.manifestDigest.description),
            ]
            let days: Int64? = change.lifecycle?.gate(review.gate)?.expiresAfterDays
            row.setKnown(
                "expires_at", days.map { review.at.adding(milliseconds: $0 * Timestamp.dayMilliseconds) })
            return .object(row)
        }
        sheet.set(prefix + "approvals", .array(rows))
    }

    /// What the guard finds in the facts that were kept, whether the transition had it or not.
    private static func hasRollbackPlan(_ change: ProductionChange) -> Bool {
        guard let facts = change.facts, let lifecycle = change.lifecycle,
            let kind = GuardCatalogue.guards["rollback_plan"]
        else { return change.transition.stored.rollbackPlan.map { !$0.isBlank } ?? false }
        return kind.evaluate(kind.defaults, facts, lifecycle).hasPassed
    }
}

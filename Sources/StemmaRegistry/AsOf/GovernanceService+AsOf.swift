internal import StemmaJSON

/// Reviews, gates and quarantines as of a moment.
extension GovernanceService {
    /// How every gate of the lifecycle that was in force stood for a version: its path and a body of `gatesShape` with
    /// `as_of`. Guards are evaluated on what they would have read then.
    package func readGates(
        model name: String, ref: String, asOf time: Timestamp, _ principal: Principal
    ) async throws -> (location: String, body: [UInt8]) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let version: Past<VersionRecord> = try view.past(view.resolve(model: name, ref: ref, principal))
            let lifecycle: LifecycleRevision = try view.requireLifecycle()
            let facts: Past<VersionFacts> = try view.facts(
                of: version, for: lifecycle.definition.gates.flatMap(\.items).compactMap(\.guardRule), core)
            return (
                ResourcePath.version(version.record.model, version.record.version) + "/gates",
                PastDocument.seal(
                    GovernanceService.represent(version.record, lifecycle, facts.record), time, gaps: facts.gaps)
            )
        }
    }

    /// The reviews that a version had, newest first, each with whether it counted then.
    package func listReviews(
        model name: String, ref: String, _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let row: VersionRecord = try view.resolve(model: name, ref: ref, principal)
            let version: VersionRecord = try view.past(row).record
            let reviews: [ReviewRecord] = try reader.reviews(version: row.id).filter { $0.at <= time }
            let reasons: [String: String] = try view.voidReasons(of: reviews, of: version)
            let page = try NewestFirst(core: core, list: "reviews/\(row.id)/\(time)").page(reviews, request, id: \.id)
            return (
                version,
                ListAnswer(
                    items: page.rows.map { review in
                        PastDocument.seal(
                            ReviewDocument.represent(review, of: version, voidedBecause: reasons[review.id]), time)
                    }, nextCursor: page.next)
            )
        }
    }

    /// The quarantines that a version had been under, newest first; those lifted since are open.
    package func listQuarantines(
        model name: String, ref: String, _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let version: VersionRecord = try view.resolve(model: name, ref: ref, principal)
            let quarantines: [QuarantineRecord] = try view.quarantines(of: version.id)
            let page = try NewestFirst(core: core, list: "quarantines/\(version.id)/\(time)").page(
                quarantines, request, id: \.id)
            return (
                version,
                ListAnswer(
                    items: page.rows.map { PastDocument.seal(QuarantineDocument.represent($0, of: version), time) },
                    nextCursor: page.next)
            )
        }
    }
}

extension PastView {
    /// Quarantines as they were, oldest first.
    func quarantines(of version: Int64) throws -> [QuarantineRecord] {
        try reader.quarantines(version: version).filter { $0.opened <= moment.time }.map { record in
            guard let lifted = record.lifted, lifted > moment.time else { return record }
            return QuarantineRecord(
                id: record.id, reason: record.reason, opened: record.opened, openedBy: record.openedBy, lifted: nil,
                liftedBy: nil, liftReason: nil)
        }
    }

    /// Why reviews did not count, by their id; those that did are absent. `version` is the version as it was.
    func voidReasons(of reviews: [ReviewRecord], of version: VersionRecord) throws -> [String: String] {
        guard let definition = try lifecycle()?.definition else { return [:] }
        let facts: [VersionFacts.ReviewFact] = try reviews.map { try FactsReader.fact($0) }
        return JudgedReview.reasons(
            VersionFacts(
                now: moment.time, versionID: version.id, model: version.model, version: version.version,
                state: version.state, stateSince: version.standing.since, created: version.created,
                isReady: version.status == .ready, manifestDigest: version.manifestDigest,
                evidenceRevision: version.standing.evidenceRevision, authors: try authors(of: version),
                description: version.description, document: JSONObject(), metrics: JSONObject(), artifacts: [],
                production: nil, peers: [], reviews: facts, quarantines: [], consumers: [], experiments: [],
                reproductions: [], request: VersionFacts.RequestFacts()), definition)
    }

    /// The lifecycle that was in force. Throws `lifecycleRevisionNotFound` before there was any.
    func requireLifecycle() throws -> LifecycleRevision {
        guard let lifecycle = try lifecycle() else { throw LifecycleService.noneInForce(at: moment.time) }
        return lifecycle
    }

    /// The same; nil before there was any.
    func lifecycle() throws -> LifecycleRevision? {
        try reader.lifecycleDefinition(at: moment.time).map { try LifecycleRevision($0) }
    }

    /// Who had had a hand in the version.
    func authors(of version: VersionRecord) throws -> [Int64] {
        let present: [Int64] = try reader.contributors(version: version.id)
        let trail: PastTrail = try trail(of: version)
        let later: Set<Int64> = Set(trail.after.filter(\.makesContributor).compactMap(\.record.principalID))
        let earlier: Set<Int64> = Set(trail.before.filter(\.makesContributor).compactMap(\.record.principalID))
        // Whoever is known from no event was noted by one whose change was erased.
        return present.filter { earlier.contains($0) || !later.contains($0) }
    }
}

extension AuditEvent {
    /// Whether who did it had a hand in the version then. Descriptions and tags are no such thing.
    fileprivate var makesContributor: Bool {
        switch record.action {
        case "register_version", "publish_version", "put_artifact", "delete_artifact": return true
        case "update_version":
            guard let before = change("before"), let after = change("after") else { return true }
            return after["metadata"] != nil || before["performance_metrics"] != after["performance_metrics"]
        default: return false
        }
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// What guards would have known of a version.
extension PastView {
    /// The facts of `FactsReader` as they were. `rules` are those that will be evaluated on them: what none of them reads is no
    /// gap.
    func facts(
        of past: Past<VersionRecord>, for rules: [LifecycleDefinition.GuardRule], _ core: RegistryCore
    ) throws -> Past<VersionFacts> {
        let record: VersionRecord = past.record
        let champion: VersionRecord? = try versions(of: record, in: [.production], limit: 1).first
        let production: VersionFacts.PeerFact? = try champion.map(FactsReader.peer)
        let peers: [VersionFacts.PeerFact] = try versions(
            of: record, in: [.staging, .shadow], limit: FactsReader.peerLimit
        ).map(FactsReader.peer)
        let consumers: Past<[ConsumerRecord]> = try consumers(of: record.id, core)
        var gaps: [String] = past.gaps.filter { !PastView.unread.contains($0) }
        if rules.contains(where: { $0.name == GuardCatalogue.liveConsumers }) { gaps += consumers.gaps }
        let facts = VersionFacts(
            now: moment.time, versionID: record.id, model: record.model, version: record.version, state: record.state,
            stateSince: record.standing.since, created: record.created, isReady: record.status == .ready,
            manifestDigest: record.manifestDigest, evidenceRevision: record.standing.evidenceRevision,
            authors: try authors(of: record), description: record.description,
            document: try VersionDocument.current(of: record), metrics: try StoredJSON.object(record.metrics),
            artifacts: (try artifacts(of: record) ?? []).map(FactsReader.fact), production: production,
            peers: (production.map { [$0] } ?? []) + peers,
            reviews: try reader.reviews(version: record.id).filter { $0.at <= moment.time }.map {
                try FactsReader.fact($0)
            },
            quarantines: try quarantines(of: record.id).filter { $0.lifted == nil }.map {
                VersionFacts.QuarantineFact(reason: $0.reason, opened: $0.opened)
            }, consumers: consumers.record.map(FactsReader.fact),
            experiments: try FactsReader.experiments(
                of: record, against: champion, endedBy: moment.time, reader),
            reproductions: try reproductions(of: record), request: VersionFacts.RequestFacts())
        return Past(record: facts, gaps: gaps)
    }

    /// Members of a version that no guard reads.
    private static let unread: Set<String> = ["tags", "expires_at", "size_bytes", "deployment_status"]

    /// Other published versions of the model that were in these states, by precedence, as they were. The limit is one of all,
    /// as where the present is asked for.
    private func versions(
        of record: VersionRecord, in states: [LifecycleState], limit: Int
    ) throws -> [VersionRecord] {
        let found: [(row: VersionRecord, key: [UInt8])] = try states.flatMap {
            try reader.versions(model: record.modelID, in: $0, before: moment.end)
        }.compactMap { id in
            guard let row = try reader.version(id: id), wasThere(created: row.created, deleted: row.deleted),
                let key = SemanticVersion(row.version)?.precedenceKey
            else { return nil }
            return (row, key)
        }
        return try found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(limit).filter {
            $0.row.id != record.id
        }.map { try past($0.row).record }
    }

    /// Consumers that were live.
    ///
    /// A consumer keeps the time of its first read and of its last one. Whether one that was known by then, and read again
    /// since, was live in between is not known; it is taken to have been, for nobody is to believe that nothing read the
    /// version. Nor is known who was dropped since, having expired long ago.
    private func consumers(of version: Int64, _ core: RegistryCore) throws -> Past<[ConsumerRecord]> {
        let known: [ConsumerRecord] = try reader.liveConsumers(version: version, at: moment.time).filter {
            $0.firstSeen <= moment.time
        }
        let kept: Int64 = core.policy.limits.expiredConsumerKeptMilliseconds
        let isComplete: Bool = moment.time > core.environment.now().adding(milliseconds: -kept)
        let isCertain: Bool = isComplete && known.allSatisfy { $0.lastSeen <= moment.time }
        return Past(record: known, gaps: isCertain ? [] : ["consumers"])
    }

    /// Every person's last attempt that was compared with the evidence that was there.
    private func reproductions(of record: VersionRecord) throws -> [VersionFacts.ReproductionFact] {
        let attempts: [ReproductionRecord] = try reader.reproductions(version: record.id).filter {
            $0.at <= moment.time && $0.evidenceRevision == record.standing.evidenceRevision
        }
        let last: [Int64: String] = Dictionary(attempts.map { ($0.principalID, $0.id) }) { _, later in later }
        return attempts.filter { last[$0.principalID] == $0.id }.map { attempt in
            VersionFacts.ReproductionFact(
                id: attempt.id, by: attempt.principalID, isReproduced: attempt.isReproduced,
                tolerance: attempt.tolerance, mode: attempt.mode, at: attempt.at)
        }
    }
}

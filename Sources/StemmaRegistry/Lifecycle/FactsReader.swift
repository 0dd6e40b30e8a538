internal import StemmaDigest
internal import StemmaJSON

/// Gathers a version's facts from the store, inside the read or transaction that will use them.
enum FactsReader {
    /// Other versions of the model that are looked at; more than a few in service is unusual.
    static let peerLimit: Int = 100

    static func facts(
        of record: VersionRecord, request: VersionFacts.RequestFacts = VersionFacts.RequestFacts(), at now: Timestamp,
        _ reader: any MetadataReader
    ) throws -> VersionFacts {
        let peers: [VersionFacts.PeerFact] = try reader.versions(
            model: record.modelID, states: [.staging, .shadow], limit: peerLimit
        ).filter { $0.id != record.id }.map(peer)
        // Asked for apart, so that no number of other versions can hide what is in production.
        let champion: VersionRecord? = try reader.versions(
            model: record.modelID, states: [.production], limit: 1
        ).first { $0.id != record.id }
        let production: VersionFacts.PeerFact? = try champion.map(peer)
        return VersionFacts(
            now: now, versionID: record.id, model: record.model, version: record.version, state: record.state,
            stateSince: record.standing.since, created: record.created, isReady: record.status == .ready,
            manifestDigest: record.manifestDigest, evidenceRevision: record.standing.evidenceRevision,
            authors: try reader.contributors(version: record.id), description: record.description,
            document: try VersionDocument.current(of: record), metrics: try StoredJSON.object(record.metrics),
            artifacts: try reader.artifacts(version: record.id).map(fact), production: production,
            peers: (production.map { [$0] } ?? []) + peers,
            reviews: try reviews(of: record, reader),
            quarantines: record.standing.isQuarantined
                ? try reader.openQuarantines(version: record.id).map {
                    VersionFacts.QuarantineFact(reason: $0.reason, opened: $0.opened)
                } : [],
            consumers: try reader.liveConsumers(version: record.id, at: now).map(fact),
            experiments: try experiments(of: record, against: champion, reader),
            reproductions: try reader.reproductionOutcomes(
                version: record.id, evidenceRevision: record.standing.evidenceRevision
            ).map { attempt in
                VersionFacts.ReproductionFact(
                    id: attempt.id, by: attempt.principalID, isReproduced: attempt.isReproduced,
                    tolerance: attempt.tolerance, mode: attempt.mode, at: attempt.at)
            }, request: request)
    }

    static func peer(_ record: VersionRecord) throws -> VersionFacts.PeerFact {
        VersionFacts.PeerFact(
            version: record.version, state: record.state, metrics: try StoredJSON.object(record.metrics),
            isQuarantined: record.standing.isQuarantined)
    }

    private static func reviews(
        of record: VersionRecord, _ reader: any MetadataReader
    ) throws -> [VersionFacts.ReviewFact] {
        try reader.reviews(version: record.id).map { try fact($0) }
    }

    static func fact(_ artifact: ArtifactRecord) -> VersionFacts.ArtifactFact {
        VersionFacts.ArtifactFact(
            path: artifact.path, digest: artifact.digest.description, sizeBytes: artifact.sizeBytes,
            format: artifact.format)
    }

    static func fact(_ consumer: ConsumerRecord) -> VersionFacts.ConsumerFact {
        VersionFacts.ConsumerFact(name: consumer.name, lastSeen: consumer.lastSeen, expires: consumer.expires)
    }

    static func fact(_ review: ReviewRecord) throws -> VersionFacts.ReviewFact {
        VersionFacts.ReviewFact(
            id: review.id, gate: review.gate, decision: review.decision,
            items: try StoredJSON.object(review.items), evidence: try review.evidence.map { try StoredJSON.object($0) },
            reviewer: review.principalID, subject: review.subject, role: review.role,
            manifestDigest: review.manifestDigest, evidenceRevision: review.evidenceRevision, at: review.at)
    }

    /// Comparisons with what is in production that the registry itself watched or judged, in the form of the specification's
    /// experiment. Experiments that are running or were aborted say nothing. `end` leaves out what ended after it.
    static func experiments(
        of record: VersionRecord, against production: VersionRecord?, endedBy end: Timestamp? = nil,
        _ reader: any MetadataReader
    ) throws -> [JSONObject] {
        guard let production else { return [] }
        func isInTime(_ moment: Timestamp?) -> Bool { end.map { (moment ?? $0) <= $0 } ?? true }
        // What ended later must not crowd out what had ended then.
        let limit: Int = end == nil ? peerLimit : Int.max
        let concluded: [JSONObject] = try reader.concludedExperiments(
            treatment: record.id, baseline: production.id, limit: limit
        ).filter { isInTime($0.ended) }.prefix(peerLimit).map { try ExperimentDocument.evidence($0) }
        let rollouts: [JSONObject] = try reader.succeededRollouts(version: record.id, limit: limit).filter {
            isInTime($0.progress.ended)
        }.prefix(peerLimit).filter { $0.baseline == production.version }.map { try RolloutDocument.evidence($0) }
        return concluded + rollouts
    }
}

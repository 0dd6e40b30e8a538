import StemmaDigest
import StemmaJSON
import StemmaRegistry
import StemmaTesting

/// Facts of a version that satisfies every guard but the approvals; tests take away what they are about.
struct FactsBuilder {
    static let day: Int64 = 86_400_000
    static let manifest: Digest = SHA256Hasher.digest(Array("manifest".utf8))
    static let author: Int64 = 1

    var now: Timestamp = ManualEnvironment.start
    var state: LifecycleState = .staging
    /// How long the version has been in its state, in days.
    var daysInState: Int64 = 100
    var isReady: Bool = true
    var evidenceRevision: Int64 = 1
    var authors: [Int64] = [FactsBuilder.author]
    var document: JSONValue = [
        "training_data": ["dataset_id": "d1"], "infrastructure_requirements": ["memory_mb": 512, "cpu_cores": 0.5],
        "reproducibility": ["code_commit": "abc", "environment_image": "img", "random_seed": 0],
        "risk": ["tier": "low"], "dependencies": ["packages": ["numpy==1.26.4"]],
        "metadata": ["rollback_plan": "the alias moves back"],
    ]
    var metrics: JSONValue = ["accuracy": 0.91, "auc_roc": 0.95, "f1_score": 0.8]
    var paths: [String] = ["model.bin", "README.md"]
    var production: VersionFacts.PeerFact?
    var peers: [VersionFacts.PeerFact] = []
    var reviews: [VersionFacts.ReviewFact] = []
    var quarantines: [String] = []
    var consumers: [String] = []
    var experiments: [JSONValue] = []
    var reproductions: [VersionFacts.ReproductionFact] = []
    var request = VersionFacts.RequestFacts(rationale: "it is better", rollbackPlan: "the alias moves back")

    /// The facts, after a change of what they are built from.
    static func facts(_ change: (inout FactsBuilder) -> Void = { _ in }) -> VersionFacts {
        var builder = FactsBuilder()
        change(&builder)
        return builder.facts
    }

    var facts: VersionFacts {
        VersionFacts(
            now: now, versionID: 7, model: "m", version: "1.1.0", state: state,
            stateSince: now.adding(milliseconds: -daysInState * FactsBuilder.day),
            created: now.adding(milliseconds: -200 * FactsBuilder.day), isReady: isReady,
            manifestDigest: isReady ? FactsBuilder.manifest : nil, evidenceRevision: evidenceRevision,
            authors: authors, description: nil, document: document.object ?? [:], metrics: metrics.object ?? [:],
            artifacts: paths.map {
                VersionFacts.ArtifactFact(
                    path: $0, digest: FactsBuilder.manifest.description, sizeBytes: 3, format: "unknown")
            }, production: production, peers: peers, reviews: reviews,
            quarantines: quarantines.map { VersionFacts.QuarantineFact(reason: $0, opened: now) },
            consumers: consumers.map {
                VersionFacts.ConsumerFact(
                    name: $0, lastSeen: now, expires: now.adding(milliseconds: FactsBuilder.day))
            }, experiments: experiments.compactMap(\.object), reproductions: reproductions, request: request)
    }

    /// Takes `path` (dotted) out of the document.
    mutating func undeclare(_ path: String) { document = document.mergePatch(FactsBuilder.patch(path, .null)) }

    mutating func declare(_ path: String, _ value: JSONValue) {
        document = document.mergePatch(FactsBuilder.patch(path, value))
    }

    private static func patch(_ path: String, _ value: JSONValue) -> JSONValue {
        path.split(separator: ".").reversed().reduce(value) { inner, name in
            .object(JSONObject([JSONObject.Member(name: String(name), value: inner)]))
        }
    }

    /// Puts another version into production.
    mutating func setProduction(_ metrics: JSONObject, version: String = "1.0.0") {
        let peer = VersionFacts.PeerFact(version: version, state: .production, metrics: metrics)
        production = peer
        peers.append(peer)
    }

    /// Adds a review, as given now at the present content and evidence unless told otherwise.
    mutating func review(
        _ gate: String, _ decision: String, by reviewer: Int64, items: JSONObject? = nil, evidence: JSONObject? = nil,
        role: String? = nil, manifest: Digest = FactsBuilder.manifest, revision: Int64? = nil, daysAgo: Int64 = 0
    ) {
        reviews.append(
            VersionFacts.ReviewFact(
                id: "rev_\(reviews.count)", gate: gate, decision: decision,
                items: items ?? (decision == "approve" ? FactsBuilder.checklist(gate) : [:]), evidence: evidence,
                reviewer: reviewer, subject: "reviewer \(reviewer)", role: role ?? "reviewer:" + gate,
                manifestDigest: manifest, evidenceRevision: revision ?? evidenceRevision,
                at: now.adding(milliseconds: -daysAgo * FactsBuilder.day)))
    }

    /// Adds somebody's last attempt to make the version again.
    mutating func reproduce(
        by person: Int64, _ isReproduced: Bool = true, tolerance: Double = 0.001, mode: ToleranceMode = .absolute,
        daysAgo: Int64 = 0
    ) {
        reproductions.append(
            VersionFacts.ReproductionFact(
                id: "rep_\(reproductions.count)", by: person, isReproduced: isReproduced, tolerance: tolerance,
                mode: mode, at: now.adding(milliseconds: -daysAgo * FactsBuilder.day)))
    }

    /// Approvals at all gates, by a person each.
    mutating func approveEverywhere(byOne person: Int64? = nil) {
        for (index, gate) in Role.gates.enumerated() { review(gate, "approve", by: person ?? Int64(index) + 10) }
    }

    /// What reviewers attest at a gate of the standard lifecycle.
    static func checklist(_ gate: String) -> JSONObject {
        let items: [LifecycleDefinition.GateItem] = (try? TestLifecycle.standard())?.gate(gate)?.items ?? []
        return JSONObject(
            items.filter { $0.guardRule == nil }.map { JSONObject.Member(name: $0.name, value: true) })
    }

    /// An A/B result in the form of the specification that speaks for 1.1.0 against 1.0.0.
    static let abTest: JSONValue = [
        "experiment_id": "e1", "baseline_model": "m_v1.0.0", "treatment_model": "m_v1.1.0",
        "success_criteria": [
            "primary_metric": "accuracy", "significance_level": 0.05, "improvement_threshold": 0.02,
        ],
        "results": [
            "baseline_performance": ["accuracy": 0.85], "treatment_performance": ["accuracy": 0.87],
            "statistical_significance": 0.03,
        ],
    ]
}

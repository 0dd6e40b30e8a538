internal import StemmaDigest
package import StemmaJSON

/// Facts as they are kept with a transition: names of people are left out, their row keys stay.
extension VersionFacts {
    /// Version of the form.
    private static let form: Int64 = 1

    package var json: JSONValue {
        .object([
            "form": .integer(VersionFacts.form), "now": Self.time(now), "version_id": .integer(versionID),
            "model": .string(model), "version": .string(version), "state": .string(state.rawValue),
            "state_since": Self.time(stateSince), "created": Self.time(created), "ready": .bool(isReady),
            "manifest_digest": manifestDigest.map { .string($0.description) } ?? .null,
            "evidence_revision": .integer(evidenceRevision), "authors": .array(authors.map { .integer($0) }),
            "description": description.map { .string($0) } ?? .null, "document": .object(document),
            "metrics": .object(metrics),
            "artifacts": .array(
                artifacts.map {
                    [
                        "path": .string($0.path), "digest": .string($0.digest), "size_bytes": .integer($0.sizeBytes),
                        "format": .string($0.format),
                    ]
                }), "production": production.map(Self.peer) ?? .null, "peers": .array(peers.map(Self.peer)),
            "reviews": .array(reviews.map(Self.review)),
            "quarantines": .array(quarantines.map { ["reason": .string($0.reason), "opened": Self.time($0.opened)] }),
            "consumers": .array(
                consumers.map {
                    ["name": .string($0.name), "last": Self.time($0.lastSeen), "expires": Self.time($0.expires)]
                }), "experiments": .array(experiments.map { .object($0) }),
            "reproductions": .array(reproductions.map(Self.reproduction)),
            "request": [
                "rationale": request.rationale.map { .string($0) } ?? .null,
                "evidence": request.evidence.map { .object($0) } ?? .null,
                "rollback_plan": request.rollbackPlan.map { .string($0) } ?? .null,
                "automatic": .bool(request.isAutomatic),
            ],
        ])
    }

    /// Nil where the value was not made by `json`.
    package init?(json: JSONValue) {
        guard let now = Self.timestamp(json["now"]), let state = Self.state(json["state"]),
            let since = Self.timestamp(json["state_since"]), let created = Self.timestamp(json["created"]),
            let model = json["model"]?.string, let version = json["version"]?.string
        else { return nil }
        self.init(
            now: now, versionID: json["version_id"]?.integer ?? 0, model: model, version: version, state: state,
            stateSince: since, created: created, isReady: json["ready"]?.bool ?? false,
            manifestDigest: json["manifest_digest"]?.string.flatMap { Digest($0) },
            evidenceRevision: json["evidence_revision"]?.integer ?? 0,
            authors: (json["authors"]?.array ?? []).compactMap(\.integer), description: json["description"]?.string,
            document: json["document"]?.object ?? JSONObject(), metrics: json["metrics"]?.object ?? JSONObject(),
            artifacts: (json["artifacts"]?.array ?? []).map { item in
                ArtifactFact(
                    path: item["path"]?.string ?? "", digest: item["digest"]?.string ?? "",
                    sizeBytes: item["size_bytes"]?.integer ?? 0, format: item["format"]?.string ?? "")
            }, production: json["production"].flatMap(Self.peer),
            peers: (json["peers"]?.array ?? []).compactMap(Self.peer),
            reviews: (json["reviews"]?.array ?? []).compactMap(Self.review),
            quarantines: (json["quarantines"]?.array ?? []).compactMap { item in
                Self.timestamp(item["opened"]).map { QuarantineFact(reason: item["reason"]?.string ?? "", opened: $0) }
            },
            consumers: (json["consumers"]?.array ?? []).compactMap { item in
                guard let last = Self.timestamp(item["last"]), let expires = Self.timestamp(item["expires"]) else {
                    return nil
                }
                return ConsumerFact(name: item["name"]?.string ?? "", lastSeen: last, expires: expires)
            }, experiments: (json["experiments"]?.array ?? []).compactMap(\.object),
            // Facts that were kept before there were reproductions have none.
            reproductions: (json["reproductions"]?.array ?? []).compactMap(Self.reproduction),
            request: RequestFacts(
                rationale: json["request"]?["rationale"]?.string, evidence: json["request"]?["evidence"]?.object,
                rollbackPlan: json["request"]?["rollback_plan"]?.string,
                isAutomatic: json["request"]?["automatic"]?.bool ?? false))
    }

    private static func time(_ moment: Timestamp) -> JSONValue { .integer(moment.milliseconds) }

    private static func timestamp(_ value: JSONValue?) -> Timestamp? {
        value?.integer.map { Timestamp(milliseconds: $0) }
    }

    private static func state(_ value: JSONValue?) -> LifecycleState? {
        value?.string.flatMap { LifecycleState(rawValue: $0) }
    }

    private static func peer(_ fact: PeerFact) -> JSONValue {
        [
            "version": .string(fact.version), "state": .string(fact.state.rawValue), "metrics": .object(fact.metrics),
            "quarantined": .bool(fact.isQuarantined),
        ]
    }

    private static func peer(_ value: JSONValue) -> PeerFact? {
        guard let state = state(value["state"]), let version = value["version"]?.string else { return nil }
        return PeerFact(
            version: version, state: state, metrics: value["metrics"]?.object ?? JSONObject(),
            isQuarantined: value["quarantined"]?.bool ?? false)
    }

    private static func reproduction(_ fact: ReproductionFact) -> JSONValue {
        [
            "id": .string(fact.id), "by": .integer(fact.by), "reproduced": .bool(fact.isReproduced),
            "tolerance": .double(fact.tolerance), "mode": .string(fact.mode.rawValue), "at": time(fact.at),
        ]
    }

    private static func reproduction(_ value: JSONValue) -> ReproductionFact? {
        guard let at = timestamp(value["at"]), let by = value["by"]?.integer, let tolerance = value["tolerance"]?.number
        else { return nil }
        return ReproductionFact(
            id: value["id"]?.string ?? "", by: by, isReproduced: value["reproduced"]?.bool ?? false,
            tolerance: tolerance, mode: ToleranceMode(rawValue: value["mode"]?.string ?? "") ?? .absolute, at: at)
    }

    private static func review(_ fact: ReviewFact) -> JSONValue {
        [
            "id": .string(fact.id), "gate": .string(fact.gate), "decision": .string(fact.decision),
            "items": .object(fact.items), "evidence": fact.evidence.map { .object($0) } ?? .null,
            "reviewer": .integer(fact.reviewer), "role": .string(fact.role),
            "manifest_digest": .string(fact.manifestDigest.description),
            "evidence_revision": .integer(fact.evidenceRevision), "at": time(fact.at),
        ]
    }

    private static func review(_ value: JSONValue) -> ReviewFact? {
        guard let at = timestamp(value["at"]), let digest = value["manifest_digest"]?.string.flatMap({ Digest($0) }),
            let reviewer = value["reviewer"]?.integer
        else { return nil }
        return ReviewFact(
            id: value["id"]?.string ?? "", gate: value["gate"]?.string ?? "",
            decision: value["decision"]?.string ?? "", items: value["items"]?.object ?? JSONObject(),
            evidence: value["evidence"]?.object, reviewer: reviewer, subject: "reviewer \(reviewer)",
            role: value["role"]?.string ?? "", manifestDigest: digest,
            evidenceRevision: value["evidence_revision"]?.integer ?? 0, at: at)
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// Versions as they were.
extension PastView {
    private static let updates: Set<String> = ["update_version"]
    /// Told by rows of their own, and by far the most of a version's events.
    private static let uninteresting: [String] = ["record_observations"]

    func represent(_ version: Past<VersionRecord>) -> [UInt8] {
        PastDocument.seal(VersionDocument.represent(version.record).body, moment.time, gaps: version.gaps)
    }

    /// The version as it was, from its row as it is now.
    func past(_ row: VersionRecord) throws -> Past<VersionRecord> {
        let names: [String] = try aliases(of: row.modelID, named: row.model).filter { $0.version == row.version }.map(
            \.alias)
        let risk: [UInt8]? = try risk(of: row)
        // Every change of a row sets its time.
        guard row.updated > moment.time else {
            return Past(
                record: row.changed { change in
                    change.aliases = names
                    change.risk = risk
                }, gaps: [])
        }
        let trail: PastTrail = try trail(of: row)
        var past = VersionChange(row)
        past.aliases = names
        past.risk = risk
        past.deleted = nil
        past.standing = try standing(of: row, trail)
        past.updated = try updated(row, trail)
        var gaps: [String] = try setMutable(of: row, trail, &past)
        if trail.hasLostBefore {
            // Between what is told of then and what is now it may have been anything.
            if past.standing.evidenceRevision != row.standing.evidenceRevision { gaps.append("evidence_revision") }
            if past.standing.deploymentStatus != row.standing.deploymentStatus { gaps.append("deployment_status") }
        }
        if row.status == .draft || trail.after.contains(where: { $0.record.action == "publish_version" }) {
            gaps += try setDraft(of: row, trail, &past)
        }
        return Past(record: past.record, gaps: gaps)
    }

    /// The newest assessment of its risk that there was; nil where that was the one made at registration.
    private func risk(of row: VersionRecord) throws -> [UInt8]? {
        guard row.risk != nil else { return nil }
        return try reader.riskAssessments(version: row.id, limit: Limits().riskAssessmentsPerVersion).first {
            $0.at <= moment.time
        }?.assessment
    }

    func trail(of row: VersionRecord) throws -> PastTrail {
        let events: [AuditRecord] = try reader.versionEvents(
            model: row.model, version: row.version, besides: PastView.uninteresting)
        return try trail(events, of: row.created, madeBy: ["register_version"]).since("register_version")
    }

    private func setMutable(of row: VersionRecord, _ trail: PastTrail, _ past: inout VersionChange) throws -> [String] {
        var gaps: [String] = []
        switch trail.member("description", by: PastView.updates) {
        case .present: break
        case .value(let value): past.description = value.string
        case .unknown:
            past.description = nil
            gaps.append("description")
        }
        switch trail.member("tags", by: PastView.updates) {
        case .present: break
        case .value(let value): past.tags = StoredJSON.text(value.object ?? JSONObject())
        case .unknown:
            past.tags = Array("{}".utf8)
            gaps.append("tags")
        }
        switch trail.member("performance_metrics", by: PastView.updates) {
        case .present: break
        case .value(let value): past.metrics = StoredJSON.text(value.object ?? JSONObject())
        case .unknown: past.metrics = StoredJSON.text(try metrics(of: row))
        }
        return gaps
    }

    /// By their history, which is kept when the log's private values are erased.
    private func metrics(of row: VersionRecord) throws -> JSONObject {
        var metrics: JSONObject = try StoredJSON.object(row.metrics)
        for revision in try reader.metricRevisions(version: row.id).reversed() where revision.changed > moment.time {
            if let previous = revision.previous {
                metrics.set(revision.metric, .double(previous))
            } else {
                metrics.remove(revision.metric)
            }
        }
        return metrics
    }

    private func standing(of row: VersionRecord, _ trail: PastTrail) throws -> VersionStanding {
        let transition: TransitionRecord? = try reader.lastTransition(version: row.id, before: moment.end)
        let isSame: Bool = try reader.firstTransition(version: row.id, notBefore: moment.end) == nil
        let sunset: Timestamp? = isSame ? row.standing.sunset : try transition.flatMap(announcedSunset)
        return VersionStanding(
            state: isSame ? row.state : transition?.stored.to ?? .development,
            since: isSame ? row.standing.since : transition?.stored.at ?? row.created, sunset: sunset,
            evidenceRevision: trail.before.compactMap { $0.detail["evidence_revision"]?.integer }.max() ?? 1,
            deploymentStatus: trail.before.last { $0.isDeploymentMove }?.deploymentStatus,
            isQuarantined: try reader.quarantines(version: row.id).contains { quarantine in
                quarantine.opened <= moment.time && (quarantine.lifted.map { $0 > moment.time } ?? true)
            })
    }

    /// By the definition that the transition obeyed.
    private func announcedSunset(_ transition: TransitionRecord) throws -> Timestamp? {
        guard transition.stored.to == .deprecated,
            let stored = try reader.lifecycleDefinition(transition.stored.lifecycleRevision)
        else { return nil }
        let definition = try LifecycleDefinition(.object(try StoredJSON.object(stored.json)))
        return LifecycleDefinition.StateRule.retentionDays(in: definition).map {
            transition.stored.at.adding(milliseconds: $0 * Timestamp.dayMilliseconds)
        }
    }

    /// When its row had last been changed.
    private func updated(_ row: VersionRecord, _ trail: PastTrail) throws -> Timestamp {
        var moments: [Timestamp] = [row.created]
        if let transition = try reader.lastTransition(version: row.id, before: moment.end) {
            moments.append(transition.stored.at)
        }
        for quarantine in try reader.quarantines(version: row.id) {
            moments += [quarantine.opened, quarantine.lifted].compactMap { $0 }.filter { $0 <= moment.time }
        }
        var evidence: Int64 = 1
        for event in trail.before {
            let named: Int64 = event.detail["evidence_revision"]?.integer ?? evidence
            if event.changesRow || named > evidence { moments.append(event.record.timestamp) }
            evidence = max(evidence, named)
        }
        return moments.max() ?? row.created
    }

    /// What differs while the version is a draft: everything may, and nothing is digested.
    private func setDraft(of row: VersionRecord, _ trail: PastTrail, _ past: inout VersionChange) throws -> [String] {
        past.status = .draft
        past.artifactsDigest = nil
        past.manifestDigest = nil
        var gaps: [String] = []
        let expiry: Int64? = trail.before.first?.detail["expires_ms"]?.integer
        past.expires = row.expires ?? expiry.map { Timestamp(milliseconds: $0) }
        if past.expires == nil { gaps.append("expires_at") }
        let members: JSONObject
        if let known = try immutable(of: row, trail) {
            members = known
        } else {
            gaps += VersionShapes.immutable.map(\.name)
            members = JSONObject(
                VersionShapes.immutable.map {
                    JSONObject.Member(name: $0.name, value: $0.name == "metadata" ? .object(JSONObject()) : .null)
                })
        }
        let files: [ArtifactRecord]? = try artifacts(of: row, trail)
        if files == nil { gaps += ["artifacts", "size_bytes"] }
        past.document = VersionManifest.documentText(members, files ?? [])
        past.sizeBytes = (files ?? []).reduce(0) { $0 + $1.sizeBytes }
        return gaps
    }

    /// Nil where what told it was erased.
    private func immutable(of row: VersionRecord, _ trail: PastTrail) throws -> JSONObject? {
        let present: JSONObject = try VersionDocument.immutable(of: row)
        for event in trail.after where PastView.updates.contains(event.record.action) {
            guard let before = event.change("before") else { return nil }
            // A change of description, tags or metrics alone keeps only those.
            guard before["metadata"] != nil else { continue }
            return JSONObject(present.members.map { JSONObject.Member(name: $0.name, value: before[$0.name] ?? .null) })
        }
        return present
    }

    /// The files that the version had; nil where what told them was erased.
    func artifacts(of row: VersionRecord) throws -> [ArtifactRecord]? {
        try artifacts(of: row, trail(of: row))
    }

    /// The files by path, taken back one event after the other; nil where what told them was erased.
    private func artifacts(of row: VersionRecord, _ trail: PastTrail) throws -> [ArtifactRecord]? {
        var files: [String: ArtifactRecord] = [:]
        for file in try reader.artifacts(version: row.id) { files[file.path] = file }
        let prefix: String = "\(row.model)_v\(row.version)/"
        for event in trail.after.reversed() where ["put_artifact", "delete_artifact"].contains(event.record.action) {
            guard event.keepsChange else { return nil }
            let path = String(event.record.resource.id.unicodeScalars.dropFirst(prefix.unicodeScalars.count))
            files[path] = event.change("before").flatMap { ArtifactRecord(json: $0) }
        }
        return files.values.sorted { VersionManifest.precedes($0.path, $1.path) }
    }
}

extension AuditEvent {
    /// Whether it changed what a version says of its deployments.
    fileprivate var isDeploymentMove: Bool {
        switch record.action {
        case "create_deployment": true
        case "update_deployment": detail["from_status"] != detail["status"]
        default: false
        }
    }

    fileprivate var deploymentStatus: String? {
        guard let status = detail["status"]?.string, let environment = detail["environment"]?.string else { return nil }
        return "\(status)_\(environment)"
    }

    /// Whether it changed the version's own row, and nothing else tells so.
    fileprivate var changesRow: Bool {
        switch record.action {
        case "update_version", "publish_version", "put_artifact", "delete_artifact": true
        default: isDeploymentMove
        }
    }
}

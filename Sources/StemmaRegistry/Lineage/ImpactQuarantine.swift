internal import StemmaJSON

/// Quarantines what is downstream of something that an open assessment holds back: once when the assessment is made, and
/// again whatever comes to derive from it later, until it is closed.
struct ImpactQuarantine {
    /// What followed.
    struct Outcome {
        /// Row keys of the quarantined entities.
        var entities: Set<Int64> = []
        var versions: [ResourceID] = []
        var further: [(action: String, event: AuditDraft)] = []
        var effects: [Effect] = []
    }

    let core: RegistryCore
    let transaction: any MetadataTransaction
    let now: Timestamp
    let principal: Principal
    private(set) var outcome = Outcome()

    init(_ core: RegistryCore, _ transaction: any MetadataTransaction, _ now: Timestamp, _ principal: Principal) {
        self.core = core
        self.transaction = transaction
        self.now = now
        self.principal = principal
    }

    /// Whatever came to be downstream of open assessments since they were made. Costs one look-up where there is none.
    static func extend(
        _ core: RegistryCore, _ transaction: any MetadataTransaction, _ now: Timestamp, _ principal: Principal
    ) throws -> Outcome {
        var quarantine = ImpactQuarantine(core, transaction, now, principal)
        for assessment in try transaction.quarantiningAssessments() {
            let known: Set<Int64> = Set(try transaction.impactItems(assessment.row).map(\.entity))
            let analysis: ImpactAnalysis = try quarantine.analyze(assessment.entity)
            for item in analysis.affected where item.isHeldBack {
                let record: LineageNodeRecord = analysis.nodes[item.position]
                if !known.contains(record.id) { try quarantine.hold(record, assessment) }
            }
        }
        return quarantine.outcome
    }

    /// The same for one version that was published just now.
    static func extend(
        to version: LineageNodeID, _ core: RegistryCore, _ transaction: any MetadataTransaction, _ now: Timestamp,
        _ principal: Principal
    ) throws -> Outcome {
        let assessments = try transaction.quarantiningAssessments()
        var quarantine = ImpactQuarantine(core, transaction, now, principal)
        guard !assessments.isEmpty, let place = try transaction.lineagePlace(of: version) else {
            return quarantine.outcome
        }
        let ancestors: LineageReach = try transaction.lineageReach(
            LineageReachQuery(
                start: [place.id], direction: .upstream, depthMax: core.policy.limits.impactEntitiesMax,
                nodesMax: core.policy.limits.impactEntitiesMax, scope: .everything, isDetailed: false,
                followsModelVersions: false))
        let ids: Set<Int64> = Set(ancestors.nodes.map(\.id))
        for assessment in assessments where ids.contains(assessment.entity) {
            for record in try transaction.lineageNodes([place.id]) { try quarantine.hold(record, assessment) }
        }
        return quarantine.outcome
    }

    private func analyze(_ entity: Int64) throws -> ImpactAnalysis {
        let limits: Limits = core.policy.limits
        return try ImpactAnalysis.run(
            LineageNodeID(.dataset, ""), start: [entity], relationships: [], depthMax: limits.impactEntitiesMax,
            asOf: nil, limits, at: now, scope: .everything, transaction)
    }

    /// Quarantines a version for an assessment and puts it on its checklist, with an event of its own.
    private mutating func hold(
        _ record: LineageNodeRecord, _ assessment: (row: Int64, id: String, entity: Int64)
    ) throws {
        // An edge between shared data must not do to versions of others what their token may not do by itself.
        if let model = record.model, !principal.scope.contains(model) {
            throw StemmaError(
                .permissionDenied,
                "this would put versions under quarantine that this token does not reach; let somebody do it whose token "
                    + "reaches all models")
        }
        guard let id = try quarantine(record, assessment.id) else { return }
        guard try transaction.addImpactItem(assessment.row, entity: record.id, owner: record.owner, quarantine: id)
        else { return }
        try transaction.touchImpactAssessment(assessment.row, at: now)
        if let model = record.model, let version = record.version {
            outcome.further.append(
                (
                    "quarantine_version",
                    AuditDraft(
                        .version(model: model, version: version),
                        detail: ["quarantine": .string(id), "assessment": .string(assessment.id)])
                ))
        }
    }

    /// Opens a quarantine for an assessment; answers its id, nil where the entity is no version that is still here.
    mutating func quarantine(_ record: LineageNodeRecord, _ assessment: String) throws -> String? {
        guard let versionID = record.versionID, let version = try transaction.version(id: versionID),
            version.deleted == nil
        else { return nil }
        let id: String = core.environment.identifier("qua_")
        try transaction.insertQuarantine(
            id: id, version: versionID, reason: "Held back by the impact assessment \(assessment)", at: now,
            by: principal.id)
        outcome.entities.insert(record.id)
        outcome.versions.append(.version(model: version.model, version: version.version))
        let mover = VersionMover(
            lifecycle: try core.lifecycle.inForce(transaction), principal: principal, transaction: transaction,
            now: now)
        let settlement = try RolloutGuardian.settle(mover, version, isProductionTouched: false)
        outcome.further += settlement.further
        outcome.effects += settlement.effects
        return id
    }
}

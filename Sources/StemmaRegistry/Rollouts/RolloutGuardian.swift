internal import StemmaJSON

/// Ends rollouts whose ground is gone, so that traffic never goes to what may not have it.
enum RolloutGuardian {
    /// What follows from the end of a rollout.
    struct Settlement {
        let further: [(action: String, event: AuditDraft)]
        let effects: [Effect]
    }

    /// Called in the transaction of every move, after the states changed and before anybody can see them: ends the model's
    /// rollout where the move took its ground away, and publishes the split where it changed.
    static func settle(
        _ mover: VersionMover, _ subject: VersionRecord, isProductionTouched: Bool
    ) throws -> Settlement {
        var further: [(action: String, event: AuditDraft)] = []
        if let record = try mover.transaction.runningRollout(model: subject.modelID),
            let reason = try fault(of: record, mover.lifecycle.definition, mover.transaction)
        {
            let run = try RolloutRun(record, mover.principal, mover.transaction, mover.now)
            further.append(try run.abort(reason: reason))
        }
        guard isProductionTouched || !further.isEmpty else { return Settlement(further: [], effects: []) }
        return Settlement(
            further: further, effects: [.trafficSet(try mover.transaction.traffic(model: subject.modelID))])
    }

    /// Why the rollout cannot go on; nil where it can.
    static func fault(
        of record: RolloutRecord, _ definition: LifecycleDefinition, _ reader: any MetadataReader
    ) throws -> String? {
        guard let version = try reader.version(id: record.versionID), version.deleted == nil else {
            return "\(record.version) was deleted"
        }
        guard try reader.version(id: record.baselineID)?.state == .production else {
            return "\(record.baseline), which the rollout began against, is no longer in production"
        }
        guard definition.transition(from: version.state, to: .production) != nil else {
            return "\(record.version) went to \(version.state.rawValue), from where it cannot be promoted"
        }
        return version.standing.isQuarantined ? "\(record.version) is quarantined" : nil
    }
}

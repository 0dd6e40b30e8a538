internal import StemmaJSON

/// Advances, aborts and ends rollouts without being asked; to be run about once a minute.
///
/// Every running rollout is ended whose ground is gone, e.g. because its version was quarantined. Automatic ones are
/// aborted as soon as an abort criterion is breached, and advanced once the step's time is over and every criterion is
/// known to hold. What is unknown does neither.
package struct RolloutAutomation: Sendable {
    private let core: RegistryCore
    /// Rollouts read at a time.
    private static let batch: Int = 100

    package init(core: RegistryCore) { self.core = core }

    /// Goes through all running rollouts once. What fails for one does not keep the others waiting; throws the first of
    /// those failures in the end.
    package func run() async throws {
        var failure: (any Error)?
        var last: Int64 = 0
        while true {
            let after: Int64 = last
            let page: [Due] = try await core.store.read { [core] reader in
                let definition: LifecycleDefinition = try core.lifecycle.inForce(reader).definition
                let now: Timestamp = core.environment.now()
                return try reader.runningRollouts(afterModel: after, limit: RolloutAutomation.batch).map { record in
                    let deed: Deed? = try RolloutAutomation.deed(record, definition, at: now, reader)
                    return Due(id: record.id, modelID: record.modelID, isDue: deed != nil)
                }
            }
            for rollout in page where rollout.isDue {
                do {
                    try await act(on: rollout.id)
                } catch {
                    failure = failure ?? error
                }
            }
            guard page.count == RolloutAutomation.batch, let end = page.last?.modelID else { break }
            last = end
        }
        if let failure { throw failure }
    }

    private struct Due: Sendable {
        let id: String
        let modelID: Int64
        let isDue: Bool
    }

    /// What there is to do with a rollout.
    private enum Deed {
        case abort(reason: String)
        case advance
    }

    /// Nil where there is nothing to do.
    private static func deed(
        _ record: RolloutRecord, _ definition: LifecycleDefinition, at now: Timestamp, _ reader: any MetadataReader
    ) throws -> Deed? {
        if let fault = try RolloutGuardian.fault(of: record, definition, reader) { return .abort(reason: fault) }
        let plan = try RolloutPlan(of: record)
        guard plan.isAutomatic else { return nil }
        let evaluation = try RolloutEvaluation(
            of: record, plan, try RolloutHistory(of: record), at: now, reader)
        if let breach = evaluation.breach { return .abort(reason: "abort criterion: \(breach.detail)") }
        return evaluation.obstacles(isForced: false).isEmpty ? .advance : nil
    }

    private func act(on id: String) async throws {
        let core: RegistryCore = self.core
        let context: RequestContext = core.systemContext("rollout")
        do {
            _ = try await core.gate.mutate("advance_rollout", context) { transaction, now in
                guard let record = try RolloutAutomation.running(id, transaction),
                    let deed = try RolloutAutomation.deed(
                        record, try core.lifecycle.inForce(transaction).definition, at: now, transaction)
                else { return MutationGate.Mutation(Answer(.unchanged), event: nil) }
                let run = try RolloutRun(record, core.system, transaction, now)
                switch deed {
                case .abort(let reason): return try run.aborted(try run.abort(reason: reason))
                case .advance:
                    return try run.advance(
                        RolloutRun.Advance(isForced: false, rationale: nil, isAutomatic: true), core, context)
                }
            }
        } catch let error as StemmaError where error.code == .transitionRefused {
            // The promotion's guards refused, and all of it was taken back: the rollout stays and says why.
            _ = try await core.gate.mutate("hold_rollout", context) { transaction, now in
                guard let record = try RolloutAutomation.running(id, transaction) else {
                    return MutationGate.Mutation(Answer(.unchanged), event: nil)
                }
                return try RolloutRun(record, core.system, transaction, now).hold(error)
            }
        }
    }

    private static func running(_ id: String, _ reader: any MetadataReader) throws -> RolloutRecord? {
        guard let record = try reader.rollout(id: id), record.progress.status == .running else { return nil }
        return record
    }
}

internal import StemmaJSON
internal import Synchronization

/// Moves versions by itself where the lifecycle says so: whoever passes every guard and was left alone long enough.
package final class LifecycleAutomation: Sendable {
    private let service: LifecycleService
    private let memory = Mutex(Memory())
    /// The first failure of the present round.
    private let failure = Mutex<(any Error)?>(nil)
    /// Versions read at once.
    private static let page: Int = 100
    /// Versions asked in one round of one rule; the next round goes on after them.
    private static let round: Int = 2_000

    package init(core: RegistryCore) { service = LifecycleService(core: core) }

    /// What was found before, so that a version that did not pass is not asked again before something changed.
    private struct Memory {
        /// Where each rule's next round begins.
        var cursors: [String: Int64] = [:]
        /// Versions that did not pass: what they were like then.
        var refused: [Question: Refused] = [:]
    }

    /// One rule asked of one version.
    private struct Question: Hashable {
        let rule: String
        let version: Int64
    }

    private struct Refused {
        let versionRevision: Int64
        let lifecycleRevision: Int64
        let at: Timestamp
    }

    /// A version that did not pass is asked again after that time, in milliseconds: guards may wait for time to pass, or
    /// for reviews and measurements, which do not change the version itself.
    private static let patience: Int64 = 300_000

    /// One round. Answers how many versions moved. What fails for one version does not keep the others from their turn;
    /// the first failure is thrown at the end.
    package func run() async throws -> Int {
        failure.withLock { $0 = nil }
        let moved: Int = try await round()
        if let first = failure.withLock({ $0 }) { throw first }
        return moved
    }

    private func round() async throws -> Int {
        let core: RegistryCore = service.core
        let lifecycle: LifecycleRevision = try await core.store.read { try core.lifecycle.inForce($0) }
        let now: Timestamp = core.environment.now()
        memory.withLock { memory in
            memory.refused = memory.refused.filter { now < $0.value.at.adding(milliseconds: Self.patience) }
        }
        var moved: Int = 0
        for rule in lifecycle.definition.transitions {
            guard let minutes = rule.automaticAfterMinutes else { continue }
            moved += try await run(rule, minutes: minutes, lifecycle)
        }
        return moved
    }

    private func run(
        _ rule: LifecycleDefinition.TransitionRule, minutes: Int64, _ lifecycle: LifecycleRevision
    ) async throws -> Int {
        let core: RegistryCore = service.core
        let name: String = Self.name(of: rule)
        var last: Int64 = memory.withLock { $0.cursors[name] ?? 0 }
        var moved: Int = 0
        var asked: Int = 0
        while asked < Self.round {
            let now: Timestamp = core.environment.now()
            let start: Int64 = last
            let records: [VersionRecord] = try await core.store.read { reader in
                try reader.versionsAtRest(
                    in: rule.from, since: now.adding(milliseconds: -minutes * 60_000), after: start, limit: Self.page)
            }
            for record in records where !wasRefused(Question(rule: name, version: record.id), record, lifecycle, now) {
                do {
                    if try await move(record, rule, lifecycle, now) { moved += 1 }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
            asked += records.count
            last = records.last?.id ?? 0
            if records.count < Self.page {
                last = 0
                break
            }
        }
        let next: Int64 = last
        memory.withLock { $0.cursors[name] = next }
        return moved
    }

    private static func name(of rule: LifecycleDefinition.TransitionRule) -> String {
        rule.from.rawValue + ">" + rule.to.rawValue
    }

    private func wasRefused(
        _ question: Question, _ record: VersionRecord, _ lifecycle: LifecycleRevision, _ now: Timestamp
    ) -> Bool {
        guard let refused = memory.withLock({ $0.refused[question] }) else { return false }
        return refused.versionRevision == record.revision && refused.lifecycleRevision == lifecycle.revision
            && now < refused.at.adding(milliseconds: Self.patience)
    }

    private func move(
        _ record: VersionRecord, _ rule: LifecycleDefinition.TransitionRule, _ lifecycle: LifecycleRevision,
        _ now: Timestamp
    ) async throws -> Bool {
        // Asked outside a transaction first: most versions do not pass, and writers wait for nobody who does not.
        let passes: Bool = try await service.core.store.read { reader in
            // A rollout that is under way decides for itself when its version is promoted.
            if try reader.runningRollout(model: record.modelID)?.versionID == record.id { return false }
            let request = VersionFacts.RequestFacts(rationale: Self.rationale(rule, lifecycle), isAutomatic: true)
            let facts: VersionFacts = try FactsReader.facts(of: record, request: request, at: now, reader)
            return GuardCatalogue.evaluate(rule.guards, facts, lifecycle.definition).allSatisfy(\.hasPassed)
        }
        if passes {
            do {
                let revision: Int64 = record.revision
                let answer: Answer = try await service.moveBySystem(
                    version: record.id, to: rule.to, kind: .automatic, rationale: Self.rationale(rule, lifecycle),
                    evidence: nil, occasion: "lifecycle", if: { $0.revision == revision })
                return answer.outcome == .updated
            } catch let error as StemmaError
                where [.transitionRefused, .versionNotFound, .legalHold].contains(error.code)
            {
                // Something changed in between; the next round looks again.
            }
        }
        let question = Question(rule: Self.name(of: rule), version: record.id)
        memory.withLock {
            $0.refused[question] = Refused(
                versionRevision: record.revision, lifecycleRevision: lifecycle.revision, at: now)
        }
        return false
    }

    private static func rationale(
        _ rule: LifecycleDefinition.TransitionRule, _ lifecycle: LifecycleRevision
    ) -> String {
        "automatic: every guard from \(rule.from.rawValue) to \(rule.to.rawValue) passes (lifecycle revision "
            + "\(lifecycle.revision))"
    }
}

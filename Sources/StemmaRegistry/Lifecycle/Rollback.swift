internal import StemmaJSON

/// The way back from a version to the one that was in its place before.
struct Rollback {
    let record: VersionRecord
    let restored: VersionRecord
    private let withdrawnTo: LifecycleState
    private let request: VersionFacts.RequestFacts
    private let decision: TransitionDecision

    /// Throws `permissionDenied`, or `rollbackRefused` saying why there is no way back.
    init(of record: VersionRecord, _ mover: VersionMover, _ request: VersionFacts.RequestFacts) throws {
        let definition: LifecycleDefinition = mover.lifecycle.definition
        try mover.requirePublished(record)
        guard let rule = definition.rule(record.state), let withdrawnTo = rule.withdrawnTo else {
            throw Rollback.refusal(record, "\(record.version) is in \(record.state.rawValue), which has no rollback")
        }
        guard !mover.principal.roles.isDisjoint(with: rule.rollbackBy) else {
            let roles: String = rule.rollbackBy.map(\.description).sorted().joined(separator: " or ")
            throw StemmaError(.permissionDenied, "rolling back from \(record.state.rawValue) needs the role \(roles)")
        }
        guard let previous = try Rollback.previous(record, mover.transaction) else {
            throw Rollback.refusal(record, "no version was in \(record.state.rawValue) before \(record.version)")
        }
        guard previous.deleted == nil, previous.state != .archived else {
            let why: String = previous.deleted == nil ? "is archived" : "was deleted"
            throw Rollback.refusal(record, "\(previous.version), which was there before, \(why)")
        }
        let facts: VersionFacts = try FactsReader.facts(
            of: previous, request: request, at: mover.now, mover.transaction)
        let findings: [GuardFinding] = GuardCatalogue.evaluate(rule.rollbackGuards, facts, definition)
        decision = TransitionDecision(previous, to: record.state, mover.lifecycle, facts, findings)
        guard decision.isAllowed else {
            let failed: [GuardFinding] = findings.filter { !$0.hasPassed }
            throw Rollback.refusal(
                record, "\(previous.version) cannot take over: \(failed.map(\.detail).joined(separator: "; "))",
                findings)
        }
        self.record = record
        self.request = request
        self.withdrawnTo = withdrawnTo
        restored = previous
    }

    func run(_ mover: VersionMover) throws -> VersionMover.Outcome {
        try mover.rollBack(
            record, to: restored, withdrawnTo: withdrawnTo,
            VersionMover.Wish(target: withdrawnTo, kind: .rolledBack, request: request), decision)
    }

    /// The holder before the present one, as if no rollback had ever happened: a rollback takes the last promotion back,
    /// so that a second one goes further, not forth again.
    private static func previous(
        _ record: VersionRecord, _ transaction: any MetadataTransaction
    ) throws -> VersionRecord? {
        var holders: [Int64] = []
        for entry in try transaction.entries(model: record.modelID, to: record.state) {
            if entry.kind == .restored {
                while let last = holders.last, last != entry.versionID { holders.removeLast() }
            }
            if holders.last != entry.versionID { holders.append(entry.versionID) }
        }
        while let last = holders.last, last == record.id { holders.removeLast() }
        return try holders.last.flatMap { try transaction.version(id: $0) }
    }

    private static func refusal(
        _ record: VersionRecord, _ detail: String, _ findings: [GuardFinding] = []
    ) -> StemmaError {
        StemmaError(
            .rollbackRefused, detail,
            members: [
                "model": .string(record.model), "version": .string(record.version),
                "model_id": .string("\(record.model)_v\(record.version)"), "from": .string(record.state.rawValue),
                "allowed": false, "guards": .array(findings.map(\.json)),
            ])
    }
}

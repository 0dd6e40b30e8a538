internal import StemmaJSON

/// Chores that keep the registry small: expired drafts, uploads and kept answers go, counted refusals and
/// noted reads are written, consumers long expired are forgotten. Each on its own: one that fails keeps no other from its
/// turn.
package struct Maintenance: Sendable {
    private let core: RegistryCore
    private let refusals: RefusalLog
    /// Rows a chore removes in one transaction, so that it never holds up registrations.
    private static let batch: Int = 100

    package init(core: RegistryCore, refusals: RefusalLog) {
        self.core = core
        self.refusals = refusals
    }

    /// The chores of one round that failed.
    package struct Failures: Error, CustomStringConvertible {
        package let failed: [(chore: String, error: any Error)]

        package var description: String { failed.map { "\($0.chore): \($0.error)" }.joined(separator: "; ") }
    }

    /// Runs every chore once. Throws `Failures` after the last where some did not succeed.
    package func run() async throws {
        let now: Timestamp = core.environment.now()
        let chores: [(name: String, run: () async throws -> Void)] = [
            ("refusals", { await refusals.flush() }),
            ("reads of consumers", { try await core.consumerLog.flush() }),
            ("reads of the log", { try await core.reads.flushEnded() }),
            ("expired drafts", { try await dropExpiredDrafts(at: now) }),
            ("expired uploads", { try await dropExpiredUploads(at: now) }),
            ("stray uploads", { try await dropStrayStaging(at: now) }),
            ("expired consumers", { try await dropExpiredConsumers(at: now) }),
            ("lineage", { try await LineageUpkeep(core: core).run() }),
            ("erasures", { try await ErasureService(core: core).runDue() }),
            (
                "retention",
                {
                    _ = try await AuditPruner(core: core).run(
                        confirmingClock: false, core.systemContext("retention"))
                }
            ),
            ("observations", { try await ObservationUpkeep(core: core).run(at: now) }),
            ("webhooks", { try await WebhookUpkeep(core: core).run(at: now) }),
            ("kept answers", { try await dropKeptAnswers(at: now) }),
        ]
        var failed: [(chore: String, error: any Error)] = []
        for chore in chores {
            do {
                try await chore.run()
            } catch {
                failed.append((chore.name, error))
            }
            // Whoever stops the registry waits for one chore, not for all.
            if Task.isCancelled { break }
        }
        guard failed.isEmpty else { throw Failures(failed: failed) }
    }

    private func dropKeptAnswers(at now: Timestamp) async throws {
        let before: Timestamp = now.adding(milliseconds: -core.policy.limits.idempotencyKeptMilliseconds)
        var removed: Int = Maintenance.batch
        while removed == Maintenance.batch {
            removed = try await core.store.write(
                { try $0.removeIdempotentAnswers(before: before, limit: Maintenance.batch) }, committed: nil)
        }
    }

    private func dropExpiredConsumers(at now: Timestamp) async throws {
        let before: Timestamp = now.adding(milliseconds: -core.policy.limits.expiredConsumerKeptMilliseconds)
        var removed: Int = Maintenance.batch
        while removed == Maintenance.batch {
            removed = try await core.store.write(
                { try $0.removeConsumers(expiredBefore: before, limit: Maintenance.batch) }, committed: nil)
        }
    }

    private func dropExpiredDrafts(at now: Timestamp) async throws {
        let held: VersionRecord? = try await core.store.read { reader in
            try reader.heldExpiredDrafts(at: now, limit: 1).first.flatMap { try reader.version(id: $0) }
        }
        if let held {
            await LegalHolds.noteRefusal(of: "expire_draft", .version(model: held.model, version: held.version), core)
        }
        let appender = AuditAppender(environment: core.environment, policy: core.policy)
        var found: Int = Maintenance.batch
        while found == Maintenance.batch {
            found = try await core.store.write(
                { transaction in
                    let drafts: [Int64] = try transaction.expiredDrafts(at: now, limit: Maintenance.batch)
                    for id in drafts {
                        guard let draft = try transaction.version(id: id) else { continue }
                        try transaction.removeDraft(id)
                        let resource: ResourceID = .version(model: draft.model, version: draft.version)
                        try appender.append(
                            AuditDraft(resource, detail: ["number": .integer(draft.number)]), personal: [:],
                            action: "expire_draft", outcome: "success", actor: nil, now, to: transaction)
                    }
                    return drafts.count
                }, committed: nil)
        }
    }

    private func dropExpiredUploads(at now: Timestamp) async throws {
        let appender = AuditAppender(environment: core.environment, policy: core.policy)
        var found: Int = Maintenance.batch
        while found == Maintenance.batch {
            let ids: [String] = try await core.store.write(
                { transaction in
                    let ids: [String] = try transaction.expiredUploads(at: now, limit: Maintenance.batch)
                    for id in ids {
                        _ = try transaction.removeUpload(id)
                        try appender.append(
                            AuditDraft(.upload(id)), personal: [:], action: "expire_upload", outcome: "success",
                            actor: nil,
                            now, to: transaction)
                    }
                    return ids
                }, committed: nil)
            for id in ids {
                if let staging = StagingID(id) { try? await core.blobs.discard(staging) }
            }
            found = ids.count
        }
    }

    /// Staging areas that no upload owns: what a crash left behind. One in use refuses to be discarded.
    private func dropStrayStaging(at now: Timestamp) async throws {
        for id in try await core.blobs.stagedIDs() {
            let isOwned: Bool = try await core.store.read { try $0.upload(id.text) != nil }
            if !isOwned { try? await core.blobs.discard(id) }
        }
    }
}

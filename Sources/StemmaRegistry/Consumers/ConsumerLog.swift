internal import StemmaJSON

/// Who reads what, noted in memory by the reads and written in batches, so that no read waits for a commit.
///
/// Written about once a second, before anybody is told of consumers, before anything is deleted, and at a clean stop. Reads
/// noted after the last time are lost in a crash; a consumer that goes on reading is registered again by its next read.
package final class ConsumerLog: Sendable {
    private let store: any MetadataStore
    private let environment: Environment
    private let policy: RegistryPolicy
    private let system: Int64
    private let table: ConsumerTable
    private let turns = Turns()

    /// `system`: the registry itself, under whose name consumers come into the lineage graph.
    init(store: any MetadataStore, environment: Environment, policy: RegistryPolicy, system: Int64) {
        self.system = system
        self.store = store
        self.environment = environment
        self.policy = policy
        table = ConsumerTable(entriesMax: policy.limits.consumerEntries)
    }

    /// Notes one read. Never blocks for long: for the socket threads too.
    package func note(_ target: ConsumerTarget, _ name: ConsumerName) {
        table.note(target, name, at: environment.now())
    }

    /// Reads that were not counted, since the start: too many consumers at once, or too many of one model.
    package var droppedReads: Int64 { table.droppedReads }

    /// How often `flush` is to be called while nobody else asks for it.
    package var flushIntervalMilliseconds: Int64 { policy.limits.consumerFlushMilliseconds }

    /// Writes what was noted before the call. A consumer that is new, or had expired, is registered with one audit event per
    /// model; renewals change nothing but its times and counts.
    ///
    /// Throws what the store throws; what was not written stays noted.
    package func flush() async throws {
        try await turns.run { try await self.write() }
    }

    private func write() async throws {
        var batches: [[ConsumerTable.Entry]] = ConsumerLog.batches(of: table.drain())
        do {
            while let batch = batches.last {
                let refused: Int64 = try await write(batch)
                batches.removeLast()
                if refused > 0 { table.drop(refused) }
            }
        } catch {
            for entry in batches.joined() { table.add(entry) }
            throw error
        }
    }

    /// Entries of whole models, so that a model gets one event, in transactions that do not hold up registrations.
    private static func batches(of entries: [ConsumerTable.Entry]) -> [[ConsumerTable.Entry]] {
        var batches: [[ConsumerTable.Entry]] = []
        for model in Dictionary(grouping: entries, by: \.key.modelID).values {
            if let last = batches.last, last.count + model.count <= batchEntries {
                batches[batches.count - 1] += model
            } else {
                batches.append(model)
            }
        }
        return batches
    }

    private static let batchEntries: Int = 500

    /// Answers how many reads were refused for want of room in their model.
    private func write(_ batch: [ConsumerTable.Entry]) async throws -> Int64 {
        let appender = AuditAppender(environment: environment, policy: policy)
        return try await store.write(
            { [policy, environment, system] transaction in
                let now: Timestamp = environment.now()
                var session = ConsumerRegistration(
                    transaction: transaction, policy: policy, now: now, system: system)
                for entry in batch { try session.count(entry) }
                for event in session.events {
                    try appender.append(
                        event, personal: event.personal, action: "register_consumers", outcome: "success", actor: nil,
                        now, to: transaction)
                }
                return session.refusedReads
            }, committed: nil)
    }

    /// Lets one write go on at a time, in the order of the calls: whoever asks to write what was noted must also wait for
    /// what somebody else has taken out of the table but not stored yet.
    private actor Turns {
        private var last: Task<Void, any Error>?

        func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
            let previous: Task<Void, any Error>? = last
            let task = Task {
                _ = await previous?.result
                try await work()
            }
            last = task
            try await task.value
        }
    }
}

/// One transaction's registrations.
private struct ConsumerRegistration {
    private let transaction: any MetadataTransaction
    private let policy: RegistryPolicy
    private let now: Timestamp
    private var versions: [Int64: VersionRecord?] = [:]
    /// Live consumers by model, counted when the first of a model registers.
    private var live: [Int64: Int] = [:]
    private var registered: [String: [(name: String, version: String, ref: String)]] = [:]
    private(set) var refusedReads: Int64 = 0
    private var lineage: LineageEditor

    init(transaction: any MetadataTransaction, policy: RegistryPolicy, now: Timestamp, system: Int64) {
        lineage = LineageEditor(transaction, now: now, principal: system, limits: policy.limits)
        self.transaction = transaction
        self.policy = policy
        self.now = now
    }

    mutating func count(_ entry: ConsumerTable.Entry) throws {
        // It may have been deleted since it was read.
        guard let version = try version(entry.key.versionID), version.deleted == nil else { return }
        // Renewals are the rule, and need no count of who else there is.
        if try countReads(entry, of: version, mayRegister: false) == .renewed { return }
        let present: Int = try live[version.modelID] ?? transaction.liveConsumerCount(model: version.modelID, at: now)
        live[version.modelID] = present
        guard present < policy.limits.consumersPerModel else {
            refusedReads += entry.reads
            return
        }
        _ = try countReads(entry, of: version, mayRegister: true)
        live[version.modelID] = present + 1
        try SystemLineage.addConsumer(
            entry.key.name.text, model: version.model, version: version.version, versionID: version.id, in: &lineage)
        registered[version.model, default: []].append((entry.key.name.text, version.version, entry.ref))
    }

    private func countReads(
        _ entry: ConsumerTable.Entry, of version: VersionRecord, mayRegister: Bool
    ) throws -> ReadCounting {
        try transaction.countReads(
            model: version.modelID, version: version.id, name: entry.key.name.text, ref: entry.ref, reads: entry.reads,
            last: entry.last, expires: entry.last.adding(milliseconds: policy.consumerLifetimeMilliseconds),
            mayRegister: mayRegister)
    }

    /// One event for each model with new consumers. Who they are is private: a name may be a person's.
    var events: [AuditDraft] {
        registered.sorted { ExactText.precedes($0.key, $1.key) }.map { model, consumers in
            let listed: [JSONValue] = consumers.sorted { ExactText.precedes($0.name, $1.name) }.map {
                .object(["consumer": .string($0.name), "version": .string($0.version), "ref": .string($0.ref)])
            }
            var event = AuditDraft(.model(model), detail: ["count": .integer(Int64(consumers.count))])
            event.recordChange(before: nil, after: .object(["consumers": .array(listed)]))
            return event
        }
    }

    private mutating func version(_ id: Int64) throws -> VersionRecord? {
        if let known = versions[id] { return known }
        let found: VersionRecord? = try transaction.version(id: id)
        versions[id] = .some(found)
        return found
    }
}

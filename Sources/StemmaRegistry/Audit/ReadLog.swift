internal import StemmaJSON

/// Which reads the audit log tells of.
package enum AuditedRead: String, Sendable, CaseIterable {
    /// Files, archives and blobs that were handed out.
    case downloads
    /// Reads of the audit log itself and of what compliance found.
    case audit
}

/// Puts reads into the log, where a framework asks for it, without an event for each.
///
/// The first read of a kind (who, what) in a window becomes an event before anything is handed out; the rest of the window is
/// counted and becomes one event with the count when the window ends. So a crash loses counts, but not who read what. A log
/// that cannot be written (a full disk, a failed sync) does not fail the read: it stays counted until the log can.
package actor ReadLog {
    /// The outcome of such events: nothing changed, so that no timeline, feed or past state looks at them.
    static let outcome: String = "read"

    /// A read that was answered.
    package struct Read: Sendable {
        package let kind: AuditedRead
        package let principal: Principal
        package let requestID: String
        package let address: String
        /// The operation, e.g. `read_artifact`.
        package let action: String
        package let resource: ResourceID
        /// The digest of what was handed out, where it has one.
        package let digest: String?

        package init(
            kind: AuditedRead, principal: Principal, requestID: String, address: String, action: String,
            resource: ResourceID, digest: String? = nil
        ) {
            self.kind = kind
            self.principal = principal
            self.requestID = requestID
            self.address = address
            self.action = action
            self.resource = resource
            self.digest = digest
        }
    }

    private struct Key: Hashable {
        let principal: Int64
        let action: String
        let resource: ResourceID
    }

    private struct Tally {
        let read: Read
        var further: Int64
        let since: Timestamp
        /// How many of `further` are in a window of which the log does not even tell that it began, since it could not be
        /// written then.
        var untold: Int64 = 0
    }

    /// Reads that were answered and of which the log has nothing yet.
    package struct Untold: Sendable {
        package let resource: ResourceID
        package let digest: String?
        package let count: Int64
    }

    private let store: any MetadataStore
    private let environment: Environment
    private let policy: RegistryPolicy
    private var tallies: [Key: Tally] = [:]
    /// Whether a read was lost to the log for good: there was no room to count it.
    private var hasLost: Bool = false

    init(store: any MetadataStore, environment: Environment, policy: RegistryPolicy) {
        self.store = store
        self.environment = environment
        self.policy = policy
    }

    /// Notes a read; returns once the log tells of it, or has told of its like in this window, or cannot.
    package func note(_ read: Read) async {
        guard policy.auditedReads.contains(read.kind) else { return }
        let now: Timestamp = environment.now()
        let key = Key(principal: read.principal.id, action: read.action, resource: read.resource)
        if let tally = tallies[key], now >= tally.since, now < tally.since.adding(milliseconds: window) {
            tallies[key]?.further += 1
            if tally.untold > 0 { tallies[key]?.untold += 1 }
            return
        }
        if tallies.count >= policy.limits.readKinds { try? await flush() }
        // Where nothing can be written, memory does not grow without bounds either.
        guard tallies.count < policy.limits.readKinds else {
            hasLost = true
            return
        }
        let before: Int64 = tallies.removeValue(forKey: key)?.further ?? 0
        // Taken before the write, so that others who read the same meanwhile are counted.
        tallies[key] = Tally(read: read, further: 0, since: now)
        do {
            try await append([(read, before + 1)])
        } catch {
            // Those who read the same meanwhile were only counted.
            let meanwhile: Int64 = tallies[key]?.further ?? 0
            tallies[key]?.untold = meanwhile
            keep(Tally(read: read, further: before + 1, since: now, untold: before + 1), under: key)
        }
    }

    private var window: Int64 { policy.limits.readWindowMilliseconds }

    /// Writes what is counted so far and begins new windows. What cannot be written stays counted.
    package func flush() async throws { try await write { _ in true } }

    /// Writes the counts of windows that have ended, and forgets them.
    func flushEnded() async throws {
        let start: Timestamp = environment.now().adding(milliseconds: -window)
        try await write { $0.since <= start }
    }

    /// Writes what is counted so far and forgets what a person read.
    func forget(_ person: Int64) async throws { try await write { $0.read.principal.id == person } }

    private func write(_ isMeant: (Tally) -> Bool) async throws {
        let meant: [Key: Tally] = tallies.filter { isMeant($0.value) }
        for key in meant.keys { tallies[key] = nil }
        let counted: [(Read, Int64)] = meant.values.filter { $0.further > 0 }.map { ($0.read, $0.further) }
        guard !counted.isEmpty else { return }
        do {
            try await append(counted)
        } catch {
            for (key, tally) in meant where tally.further > 0 { keep(tally, under: key) }
            throw error
        }
    }

    /// Counts what could not be written with what was counted meanwhile.
    private func keep(_ tally: Tally, under key: Key) {
        tallies[key, default: Tally(read: tally.read, further: 0, since: tally.since)].further += tally.further
        tallies[key]?.untold += tally.untold
    }

    /// Downloads of which the log does not tell; nil where it cannot be said, since they are not recorded or some could not
    /// even be counted.
    func untoldDownloads() -> [Untold]? {
        guard policy.auditedReads.contains(.downloads), !hasLost else { return nil }
        return tallies.values.filter { $0.untold > 0 && $0.read.kind == .downloads }.map {
            Untold(resource: $0.read.resource, digest: $0.read.digest, count: $0.untold)
        }
    }

    private func append(_ entries: [(Read, Int64)]) async throws {
        let appender = AuditAppender(environment: environment, policy: policy)
        let environment: Environment = self.environment
        try await store.write(
            { transaction in
                for (read, count) in entries {
                    var detail: [String: JSONValue] = ["count": .integer(count)]
                    if let digest = read.digest { detail["digest"] = .string(digest) }
                    let personal: [String: JSONValue] = [
                        "actor.subject": .string(read.principal.subject), "client.address": .string(read.address),
                        "request_id": .string(read.requestID),
                    ]
                    try appender.append(
                        AuditDraft(read.resource, detail: detail), personal: personal, action: read.action,
                        outcome: ReadLog.outcome, actor: read.principal, environment.now(), to: transaction)
                }
            }, committed: nil)
    }
}

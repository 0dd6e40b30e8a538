internal import StemmaJSON

/// Puts refused attempts into the log without letting a flood of them fill the disk.
///
/// The first attempt of a kind (who, from where, what, why) in a window becomes an event at once; the rest of the window
/// is counted and becomes one event with the count when the window ends or somebody reads the log. Only so many kinds are
/// told apart in a window; what is beyond shares one count.
package actor RefusalLog {
    /// A refused attempt.
    package struct Attempt: Sendable {
        package let principal: Principal?
        package let requestID: String
        package let address: String
        /// What was asked for: the operation's name, or the method where no route was found.
        package let action: String
        /// The status, 401, 403 or 409.
        package let status: Int
        /// The symbolic code of the refusal.
        package let code: String
        package let resource: ResourceID
        /// The path as sent.
        package let target: String

        package init(
            principal: Principal?, requestID: String, address: String, action: String, status: Int, code: String,
            resource: ResourceID, target: String = ""
        ) {
            self.target = target
            self.principal = principal
            self.requestID = requestID
            self.address = address
            self.action = action
            self.status = status
            self.code = code
            self.resource = resource
        }
    }

    private struct Kind: Hashable {
        let principal: Int64?
        let address: String
        let action: String
        let code: String
    }

    private struct Tally {
        let attempt: Attempt
        var further: Int64
    }

    private let store: any MetadataStore
    private let environment: Environment
    private let policy: RegistryPolicy
    private var windowStart: Timestamp
    private var tallies: [Kind: Tally] = [:]
    /// Attempts of kinds beyond `Limits.refusalKinds`.
    private var overflow: Int64 = 0

    init(store: any MetadataStore, environment: Environment, policy: RegistryPolicy) {
        self.store = store
        self.environment = environment
        self.policy = policy
        windowStart = environment.now()
    }

    /// Notes an attempt; returns once it is in the log or counted. A log that cannot be written does not fail the answer:
    /// the attempt stays counted until it can.
    package func note(_ attempt: Attempt) async {
        let now: Timestamp = environment.now()
        if now >= windowStart.adding(milliseconds: policy.limits.refusalWindowMilliseconds) || now < windowStart {
            await flush()
            for (kind, tally) in tallies where tally.further == 0 { tallies[kind] = nil }
            windowStart = now
        }
        let kind = Kind(
            principal: attempt.principal?.id, address: attempt.address, action: attempt.action, code: attempt.code)
        if tallies[kind] != nil {
            tallies[kind]?.further += 1
        } else if tallies.count >= policy.limits.refusalKinds {
            overflow += 1
        } else {
            tallies[kind] = Tally(attempt: attempt, further: 0)
            if !(await append([(attempt, 1)])) { tallies[kind]?.further += 1 }
        }
    }

    /// Writes what is counted so far and forgets what a person tried.
    func forget(_ person: Int64) async {
        await flush()
        for kind in tallies.keys where kind.principal == person { tallies[kind] = nil }
    }

    /// Writes what is counted so far. The window goes on: a kind that was seen in it stays counted.
    package func flush() async {
        let counted: [Kind: Tally] = tallies.filter { $0.value.further > 0 }
        let beyond: Int64 = overflow
        guard !counted.isEmpty || beyond > 0 else { return }
        for kind in counted.keys { tallies[kind]?.further = 0 }
        overflow = 0
        var entries: [(Attempt, Int64)] = counted.values.map { ($0.attempt, $0.further) }
        if beyond > 0 {
            let other = Attempt(
                principal: nil, requestID: "", address: "", action: "other", status: 0, code: "various",
                resource: .registry)
            entries.append((other, beyond))
        }
        guard !(await append(entries)) else { return }
        for (kind, tally) in counted {
            tallies[kind, default: Tally(attempt: tally.attempt, further: 0)].further += tally.further
        }
        overflow += beyond
    }

    /// False where the log could not be written.
    private func append(_ entries: [(Attempt, Int64)]) async -> Bool {
        let appender = AuditAppender(environment: environment, policy: policy)
        let environment: Environment = self.environment
        do {
            try await store.write(
                { transaction in
                    for (attempt, count) in entries {
                        try RefusalLog.append(attempt, count, appender, environment.now(), to: transaction)
                    }
                }, committed: nil)
            return true
        } catch {
            return false
        }
    }

    private static func append(
        _ attempt: Attempt, _ count: Int64, _ appender: AuditAppender, _ now: Timestamp,
        to transaction: any MetadataTransaction
    ) throws {
        let detail: [String: JSONValue] = [
            "status": .integer(Int64(attempt.status)), "code": .string(attempt.code), "count": .integer(count),
        ]
        var personal: [String: JSONValue] = [
            "client.address": .string(attempt.address), "request_id": .string(attempt.requestID),
            "target": .string(attempt.target),
        ]
        if let principal = attempt.principal { personal["actor.subject"] = .string(principal.subject) }
        try appender.append(
            AuditDraft(attempt.resource, detail: detail), personal: personal, action: attempt.action,
            outcome: "refused",
            actor: attempt.principal, now, to: transaction)
    }
}

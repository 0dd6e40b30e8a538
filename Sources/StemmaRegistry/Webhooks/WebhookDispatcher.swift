internal import StemmaJSON
internal import Synchronization

/// Follows the change feed for all webhooks, and delivers: one event at a time to each, several webhooks at once.
///
/// What is to be done stands in the store alone, so that a restart goes on where it ended. What a crash keeps from
/// being written is delivered again under the same id.
package actor WebhookDispatcher {
    private let core: RegistryCore
    private let transport: any WebhookTransport
    private let report: @Sendable (Event) -> Void
    private let outbox: WebhookOutbox
    private let isStopping: StopFlag = StopFlag()
    /// Turns that are under way, by the webhook's key.
    private var running: [Int64: Task<Void, Never>] = [:]
    /// The number of the last turn that a webhook had, so that none has to wait twice for another.
    private var lastTurn: [Int64: Int] = [:]
    private var turns: Int = 0
    /// Webhooks whose results could not be written, and until when they rest.
    private var held: [Int64: ContinuousClock.Instant] = [:]
    private var follower: Task<Void, Never>?
    private var timer: Task<Void, Never>?

    /// What the operator wants to know.
    package enum Event: Sendable {
        case disabled(webhook: String, WebhookDisabledReason)
        /// The store could not be read or written; it is tried again soon.
        case failed(any Error)
    }

    /// How long to wait after the store failed.
    private static let holdMilliseconds: Int64 = 5_000
    /// How long a follower of the feed waits before it asks anew.
    private static let followSeconds: Int = 60

    package init(
        core: RegistryCore, transport: any WebhookTransport, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.core = core
        self.transport = transport
        self.report = report
        outbox = WebhookOutbox(core: core)
    }

    /// Works until `stop`. Called once.
    package func run() async {
        core.webhookBell.ring()
        for await _ in core.webhookBell.rings {
            guard !isStopping.isSet else { return }
            await work()
        }
    }

    /// Begins no further delivery, and ends when those that are under way did, or took too long. Nothing is lost: what
    /// has no written result is delivered again after the next start.
    package func stop() async {
        isStopping.set()
        core.webhookBell.stop()
        follower?.cancel()
        timer?.cancel()
        let end: ContinuousClock.Instant = .now + .milliseconds(core.policy.limits.webhookDrainMilliseconds)
        while !running.isEmpty, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// Delivers everything that is due now, and what becomes due by that, and waits until it is done. For those who do
    /// not `run` it.
    package func settle() async throws {
        _ = try await outbox.fill()
        while try await hasDue() {
            _ = try await startTurns()
            for turn in Array(running.values) { await turn.value }
            _ = try await outbox.fill()
        }
    }

    private func hasDue() async throws -> Bool {
        let now: Timestamp = core.environment.now()
        let lanes: [WebhookLane] = try await core.store.read { try $0.webhookLanes() }
        return lanes.contains { held[$0.key] == nil && ($0.due(after: now) ?? .max) <= now.milliseconds }
    }

    private func work() async {
        var pause: Int64? = WebhookDispatcher.holdMilliseconds
        do {
            // Nobody could say what came of a delivery.
            if core.store.writesSuspendedReason == nil {
                let position: Int64? = try await outbox.fill()
                pause = try await startTurns()
                if let position { follow(from: position) }
            }
        } catch {
            tell(error)
        }
        timer?.cancel()
        guard let pause, !isStopping.isSet else { return }
        let bell: WebhookBell = core.webhookBell
        timer = Task {
            guard (try? await Task.sleep(for: .milliseconds(pause))) != nil else { return }
            bell.ring()
        }
    }

    /// Rings when the feed goes on after `position`.
    private func follow(from position: Int64) {
        guard follower == nil, !isStopping.isSet else { return }
        follower = Task { [core] in
            let end: ContinuousClock.Instant = .now + .seconds(WebhookDispatcher.followSeconds)
            do {
                _ = try await core.changes.read(after: position, .everything, limit: 1, until: end)
            } catch {
                try? await Task.sleep(for: .milliseconds(WebhookDispatcher.holdMilliseconds))
            }
            await self.followerEnded()
        }
    }

    private func followerEnded() async {
        follower = nil
        if await !core.changes.hasEnded { core.webhookBell.ring() }
    }

    /// Starts a turn of every webhook that has something due, as far as there is room, the one that waited longest
    /// first. Answers when to look again, in milliseconds; nil where only news can change anything.
    private func startTurns() async throws -> Int64? {
        let now: Timestamp = core.environment.now()
        let lanes: [WebhookLane] = try await core.store.read { try $0.webhookLanes() }
        let instant: ContinuousClock.Instant = .now
        held = held.filter { $0.value > instant }
        var pause: Int64? = held.isEmpty ? nil : WebhookDispatcher.holdMilliseconds
        var ready: [Int64] = []
        for lane in lanes where running[lane.key] == nil && held[lane.key] == nil {
            guard let due = lane.due(after: now) else { continue }
            if due <= now.milliseconds {
                ready.append(lane.key)
            } else {
                pause = min(pause ?? Int64.max, due - now.milliseconds)
            }
        }
        ready.sort { (lastTurn[$0] ?? 0, $0) < (lastTurn[$1] ?? 0, $1) }
        // Whoever finds no room is served when a turn ends, which rings.
        for key in ready.prefix(max(0, core.policy.limits.webhookConcurrency - running.count)) { start(key) }
        lastTurn = lastTurn.filter { entry in lanes.contains { $0.key == entry.key } }
        return pause
    }

    private func start(_ key: Int64) {
        guard !isStopping.isSet else { return }
        turns += 1
        lastTurn[key] = turns
        running[key] = Task { await self.takeTurn(key) }
    }

    private func takeTurn(_ key: Int64) async {
        defer {
            running[key] = nil
            core.webhookBell.ring()
        }
        do {
            let (now, limits): (Timestamp, Limits) = (core.environment.now(), core.policy.limits)
            guard
                var turn = try await core.store.read({ try WebhookTurn.read(key, at: now, limits, $0) })
            else { return }
            await turn.run(transport, core.environment, limits, mayGoOn: { [isStopping] in !isStopping.isSet })
            try await write(turn)
        } catch {
            // Without a rest the same would be delivered over and over.
            held[key] = .now + .milliseconds(WebhookDispatcher.holdMilliseconds)
            tell(error)
        }
    }

    /// A store that is closed while the registry stops is no failure.
    private func tell(_ error: any Error) { if !isStopping.isSet { report(.failed(error)) } }

    /// Past the mutation gate, for the reasons that `WebhookOutbox` gives, and once for the whole turn. Only a
    /// webhook's end is an event.
    private func write(_ turn: WebhookTurn) async throws {
        guard !turn.results.isEmpty else { return }
        let results = WebhookResults(
            turn: turn, now: core.environment.now(), limits: core.policy.limits, transport: transport)
        let end: WebhookDisabledReason? = try await core.store.write({ try results.write($0) }, committed: nil)
        guard let end else { return }
        let id: String = turn.webhook.id
        let answer: Answer = try await core.gate.mutate("disable_webhook", core.systemContext("webhook")) {
            transaction, now in
            guard let webhook = try transaction.webhook(id: id), webhook.state.content.isEnabled else {
                return MutationGate.Mutation(Answer(.unchanged), event: nil)
            }
            var state: WebhookState = webhook.state
            state.content.isEnabled = false
            state.disabledReason = end
            state.disabled = now
            try transaction.updateWebhook(webhook.key, state, at: now)
            return MutationGate.Mutation(
                Answer(.updated),
                event: AuditDraft(
                    .webhook(id), detail: ["enabled": false, "disabled_reason": .string(end.rawValue)]))
        }
        if answer.outcome == .updated { report(.disabled(webhook: id, end)) }
    }
}

extension WebhookLane {
    /// When something is due, in milliseconds since 1970; nil where nothing waits.
    fileprivate func due(after now: Timestamp) -> Int64? {
        let first: Int64? = hasPending ? now.milliseconds : nextRetry?.milliseconds
        return first.map { max($0, resume.milliseconds) }
    }
}

/// Says to all turns that they are to end.
private final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}

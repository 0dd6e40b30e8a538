internal import Synchronization

/// The one ordered feed of changes. Its order is that of the audit log, whose entries it is made of, so that nothing is lost or
/// told twice however often a reader starts again.
///
/// Entries of late are kept in memory for all who follow, and each new one is read once: by whoever asks next, or by a loop that
/// wakes those who wait. Where nobody follows, a commit costs the feed nothing.
package actor ChangeFeed {
    /// Entries and refused attempts of the log that are kept in memory.
    static let recentMax: Int = 2_048
    /// Entries of the log that are read at once.
    static let batch: Int = 512

    /// What a reader gets.
    package struct Page: Sendable {
        package let events: [ChangeEvent]
        /// Where to go on: everything up to here was looked at.
        package let next: Int64
        /// Whether there is more already.
        package let hasMore: Bool
    }

    private let store: any MetadataStore
    private let wakes: AsyncStream<Void>
    nonisolated private let waker: AsyncStream<Void>.Continuation
    /// Whether something was committed that was not looked at yet.
    nonisolated private let isBehind = Atomic<Bool>(false)
    private var loop: Task<Void, Never>?
    private var catching: Task<Void, any Error>?
    /// Sequence of the first entry in `recent`, and of the one after the last. What the feed does not tell of is nil.
    private var start: Int64 = 0
    private var end: Int64 = 0
    private var recent: [ChangeEvent?] = []
    private var waiting: [Int: (deadline: ContinuousClock.Instant, resume: CheckedContinuation<Void, Never>)] = [:]
    private var nextWaiter: Int = 0
    private var isClosed: Bool = false
    private var ticking: Task<Void, Never>?

    init(store: any MetadataStore) {
        self.store = store
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that something was committed. Costs next to nothing and never waits.
    nonisolated func signal() {
        isBehind.store(true, ordering: .releasing)
        waker.yield()
    }

    /// The sequence after that of the last entry.
    package func head() async throws -> Int64 {
        try await follow()
        try await catchUp()
        return end
    }

    /// Entries after `given` that `filter` accepts, at most `limit`. Where there is none yet the answer waits until there is
    /// one, or until `deadline`; after a sequence that the log has not reached yet, until it has.
    package func read(
        after given: Int64, _ filter: ChangeFilter, limit: Int, until deadline: ContinuousClock.Instant
    ) async throws -> Page {
        try await follow()
        // Whatever is asked for, what comes after it is a place that a log can have.
        let sequence: Int64 = min(max(given, -1), Int64.max - 1)
        var position: Int64 = sequence + 1
        while true {
            try await catchUp()
            var events: [ChangeEvent] = []
            while position < end, events.count < limit {
                let (found, next): ([ChangeEvent?], Int64) = try await entries(from: position)
                guard !found.isEmpty else { break }
                for (offset, event) in found.enumerated() {
                    if let event, filter.accepts(event) { events.append(event) }
                    position = next - Int64(found.count - offset - 1)
                    if events.count == limit { break }
                }
            }
            if !events.isEmpty || isClosed || ContinuousClock.now >= deadline || Task.isCancelled {
                return Page(events: events, next: max(position - 1, sequence), hasMore: position < end)
            }
            await wait(until: deadline)
        }
    }

    /// Ends everybody's waiting, for good.
    package func close() {
        isClosed = true
        loop?.cancel()
        ticking?.cancel()
        waker.finish()
        wakeAll()
    }

    package var hasEnded: Bool { isClosed }

    /// Entries from a position on, and the position after them: from memory, or read from the store.
    private func entries(from position: Int64) async throws -> ([ChangeEvent?], Int64) {
        if position >= start {
            let rest: ArraySlice<ChangeEvent?> = recent[Int(position - start)...].prefix(ChangeFeed.batch)
            return (Array(rest), position + Int64(rest.count))
        }
        let limit: Int = Int(min(Int64(ChangeFeed.batch), start - position))
        let found: [ChangeEvent?] = try await ChangeFeed.load(store, from: position, limit: limit)
        return (found, position + Int64(found.count))
    }

    private static func load(_ store: any MetadataStore, from position: Int64, limit: Int) async throws
        -> [ChangeEvent?]
    {
        try await store.read { reader in
            try reader.auditLeaves(from: position, limit: limit).map { try ChangeEvent($0.record) }
        }
    }

    /// Begins to follow the log where nobody did so far.
    private func follow() async throws {
        guard loop == nil, !isClosed else { return }
        let size: Int64 = try await store.read { try $0.auditSize() }
        guard loop == nil, !isClosed else { return }
        (start, end) = (size, size)
        loop = Task { [weak self, wakes] in
            for await _ in wakes { await self?.wakeByNews() }
        }
    }

    /// Reads on where somebody waits for it. A store that cannot be read now is read at the next commit.
    private func wakeByNews() async { if !waiting.isEmpty { try? await catchUp() } }

    /// Reads everything that was committed before the call.
    private func catchUp() async throws {
        while !isClosed {
            if let catching {
                try await catching.value
            } else if isBehind.exchange(false, ordering: .acquiringAndReleasing) {
                let task = Task {
                    defer { catching = nil }
                    try await readOn()
                }
                catching = task
                try await task.value
            } else {
                return
            }
        }
    }

    /// Called by one at a time.
    private func readOn() async throws {
        var found: [ChangeEvent?]
        repeat {
            do {
                found = try await ChangeFeed.load(store, from: end, limit: ChangeFeed.batch)
            } catch {
                isBehind.store(true, ordering: .releasing)
                throw error
            }
            recent += found
            end += Int64(found.count)
            let excess: Int = recent.count - ChangeFeed.recentMax
            if excess > 0 {
                recent.removeFirst(excess)
                start += Int64(excess)
            }
            if found.contains(where: { $0 != nil }) { wakeAll() }
        } while !found.isEmpty
    }

    private func wakeAll() {
        let all = waiting
        waiting = [:]
        for waiter in all.values { waiter.resume.resume() }
    }

    private func wait(until deadline: ContinuousClock.Instant) async {
        let id: Int = nextWaiter
        nextWaiter += 1
        startTicking()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // What was committed since the last look is looked at before anybody waits.
                if isClosed || Task.isCancelled || isBehind.load(ordering: .acquiring) {
                    continuation.resume()
                } else {
                    waiting[id] = (deadline, continuation)
                }
            }
        } onCancel: {
            Task { await self.wake(id) }
        }
    }

    private func wake(_ id: Int) { waiting.removeValue(forKey: id)?.resume.resume() }

    /// One clock for all deadlines, looked at four times a second while somebody waits.
    private func startTicking() {
        guard ticking == nil, !isClosed else { return }
        ticking = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                guard let self, await self.tick() else { return }
            }
        }
    }

    /// False once nobody waits.
    private func tick() -> Bool {
        let now: ContinuousClock.Instant = .now
        for (id, waiter) in waiting where waiter.deadline <= now { wake(id) }
        guard waiting.isEmpty else { return true }
        ticking = nil
        return false
    }
}

internal import Synchronization

/// The only way to change anything: rows, audit event and kept answer go into one transaction, or none of them.
package struct MutationGate: Sendable {
    private let store: any MetadataStore
    private let environment: Environment
    private let policy: RegistryPolicy
    private let readModel: any ReadModel
    private let inFlight = KeysInFlight()
    /// People who were erased since the start. Their tokens are revoked, but a request may have been let in before.
    private let erased = ErasedPeople()

    init(store: any MetadataStore, environment: Environment, policy: RegistryPolicy, readModel: any ReadModel) {
        self.store = store
        self.environment = environment
        self.policy = policy
        self.readModel = readModel
    }

    /// What a mutation's body hands back.
    package struct Mutation: Sendable {
        package let answer: Answer
        /// Nil where nothing changed.
        package let event: AuditDraft?
        /// Events of what went along with it, each under an action of its own.
        package let further: [(action: String, event: AuditDraft)]
        package let effects: [Effect]

        package init(
            _ answer: Answer, event: AuditDraft?, further: [(action: String, event: AuditDraft)] = [],
            effects: [Effect] = []
        ) {
            self.answer = answer
            self.event = event
            self.further = further
            self.effects = effects
        }
    }

    /// Runs `body` in a transaction, appends its event, keeps its answer where the request has an idempotency key, and
    /// publishes its effects after the commit. A dry run does all of it and then rolls back.
    ///
    /// Throws what `body` throws; `idempotencyKeyInFlight` while the same request is being worked on, and
    /// `idempotencyKeyReused` where the key was used for a different one.
    package func mutate(
        _ action: String, _ context: RequestContext,
        _ body: @escaping @Sendable (any MetadataTransaction, Timestamp) throws -> Mutation
    ) async throws -> Answer {
        guard let idempotency = context.idempotency, !context.isDryRun else {
            return try await run(action, context, body)
        }
        let key = KeysInFlight.Key(principal: context.principal.id, key: idempotency.key)
        guard inFlight.enter(key) else {
            throw StemmaError(
                .idempotencyKeyInFlight, "a request with this Idempotency-Key is still being worked on; repeat it later"
            )
        }
        defer { inFlight.leave(key) }
        return try await run(action, context, body)
    }

    /// Changes nothing any more in a person's name.
    func refuse(_ person: Int64) { erased.add(person) }

    /// The answer that was kept for the same request, for requests whose work takes more than one transaction and is not to
    /// be done again; nil where there is none. Throws `idempotencyKeyReused`.
    func replay(of context: RequestContext) async throws -> Answer? {
        guard context.idempotency != nil else { return nil }
        let (now, limits): (Timestamp, Limits) = (environment.now(), policy.limits)
        return try await store.read { try MutationGate.keptAnswer(context, $0, now, limits) }
    }

    private func run(
        _ action: String, _ context: RequestContext,
        _ body: @escaping @Sendable (any MetadataTransaction, Timestamp) throws -> Mutation
    ) async throws -> Answer {
        let environment: Environment = self.environment
        let policy: RegistryPolicy = self.policy
        let readModel: any ReadModel = self.readModel
        let log = AuditAppender(environment: environment, policy: policy)
        let identity: [AuditAppender.Committed] = log.identify(context)
        let erased: ErasedPeople = self.erased
        do {
            let mutation: Mutation = try await store.write(
                { transaction in
                    guard !erased.contains(context.principal.id) else {
                        throw StemmaError(.unauthenticated, "the token was revoked")
                    }
                    let now: Timestamp = environment.now()
                    if let kept = try MutationGate.keptAnswer(context, transaction, now, policy.limits) {
                        return Mutation(kept, event: nil)
                    }
                    let mutation: Mutation = try body(transaction, now)
                    if let event = mutation.event {
                        try log.append(
                            event, action: action, context: context, identity: identity, now, to: transaction)
                    }
                    for (action, event) in mutation.further {
                        try log.append(
                            event, action: action, context: context, identity: log.identify(context), now,
                            to: transaction)
                    }
                    try MutationGate.keep(mutation.answer, context, transaction, now)
                    if context.isDryRun { throw DryRunEnd(answer: mutation.answer) }
                    return mutation
                },
                committed: { mutation in
                    if !mutation.effects.isEmpty { readModel.apply(mutation.effects) }
                })
            return mutation.answer
        } catch let end as DryRunEnd {
            return end.answer
        }
    }

    private static func keptAnswer(
        _ context: RequestContext, _ transaction: any MetadataReader, _ now: Timestamp, _ limits: Limits
    ) throws -> Answer? {
        guard let request = context.idempotency,
            let kept = try transaction.idempotentAnswer(principal: context.principal.id, key: request.key),
            kept.created.adding(milliseconds: limits.idempotencyKeptMilliseconds) > now
        else { return nil }
        guard kept.fingerprint == request.fingerprint else {
            throw StemmaError(
                .idempotencyKeyReused,
                "this Idempotency-Key was used for another request; take a new key for a new request")
        }
        guard let outcome = MutationOutcome(rawValue: kept.outcome) else { return nil }
        return Answer(outcome, location: kept.resource, etag: kept.etag, body: kept.body, isReplay: true)
    }

    private static func keep(
        _ answer: Answer, _ context: RequestContext, _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws {
        guard let request = context.idempotency else { return }
        try transaction.putIdempotentAnswer(
            IdempotencyRecord(
                principalID: context.principal.id, key: request.key, fingerprint: request.fingerprint,
                outcome: answer.outcome.rawValue, resource: answer.location, etag: answer.etag, body: answer.body,
                created: now))
    }
}

private final class ErasedPeople: Sendable {
    private let people = Mutex<Set<Int64>>([])

    func add(_ person: Int64) { people.withLock { _ = $0.insert(person) } }

    func contains(_ person: Int64) -> Bool { people.withLock { $0.contains(person) } }
}

/// Ends a dry run: thrown so that the transaction rolls back.
private struct DryRunEnd: Error {
    let answer: Answer
}

/// The idempotency keys that are being worked on.
private final class KeysInFlight: Sendable {
    struct Key: Hashable {
        let principal: Int64
        let key: String
    }

    private let keys = Mutex<Set<Key>>([])

    /// False where the key is there already.
    func enter(_ key: Key) -> Bool { keys.withLock { $0.insert(key).inserted } }

    func leave(_ key: Key) { keys.withLock { _ = $0.remove(key) } }
}

import StemmaTesting

/// Sends the workload's requests, as far as the daemon lives.
struct Driver: Sendable {
    enum Outcome: Sendable {
        case finished
        /// The connection broke: the daemon is gone.
        case broken
        /// The daemon answered, but with no success.
        case refused(Step, WireReply)
    }

    var ledger = Ledger()

    /// Goes on where the ledger stands, to the end, the break or the first refusal.
    mutating func run(_ client: DaemonClient) async -> Outcome {
        while let stage = ledger.remaining.first {
            let (outcome, left) = await run(stage, client)
            ledger.remaining[0] = left
            if let outcome { return outcome }
            ledger.remaining.removeFirst()
        }
        return .finished
    }

    /// Runs the steps of a stage at the same time. Answers those that were not acknowledged.
    private mutating func run(_ stage: [Step], _ client: DaemonClient) async -> (Outcome?, [Step]) {
        var requests: [(Step, Ledger)] = []
        for step in stage {
            let number: Int = ledger.tries[step.name, default: []].count + 1
            ledger.tries[step.name, default: []].append(Ledger.Try(requestID: "\(step.name).\(number)"))
            requests.append((step, ledger))
        }
        var replies: [String: WireReply] = [:]
        await withTaskGroup(of: (String, WireReply?).self) { group in
            for (step, ledger) in requests {
                group.addTask { (step.name, try? await Request(step, ledger).send(client)) }
            }
            for await (name, reply) in group { replies[name] = reply }
        }
        return await settle(stage, replies, client)
    }

    private mutating func settle(
        _ stage: [Step], _ replies: [String: WireReply], _ client: DaemonClient
    ) async -> (Outcome?, [Step]) {
        var outcome: Outcome?
        var left: [Step] = []
        for step in stage {
            let isRepeated: Bool = (ledger.tries[step.name]?.count ?? 0) > 1
            if let reply = replies[step.name], step.isSuccess(reply, isRepeated: isRepeated) {
                ledger.acknowledge(step, reply)
                continue
            }
            left.append(step)
            ledger.doubt(step)
            outcome = replies[step.name].map { .refused(step, $0) } ?? .broken
        }
        guard outcome == nil else { return (outcome, left) }
        for step in stage where await !observe(step, client) { outcome = .broken }
        return (outcome, left)
    }

    /// Reads what the step did; false where the daemon is gone.
    private mutating func observe(_ step: Step, _ client: DaemonClient) async -> Bool {
        for target in step.observed {
            guard let reply = try? await client.get(target) else { return false }
            let sight = Ledger.Sight(reply)
            if let promised = ledger.sights[target], target == step.resource, promised != sight {
                ledger.problems.append("\(step.name): \(target) is read differently from the answer: \(reply)")
            }
            ledger.sights[target] = sight
        }
        return true
    }
}

extension Step {
    /// Whether the answer tells that what was asked for is so now.
    func isSuccess(_ reply: WireReply, isRepeated: Bool) -> Bool {
        if case .removal = repetition, isRepeated, reply.status == 404 { return true }
        return reply.isSuccess
    }
}

/// A step's request with everything filled in.
struct Request: Sendable {
    let step: Step
    let target: String
    let requestID: String
    private let isRepeated: Bool
    private let acknowledged: Int

    init(_ step: Step, _ ledger: Ledger) {
        self.step = step
        target = ledger.target(step)
        let tries: [Ledger.Try] = ledger.tries[step.name] ?? []
        requestID = tries.last?.requestID ?? step.name
        isRepeated = tries.count > 1
        acknowledged = ledger.offsets[target] ?? 0
    }

    /// Throws where no whole answer came.
    func send(_ client: DaemonClient) async throws -> WireReply {
        guard let start = step.offset, let body = step.body else { return try await send(client, step.body, nil) }
        guard isRepeated else { return try await send(client, body, start) }
        // As a client does that lost its connection: ask how far it came, and go on from there.
        let head: WireReply = try await client.head(target)
        let end: Int = start + body.count
        guard head.isSuccess, let offset = head["Upload-Offset"].flatMap({ Int($0) }),
            (max(start, acknowledged)...end).contains(offset)
        else {
            return WireReply(status: 599, fields: head.fields, body: Array("expected \(start)...\(end)".utf8))
        }
        let isLast: Bool = step.fields.pairs.contains { $0.name == "Upload-Complete" && $0.value == "?1" }
        if offset == end, !isLast || head["Upload-Complete"] == "?1" { return head }
        return try await send(client, Array(body[(offset - start)...]), offset)
    }

    private func send(_ client: DaemonClient, _ body: [UInt8]?, _ offset: Int?) async throws -> WireReply {
        var fields: WireFields = step.fields
        fields.pairs.append(.init(name: "X-Request-Id", value: requestID))
        if let key = step.key { fields.pairs.append(.init(name: "Idempotency-Key", value: key)) }
        if let offset { fields.pairs.append(.init(name: "Upload-Offset", value: "\(offset)")) }
        return try await client.send(step.method, target, body: body, fields: fields)
    }
}

/// Wakes the dispatcher of webhooks: a webhook changed, a delivery was asked for again, time has come.
package struct WebhookBell: Sendable {
    /// What the one dispatcher waits for. Rings while it is busy count as one.
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func ring() { continuation.yield() }

    /// Ends the waiting, for good.
    func stop() { continuation.finish() }
}

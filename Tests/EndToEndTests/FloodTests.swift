import StemmaJSON
import StemmaTesting
import Testing

/// A flood of refused requests leaves few audit events that tell the whole number (audit-security.md, section 5, row 31).
@Suite struct FloodTests {
    @Test func twoThousandRefusalsAreCountedInFewEvents() async throws {
        let registry = try await Registry.fresh()
        let before = try await registry.all("/v1/audit").count
        let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let connection = try await WireConnection(registry.daemon.endpoint)
                    defer { connection.close() }
                    let client = registry.daemon.client(token: "stm_wrong\(worker)")
                    var statuses: [Int] = []
                    for _ in 0..<10 {
                        let one = client.head("GET", "/v1/models", length: nil, keepOpen: true)
                        try await connection.send([[UInt8]](repeating: one, count: 50).flatMap(\.self))
                        for _ in 0..<50 { statuses.append(try await connection.reply().status) }
                    }
                    return statuses
                }
            }
            return try await group.reduce(into: [Int]()) { $0 += $1 }
        }
        #expect(statuses.count == 2_000)
        #expect(statuses.allSatisfy { $0 == 401 || $0 == 429 }, "\(Set(statuses))")
        let events = try await Patience.wait(for: "the counts", limit: .seconds(40), pause: .milliseconds(250)) {
            let events = try await registry.all("/v1/audit")
            return Self.count(events) == 2_000 ? events : nil
        }
        #expect(events.count - before < 40, "\(events.count) events")
        #expect(events.contains { "\($0)".contains("401") || "\($0)".contains("unauthenticated") })
        let model = try await registry.model("afterflood")
        #expect(try await registry.all("/v1/audit?model=\(model)").count == 1, "changes are still recorded")
        try await registry.daemon.stop()
    }

    @Test func countsAreNotLostAtAStop() async throws {
        let first = try await Registry.fresh()
        for _ in 0..<20 { _ = try await first.daemon.client(token: "stm_wrong").get("/v1/models") }
        try await first.daemon.stop()
        let second = try await first.restarted()
        #expect(Self.count(try await second.all("/v1/audit")) == 20)
        try await second.daemon.stop()
    }

    /// The refusals that all events together speak of.
    private static func count(_ events: [JSONValue]) -> Int64 {
        events.filter { $0["outcome"] == "refused" }.flatMap { $0.integers(named: "count") }.reduce(0, +)
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Clients that take too long lose their connection (audit-security.md, section 6.1); others do not notice them.
@Suite struct SlowClientTests {
    /// A daemon with the default time limits.
    private static let strict = Task { Registry(daemon: try await DaemonProcess.start()) }

    @Test func drippedHeadIsCutOff() async throws {
        let registry = try await Self.strict.value
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        let start = ContinuousClock.now
        let drip = Task {
            try await connection.send("GET /v1/models HTTP/1.1\r\nHost: \(registry.daemon.endpoint.authority)\r\n")
            while !Task.isCancelled {
                try await connection.send("X-\(Int.random(in: 0..<1_000)): a\r\n")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        defer { drip.cancel() }
        do {
            let reply = try await connection.reply()
            expectProblem(reply, 408)
            #expect(reply.closes)
        } catch WireError.closed {}
        let passed = ContinuousClock.now - start
        #expect(passed > .seconds(5) && passed < .seconds(40), "\(passed)")
    }

    @Test func drippedBodyIsCutOff() async throws {
        let registry = try await Self.strict.value
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        let target = "/v1/blobs/\(digest(of: noise(100_000, seed: 25)))"
        let start = ContinuousClock.now
        try await connection.send(registry.admin.head("PUT", target, length: 100_000))
        let drip = Task {
            while !Task.isCancelled {
                try await connection.send([0])
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        defer { drip.cancel() }
        do { expectProblem(try await connection.reply(), 408) } catch WireError.closed {}
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(try await registry.admin.head(target).status == 404)
    }

    @Test func manyIdleConnectionsHinderNobody() async throws {
        let registry = try await Self.strict.value
        var idle: [WireConnection] = []
        for _ in 0..<100 {
            let connection = try await WireConnection(registry.daemon.endpoint)
            try await connection.send("GET /v1/models HT")
            idle.append(connection)
        }
        defer { idle.forEach { $0.close() } }
        let start = ContinuousClock.now
        for _ in 0..<20 { #expect(try await registry.admin.get("/v1/models?limit=1").status == 200) }
        #expect(ContinuousClock.now - start < .seconds(15))
    }
}

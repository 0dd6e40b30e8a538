import StemmaDigest
import StemmaJSON
import StemmaTesting
import StemmaTransparency
import Testing

/// The daemon with a witness of its audit log.
@Suite struct WitnessTests {
    private static func options(_ server: LoopbackServer, _ key: VerifierKey) -> DaemonProcess.Options {
        var options: DaemonProcess.Options = Registry.patient
        options.environment["STEMMA_WEBHOOKS_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        options.environment["STEMMA_AUDIT_WITNESS_URL"] = "http://127.0.0.1:\(server.port)"
        options.environment["STEMMA_AUDIT_WITNESS_KEY"] = key.description
        return options
    }

    private static func key() throws -> (VerifierKey, Ed25519PrivateKey) {
        let key: Ed25519PrivateKey = try #require(Ed25519PrivateKey(seed: Array(repeating: 5, count: 32)))
        return (try VerifierKey(name: "witness.test/e2e", algorithm: .cosignature, publicKey: key.publicKey), key)
    }

    private static func answer(_ status: Int, _ body: String) -> [UInt8] {
        Array("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    /// The head that auditors get has the witness's signature.
    @Test func headsAreCosigned() async throws {
        let (key, privateKey) = try WitnessTests.key()
        let server = try LoopbackServer { server, connection in
            guard let request = ReceivedRequest.read({ LoopbackServer.receive(connection) }) else { return }
            server.record(request)
            let body = String(decoding: request.body, as: UTF8.self)
            guard let end = body.firstRange(of: "\n\n"), let note = try? SignedNote(String(body[end.upperBound...]))
            else { return }
            let line: String = Cosignature.line(note.text, time: 1_700_000_000, key: key, with: privateKey)
            LoopbackServer.send(connection, WitnessTests.answer(200, line + "\n"))
        }
        let registry = try await Registry.fresh(WitnessTests.options(server, key))
        for _ in 0..<3 {
            _ = try await registry.model("witnessed")
            let head = try await registry.admin.get("/v1/audit/log/checkpoint")
            #expect(try SignedNote(head.text).verified(by: [key]) == [key], "\(head.text)")
        }
        #expect(server.requests.allSatisfy { $0.line == "POST /add-checkpoint HTTP/1.1" })
        #expect(try await registry.daemon.stop() == .exited(0))
        try await OffPool.run { server.stop() }
    }

    /// A witness that saw more of the log than there is stops all writes.
    @Test func anOlderCopyOnlyReads() async throws {
        let (key, _) = try WitnessTests.key()
        let server = try LoopbackServer { _, connection in
            guard ReceivedRequest.read({ LoopbackServer.receive(connection) }) != nil else { return }
            LoopbackServer.send(connection, WitnessTests.answer(409, "1000\n"))
        }
        let registry = try await Registry.fresh(WitnessTests.options(server, key))
        let reason: String = try await Patience.wait(for: "the witness's word") {
            let ready = try await registry.anonymous.get("/readyz")
            return ready.status == 503 ? ready.text : nil
        }
        #expect(reason.contains("audit_tampered"), "\(reason)")
        expectProblem(try await registry.admin.post("/v1/models", ["name": "late"]), 503, "audit_tampered")
        #expect(registry.daemon.child.output.text.contains("older copy"))
        try await registry.daemon.stop()
        try await OffPool.run { server.stop() }
    }

    /// A witness that hangs does not hold up the daemon's end.
    @Test func stoppingWaitsForNoWitness() async throws {
        let (key, _) = try WitnessTests.key()
        let server = try LoopbackServer(LoopbackServer.silent)
        var options: DaemonProcess.Options = WitnessTests.options(server, key)
        options.environment["STEMMA_WEBHOOKS_TIMEOUT_MS"] = "60000"
        let registry = try await Registry.fresh(options)
        _ = try await Patience.wait(for: "the witness's turn") { server.requests.count == 1 ? true : nil }
        #expect(try await registry.daemon.stop() == .exited(0))
        try await OffPool.run { server.stop() }
    }
}

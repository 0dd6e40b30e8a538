import StemmaDelivery
import StemmaDigest
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import StemmaTransparency
import Synchronization
import Testing

/// The audit log and a witness over real sockets.
@Suite struct WitnessAnchorTests {
    /// A log with a witness, and what it reported.
    private struct Scene {
        let registry: TestRegistry
        let reports: Reports

        func log(_ anchor: WitnessAnchor) async throws -> TransparencyLog {
            try await TransparencyLog.open(
                core: registry.core, signer: try TestRegistry.signer(), anchors: [anchor],
                report: { [reports] event in
                    switch event {
                    case .tampered(let what): reports.add("tampered: " + what)
                    case .anchorFailed(let name, let why): reports.add("\(name): \(why)")
                    }
                })
        }

        func add(_ prefix: String, _ count: Int) async throws {
            let models = ModelService(core: registry.core)
            for index in 0..<count {
                let body: JSONValue = ["name": .string("\(prefix)\(index)")]
                _ = try await models.registerModel(body, registry.context())
            }
        }

        static func with(_ body: (Scene) async throws -> Void) async throws {
            let folder = TemporaryFolder("stemma-witness")
            let clock = ManualEnvironment()
            let store = try SQLiteMetadataStore(path: folder.file("stemma.db"), environment: clock.environment)
            do {
                let registry = try await TestRegistry(store: store, blobs: MemoryBlobStore(), clock: clock)
                try await body(Scene(registry: registry, reports: Reports()))
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    private final class Reports: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ text: String) { kept.withLock { $0.append(text) } }
    }

    private static func witness(isChunked: Bool = false) throws -> TestWitness {
        try TestWitness(trusting: [try TestRegistry.signer().verifier], isChunked: isChunked)
    }

    /// Every head gets the witness's signature, which is part of what readers get.
    @Test(arguments: [false, true])
    func headsAreCosigned(isChunked: Bool) async throws {
        let witness: TestWitness = try WitnessAnchorTests.witness(isChunked: isChunked)
        try await Scene.with { scene in
            var log: TransparencyLog = try await scene.log(try witness.anchor())
            for step in 0..<3 {
                try await scene.add("m\(step)_", 5)
                let head: StoredCheckpoint = try await log.checkpoint()
                let note = try SignedNote(head.note)
                #expect(try note.verified(by: [witness.key]) == [witness.key])
                #expect(try note.verified(by: [try TestRegistry.signer().verifier]).count == 1)
                #expect(try await scene.registry.core.store.read { try $0.lastAuditCheckpoint() } == head)
            }
            #expect(witness.statuses == [200, 200, 200])
            // After a restart the witness says where it is.
            log = try await scene.log(try witness.anchor())
            try await scene.add("n", 3)
            let head: StoredCheckpoint = try await log.checkpoint()
            #expect(try SignedNote(head.note).verified(by: [witness.key]).count == 1)
            #expect(witness.statuses.suffix(2) == [409, 200])
            let service = AuditLogService(log: log, refusals: scene.registry.refusals)
            let text: String = try await service.readCheckpoint(scene.registry.admin)
            #expect(try SignedNote(text).verified(by: [witness.key]).count == 1)
            #expect(scene.reports.all.isEmpty)
            #expect(await log.damage == nil)
        }
        try await witness.stop()
    }

    /// A copy of the database from before is found, though nothing in it is wrong: also without a new event.
    @Test func anOlderCopyIsFound() async throws {
        let witness: TestWitness = try WitnessAnchorTests.witness()
        try await Scene.with { scene in
            try await scene.add("m", 20)
            _ = try await scene.log(try witness.anchor()).checkpoint()
        }
        try await Scene.with { scene in
            try await scene.add("m", 5)
            _ = try await scene.registry.log.checkpoint()
            let log: TransparencyLog = try await scene.log(try witness.anchor())
            #expect(await log.damage == nil)
            do {
                _ = try await log.checkpoint()
                Issue.record("an older copy got a head")
            } catch let error as StemmaError {
                #expect(error.code == .auditTampered && error.detail.contains("older copy"), "\(error)")
            }
            #expect(await log.damage?.contains("older copy") == true)
            #expect(scene.reports.all.count == 1 && scene.reports.all[0].hasPrefix("tampered: "))
        }
        try await witness.stop()
    }

    /// A log that grew on from an older copy, beyond what the witness saw, gets no cosignature.
    @Test func anotherHistoryIsNotCosigned() async throws {
        let witness: TestWitness = try WitnessAnchorTests.witness()
        try await Scene.with { scene in
            try await scene.add("m", 10)
            _ = try await scene.log(try witness.anchor()).checkpoint()
        }
        for (count, answers) in [(30, [409, 422]), (10, [409, 409])] {
            try await Scene.with { scene in
                try await scene.add("other", count)
                let log: TransparencyLog = try await scene.log(try witness.anchor())
                let before: Int = witness.statuses.count
                let head: StoredCheckpoint = try await log.checkpoint()
                #expect(try SignedNote(head.note).signatures.count == 1)
                #expect(Array(witness.statuses.dropFirst(before)) == answers)
                #expect(scene.reports.all.count == 1 && scene.reports.all[0].contains("does not continue"))
                #expect(await log.damage == nil)
            }
        }
        try await witness.stop()
    }

    /// What a witness cannot prove is not believed, and a log without its cosignature goes on.
    @Test func liesAreNotBelieved() async throws {
        let witness: TestWitness = try WitnessAnchorTests.witness()
        let lies: [(TestWitness.Lie, String)] = [
            (.foreignKey, "no good cosignature"), (.otherHead, "no good cosignature"),
            (.text(""), "no good cosignature"),
            (.text("nonsense\n"), "no good cosignature"),
            (.text(String(repeating: "x", count: 20_000)), "protocol"),
            (.text("\u{2014} witness.test/w AAAA\n"), "no good cosignature"), (.size(0), "does not continue"),
            (.size(1), "does not continue"), (.status(409), "cannot be read"), (.status(403), "does not trust"),
            (.status(404), "does not know"), (.status(400), "answered 400"), (.status(500), "answered 500"),
            (.status(302), "answered 302"), (.size(-1), "cannot be read"),
        ]
        for (lie, words) in lies {
            try await Scene.with { scene in
                try await scene.add("m", 3)
                witness.lie(lie)
                let log: TransparencyLog = try await scene.log(try witness.anchor())
                let head: StoredCheckpoint = try await log.checkpoint()
                #expect(try SignedNote(head.note).signatures.count == 1, "\(lie)")
                #expect(
                    scene.reports.all.count == 1 && scene.reports.all[0].contains(words), "\(lie): \(scene.reports.all)"
                )
                #expect(await log.damage == nil, "\(lie)")
                // It is left alone for a while.
                let asked: Int = witness.statuses.count
                try await scene.add("n", 1)
                _ = try await log.checkpoint()
                #expect(witness.statuses.count == asked)
            }
        }
        try await witness.stop()
    }

    @Test func aWitnessThatKnowsOtherLogsSaysSo() async throws {
        let other: VerifierKey = try TestRegistry.signer(9).verifier
        let stranger = try VerifierKey(name: "other.test/log", publicKey: other.publicKey)
        for (keys, words) in [([other], "does not trust"), ([stranger], "does not know the log stemma.test/audit")] {
            let witness = try TestWitness(trusting: keys)
            try await Scene.with { scene in
                let log: TransparencyLog = try await scene.log(try witness.anchor())
                _ = try await log.checkpoint()
                #expect(scene.reports.all.count == 1 && scene.reports.all[0].contains(words), "\(scene.reports.all)")
            }
            try await witness.stop()
        }
    }

    @Test func badWitnessesAreRefused() async throws {
        let key: String = try VerifierKey(
            name: "w", algorithm: .cosignature, publicKey: try TestWitness.privateKey(1).publicKey
        ).description
        let log: String = try TestRegistry.signer().verifier.description
        let policy = AddressPolicy()
        let client = try DeliveryClient(policy: policy)
        for (url, key) in [
            ("http://127.0.0.1:8080/w", key), ("https://w.example/", log), ("https://w.example/", "w"),
            ("https://w.example/#x", key), ("w.example", key),
        ] {
            #expect(throws: (any Error).self, "\(url)") {
                _ = try WitnessAnchor(url: url, key: key, client: client, policy: policy)
            }
        }
        let good = try WitnessAnchor(url: "https://w.example/a/b", key: key, client: client, policy: policy)
        #expect(good.name == "https://w.example")
        #expect(try WitnessAnchor.target("https://w.example/a/b").text == "https://w.example/a/b/add-checkpoint")
    }
}

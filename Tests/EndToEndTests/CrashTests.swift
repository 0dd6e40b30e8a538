import Glibc
import StemmaDigest
import StemmaJSON
import StemmaTesting
import Synchronization
import Testing

/// `kill -9` in the middle of work: what was acknowledged is there, what is there is whole (API.md; DESIGN.md, promise 1).
@Suite(.serialized) struct CrashTests {
    /// What clients have been promised, across all lives of the daemon.
    private struct Promises {
        var versions: [String: JSONValue] = [:]
        var blobs: Set<String> = []
        var aliases: [String: (sent: Int, acknowledged: Int)] = [:]
    }

    private final class Ledger: Sendable {
        let state = Mutex(Promises())
    }

    /// The seed of the moments at which the daemon is killed; `STEMMA_TEST_SEED` repeats a run.
    static let seed: UInt64 =
        getenv("STEMMA_TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 1...UInt64.max)

    @Test func nothingAcknowledgedIsLost() async throws {
        print("CrashTests seed: \(Self.seed)")
        let promises = Ledger()
        var registry = try await Registry.fresh()
        let models = try await [registry.model("crash"), registry.model("crash")]
        for model in models { try await registry.version(model, "0.0.1") }
        for life in 0..<6 {
            let current = registry
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask { await work(current, models[worker % 2], life: life, worker: worker, promises) }
                }
                let before = promises.state.withLock { $0.versions.count }
                try await Patience.wait(for: "the first acknowledged versions", limit: .seconds(60)) {
                    promises.state.withLock { $0.versions.count } >= before + 3 ? () : nil
                }
                let pause = noise(8, seed: Self.seed &+ UInt64(life)).reduce(0) { ($0 &* 31 &+ Int($1)) % 400 }
                try await Task.sleep(for: .milliseconds(pause))
                try await current.daemon.kill()
                try await group.waitForAll()
            }
            registry = try await registry.restarted()
            try await check(registry, models, promises.state.withLock { $0 })
        }
        #expect(promises.state.withLock { $0.versions.count } > 10, "too little was done to test anything")
        try await registry.daemon.stop()
        try await checkDatabase(registry.daemon.dataFolder)
    }

    /// Uploads, registers and moves aliases until the daemon is gone.
    private func work(
        _ registry: Registry, _ model: String, life: Int, worker: Int, _ promises: Ledger
    ) async {
        for number in 0..<100_000 {
            let bytes = noise(20_000 + number, seed: UInt64(life * 1_000_000 + worker * 100_000 + number))
            let digest = digest(of: bytes)
            guard let put = try? await registry.admin.upload("/v1/blobs/\(digest)", bytes), put.isSuccess else {
                return
            }
            promises.state.withLock { _ = $0.blobs.insert(digest) }
            let version = "\(life + 1).\(worker).\(number)"
            let body = Metadata.specification.with([
                "version": .string(version), "artifacts": Metadata.artifacts(["model.bin": digest]),
            ])
            guard let made = try? await registry.admin.post("/v1/models/\(model)/versions", .object(body)),
                made.status == 201
            else { return }
            promises.state.withLock { $0.versions["\(model)/\(version)"] = made.json }
            guard worker < 2 else { continue }
            let counter = life * 100_000 + number
            promises.state.withLock { $0.aliases[model, default: (-1, -1)].sent = counter }
            let target = "/v1/models/\(model)/aliases/candidate"
            let move: JSONValue = ["version": .string(version), "rationale": .string("\(counter)")]
            guard let moved = try? await registry.admin.put(target, move), moved.isSuccess else { return }
            promises.state.withLock { $0.aliases[model]?.acknowledged = counter }
        }
    }

    private func check(_ registry: Registry, _ models: [String], _ promises: Promises) async throws {
        let events = try await registry.all("/v1/audit")
        let sequences = events.compactMap { $0["sequence"]?.integer }.sorted()
        #expect(sequences == (0..<sequences.count).map { (sequences.first ?? 0) + Int64($0) }, "a gap in the audit log")
        var present: Set<String> = []
        for model in models {
            for version in try await registry.all("/v1/models/\(model)/versions") {
                let key = "\(model)/\(version["version"]?.string ?? "")"
                present.insert(key)
                if let promised = promises.versions[key] {
                    #expect(
                        version["manifest_digest"] == promised["manifest_digest"]
                            && version["number"] == promised["number"])
                }
                let id = try #require(version["model_id"]?.string)
                #expect(events.contains { "\($0)".contains(id) }, "no event for \(id)")
            }
            let numbers = try await registry.all("/v1/models/\(model)/versions").compactMap { $0["number"]?.integer }
            #expect(Set(numbers).count == numbers.count)
        }
        #expect(present.isSuperset(of: promises.versions.keys), "an acknowledged version is lost")
        try await checkBytes(registry, models, promises)
        for (model, counters) in promises.aliases where counters.acknowledged >= 0 {
            let history = try await registry.all("/v1/models/\(model)/aliases/candidate/history")
            #expect(history.contains { $0.mentions("\(counters.acknowledged)") }, "an acknowledged move is lost")
        }
    }

    /// Every file of every version, and every acknowledged blob, is read and hashed.
    private func checkBytes(_ registry: Registry, _ models: [String], _ promises: Promises) async throws {
        var digests = promises.blobs
        for model in models {
            for version in try await registry.all("/v1/models/\(model)/versions") {
                let text = try #require(version["version"]?.string)
                let items = try await registry.list("/v1/models/\(model)/versions/\(text)/artifacts")
                digests.formUnion(items.compactMap { $0["digest"]?.string })
            }
        }
        for expected in digests {
            let reply = try await registry.admin.get("/v1/blobs/\(expected)")
            #expect(reply.status == 200 && digest(of: reply.body) == expected, "\(expected): \(reply.status)")
        }
    }

    /// Asks SQLite itself, through Python's binding, about the file that was left.
    private func checkDatabase(_ folder: String) async throws {
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            print(db.execute("pragma integrity_check").fetchall(), db.execute("pragma foreign_key_check").fetchall())
            """
        let run = try await ChildProcess.run("python3", ["-c", script, folder + "/registry.sqlite"])
        #expect(run.output == "[('ok',)] []\n", "\(run.output)")
    }

    @Test func replayOfARetriedPostSurvivesTheCrash() async throws {
        let first = try await Registry.fresh()
        let name = Registry.name("retry")
        let key: WireFields = ["Idempotency-Key": "key-\(name)"]
        let made = try await first.admin.post("/v1/models", ["name": .string(name)], key)
        #expect(made.status == 201)
        try await first.daemon.kill()
        let second = try await first.restarted()
        let again = try await second.admin.post("/v1/models", ["name": .string(name)], key)
        #expect(again.status == 201 && again["Idempotent-Replayed"] == "true" && again.carries(made.body), "\(again)")
        try await second.daemon.stop()
    }

    @Test func revocationSurvivesTheCrash() async throws {
        let first = try await Registry.fresh()
        let made = try await first.tokenReply(roles: ["admin"])
        let secret = try #require(made.json["token"]?.string)
        let id = try #require(made.json["id"]?.string)
        #expect(try await first.admin.delete("/v1/tokens/\(id)").isSuccess)
        try await first.daemon.kill()
        let second = try await first.restarted()
        expectProblem(try await second.daemon.client(token: secret).get("/v1/models"), 401)
        try await second.daemon.stop()
    }
}

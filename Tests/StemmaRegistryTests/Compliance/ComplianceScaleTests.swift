import StemmaDigest
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Synchronization
import Testing

/// A store that counts how often it is read and written.
private final class ScanWatchingStore: MetadataStore {
    private let inner: any MetadataStore
    private let counts = Mutex<(reads: Int, writes: Int)>((0, 0))

    init(_ inner: any MetadataStore) { self.inner = inner }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataReader) throws -> T
    ) async throws -> T {
        counts.withLock { $0.reads += 1 }
        return try await inner.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        counts.withLock { $0.writes += 1 }
        return try await inner.write(body, committed: committed)
    }

    func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        try await inner.expunge(text, rewriteBytes: rewriteBytes)
    }

    var writesSuspendedReason: String? { inner.writesSuspendedReason }

    /// Reads and writes since the last time.
    func take() -> (reads: Int, writes: Int) {
        counts.withLock { counts in
            defer { counts = (0, 0) }
            return counts
        }
    }
}

/// Scans of many versions are many short reads and writes.
@Suite struct ComplianceScaleTests {
    private static let versions: Int = 3_000
    /// One in so many is in service.
    private static let every: Int = 20

    @Test func aScanOfThousandsIsManyShortSteps() async throws {
        let folder = TemporaryFolder("stemma-scale")
        let clock = ManualEnvironment()
        let sqlite = try SQLiteMetadataStore(path: folder.file("stemma.db"), environment: clock.environment)
        let store = ScanWatchingStore(sqlite)
        var policy = RegistryPolicy()
        policy.limits.compliancePageVersions = 500
        policy.limits.complianceSubjectsPerWrite = 200
        policy.limits.complianceChangesPerWrite = 50
        policy.limits.complianceSubjectsPerRead = 20
        let registry = try await TestRegistry(store: store, blobs: MemoryBlobStore(), clock: clock, policy: policy)
        try await Self.fill(store)
        _ = store.take()

        let service = ComplianceService(core: registry.core)
        let answer: Answer = try await service.startScan([:], registry.context())
        let first: (reads: Int, writes: Int) = store.take()
        let scan: JSONValue = try JSONParser.parse(answer.body)
        #expect(scan["status"]?.string == "finished")
        // Ten models, their versions, and the registry.
        #expect(scan["subjects"]?.integer == Int64(Self.versions + 11))
        let served: Int = Self.versions / Self.every
        #expect(scan["counts"]?["INV-03"]?["fail"]?.integer == Int64(served))
        #expect(scan["counts"]?["INV-03"]?["not_applicable"]?.integer == Int64(Self.versions - served))
        let opened: Int = Int(scan["violations"]?["opened"]?.integer ?? 0)
        #expect(opened > served * 3)
        // Of those in development nothing is read but their rows: a read for each page, and one for 20 of the others.
        #expect(first.reads >= Self.versions / 500 + served / 20)
        #expect(first.reads < 200)
        // No transaction changes more than some violations beyond the limit of 50.
        #expect(first.writes >= opened / 60)

        let again: Answer = try await service.startScan([:], registry.context())
        let second: JSONValue = try JSONParser.parse(again.body)
        #expect(second["violations"]?["refreshed"]?.integer == Int64(opened))
        #expect(second["violations"]?["opened"]?.integer == 0)
        #expect(second["counts"] == scan["counts"])
        await sqlite.close()
    }

    private static func fill(_ store: ScanWatchingStore) async throws {
        for model in 0..<10 {
            try await store.write(
                { transaction in
                    let moment = ManualEnvironment.start
                    let ada: Int64 = try transaction.ensurePrincipal(subject: "ada", pseudonym: "p_ada", at: moment).id
                    let id: Int64 = try transaction.insertModel(
                        name: "model_\(model)",
                        fields: ModelFields(
                            description: nil, domain: nil, useCase: nil, owner: "ada", tags: Array("{}".utf8),
                            metadata: Array("{}".utf8)), created: moment, createdBy: ada)
                    for number in 0..<(versions / 10) {
                        _ = try transaction.takeRegistrationNumber(model: id)
                        let text: String = "1.\(number).0"
                        let digest: Digest = SHA256Hasher.digest(Array("\(model) \(text)".utf8))
                        _ = try transaction.insertVersion(
                            NewVersion(
                                modelID: id, number: Int64(number + 1), version: try #require(SemanticVersion(text)),
                                status: .ready, state: number % every == 0 ? .staging : .development, description: nil,
                                tags: Array("{}".utf8), metrics: Array("{}".utf8), document: Array("{}".utf8),
                                requestDigest: digest, artifactsDigest: digest, manifestDigest: digest, sizeBytes: 0,
                                created: moment, createdBy: ada, expires: nil))
                    }
                }, committed: nil)
        }
    }
}

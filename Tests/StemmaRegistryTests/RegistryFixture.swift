import StemmaDigest
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

/// A registry on SQLite in a folder of its own, with blobs in memory, a clock that stands still and seeded randomness.
struct RegistryFixture {
    let store: any MetadataStore
    let blobs: MemoryBlobStore
    let registry: TestRegistry
    private let folder: TemporaryFolder

    var core: RegistryCore { registry.core }
    var clock: ManualEnvironment { registry.clock }
    var blobService: BlobService { BlobService(core: core) }
    var versions: VersionService { VersionService(core: core) }

    /// Runs a body with an empty registry and closes the store, whatever happens.
    static func with(
        policy: RegistryPolicy = RegistryPolicy(), _ body: (RegistryFixture) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder("stemma-registry")
        let clock = ManualEnvironment()
        let store = try SQLiteMetadataStore(path: folder.file("stemma.db"), environment: clock.environment)
        do {
            let blobs = MemoryBlobStore()
            let registry = try await TestRegistry(store: store, blobs: blobs, clock: clock, policy: policy)
            try await body(RegistryFixture(store: store, blobs: blobs, registry: registry, folder: folder))
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Stores bytes by the admin and answers their digest.
    func putBlob(_ text: String) async throws -> Digest {
        try await blobService.takeBlob(TestBody.pull(Array(text.utf8)), registry.context())
    }

    /// Registers a version of `model` from JSON text, making the model.
    @discardableResult
    func register(_ model: String, _ json: String) async throws -> Answer {
        try await versions.registerVersion(model: model, try parse(json), createsModel: true, registry.context())
    }
}

/// JSON text as a value.
func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

/// Fails unless the body throws a `StemmaError` of that code; answers the error.
@discardableResult
func expectRefusal(
    _ code: StemmaErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> StemmaError? {
    do {
        try await body()
        Issue.record("nothing was thrown, wanted \(code)", sourceLocation: sourceLocation)
    } catch let error as StemmaError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("thrown: \(error), wanted \(code)", sourceLocation: sourceLocation)
    }
    return nil
}

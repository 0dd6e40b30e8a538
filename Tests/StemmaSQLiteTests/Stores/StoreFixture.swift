import StemmaRegistry
import StemmaSQLite

/// A store in a folder of its own.
struct StoreFixture {
    private let folder: EngineFolder
    let store: SQLiteMetadataStore

    var path: String { folder.file("stemma.db") }

    init(_ options: SQLiteOptions = SQLiteOptions()) throws {
        folder = try EngineFolder()
        store = try SQLiteMetadataStore(
            path: folder.file("stemma.db"), options: options, environment: StoreFixture.environment)
    }

    /// A clock that stands still and random bytes that are all 0.
    static let environment = Environment(
        now: { Timestamp(milliseconds: 1_705_312_800_000) }, randomBytes: { [UInt8](repeating: 0, count: $0) })

    /// Runs a body with an empty store and closes the store, whatever happens.
    static func with(
        _ options: SQLiteOptions = SQLiteOptions(), _ body: (StoreFixture) async throws -> Void
    ) async throws {
        let fixture = try StoreFixture(options)
        do {
            try await body(fixture)
        } catch {
            await fixture.store.close()
            throw error
        }
        await fixture.store.close()
    }
}

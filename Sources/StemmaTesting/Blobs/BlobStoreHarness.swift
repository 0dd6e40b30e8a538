package import StemmaRegistry

/// How the contract suite gets at one implementation.
package protocol BlobStoreHarness: Sendable {
    /// Opens the storage, which is empty the first time. The suite calls it again to simulate a restart after a crash,
    /// when it has dropped everything that came from the store before.
    func open() async throws -> any BlobStore
}

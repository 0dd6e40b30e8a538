import StemmaTesting
import Testing

@Suite struct BlobStoreContractTests {
    @Test(arguments: BlobStoreContract.checks)
    func onFiles(check: BlobStoreContract.Check) async throws {
        try await check.run(FileStoreHarness())
    }

    @Test(arguments: BlobStoreContract.checks)
    func inMemory(check: BlobStoreContract.Check) async throws {
        try await check.run(MemoryStoreHarness())
    }
}

import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@Suite("The SQLite store keeps the metadata store's contract")
struct MetadataStoreContractTests {
    @Test(arguments: MetadataStoreContract.checks)
    func keeps(_ check: ContractCheck<any MetadataStore>) async throws {
        try await StoreFixture.with { fixture in try await check.run(fixture.store) }
    }
}

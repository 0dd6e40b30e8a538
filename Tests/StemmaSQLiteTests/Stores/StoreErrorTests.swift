import StemmaDigest
import StemmaRegistry
import Testing

@testable import StemmaSQLite

@Suite("Failures of the SQLite store in the registry's words")
struct StoreErrorTests {
    @Test(
        "Result codes become error codes",
        arguments: [
            (SQLiteResultCode.full, StemmaErrorCode.insufficientStorage), (.busy, .overloaded), (.locked, .overloaded),
            (.ioErrorSync, .internalError), (.constraintUnique, .internalError), (.corrupt, .internalError),
        ])
    func translatesResultCodes(_ code: SQLiteResultCode, _ wanted: StemmaErrorCode) throws {
        let error = SQLiteError(code: code, message: "secret detail", sql: "SELECT 1")
        let translated = try #require(StemmaError.translating(error) as? StemmaError)
        #expect(translated.code == wanted)
        #expect(!translated.detail.contains("secret"))
        #expect(translated.cause?.contains("secret detail") == true)
    }

    @Test("Other errors pass unchanged")
    func passesOthers() {
        let own = StemmaError(.modelExists, "x")
        #expect((StemmaError.translating(own) as? StemmaError)?.code == .modelExists)
        #expect(StemmaError.translating(CancellationError()) is CancellationError)
    }

    @Test("A full disk answers insufficient storage and stores nothing")
    func fullDisk() async throws {
        let full = SQLiteError(code: .full, message: "database or disk is full")
        try await expectFault(.insteadOfCommit(full), .insufficientStorage, suspends: false)
    }

    @Test("After a failed sync writes are suspended, with the reason, and reads go on")
    func failedSync() async throws {
        let failure = SQLiteError(code: .ioErrorSync, message: "disk I/O error")
        try await expectFault(.afterCommit(failure), .internalError, suspends: true)
    }

    private func expectFault(_ fault: SQLiteCommitFault, _ code: StemmaErrorCode, suspends: Bool) async throws {
        let isArmed = Shared(false)
        var options = SQLiteOptions()
        options.commitFault = { isArmed.value ? fault : nil }
        try await StoreFixture.with(options) { fixture in
            let store: SQLiteMetadataStore = fixture.store
            try await store.write({ try $0.setSetting("a", to: [1]) }, committed: nil)
            isArmed.update { $0 = true }
            let error = await #expect(throws: StemmaError.self) {
                try await store.write({ try $0.setSetting("a", to: [2]) }, committed: nil)
            }
            #expect(error?.code == code || error?.code == .writesSuspended)
            isArmed.update { $0 = false }
            #expect((store.writesSuspendedReason != nil) == suspends)
            if suspends {
                let later = await #expect(throws: StemmaError.self) {
                    try await store.write({ try $0.setSetting("a", to: [3]) }, committed: nil)
                }
                #expect(later?.code == .writesSuspended)
            } else {
                let kept: [UInt8]? = try await store.read { try $0.setting("a") }
                #expect(kept == [1])
            }
        }
    }

    @Test("A closed store says that it is shutting down")
    func closed() async throws {
        let fixture = try StoreFixture()
        await fixture.store.close()
        let error = await #expect(throws: StemmaError.self) { try await fixture.store.read { try $0.auditSize() } }
        #expect(error?.code == .shuttingDown)
    }

    @Test("A reader cannot write, even around the protocols")
    func readersCannotWrite() async throws {
        try await StoreFixture.with { fixture in
            let error = await #expect(throws: StemmaError.self) {
                try await fixture.store.read { reader in
                    try (reader as? SQLiteSession)?.setSetting("a", to: [1])
                }
            }
            #expect(error?.code == .internalError)
            let kept: [UInt8]? = try await fixture.store.read { try $0.setting("a") }
            #expect(kept == nil)
        }
    }

    @Test("A damaged row is an internal error, not a trap")
    func damagedRow() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.store.database.write { connection in
                try connection.execute("INSERT INTO principal VALUES (1, 'p', 's', 0, NULL)")
                let token: String = "INSERT INTO token VALUES ('t', 1, x'00', '[]', '[]', 0, NULL, NULL, NULL)"
                try connection.execute(token)
            }
            let error = await #expect(throws: StemmaError.self) {
                _ = try await fixture.store.read { try $0.token(id: "t") }
            }
            #expect(error?.code == .internalError)
        }
    }
}

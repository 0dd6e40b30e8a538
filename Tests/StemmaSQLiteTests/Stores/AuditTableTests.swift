import StemmaDigest
import StemmaRegistry
import StemmaSQLite
import Testing

@Suite("The audit table defends itself")
struct AuditTableTests {
    @Test(
        "Events can be neither changed nor removed, even by SQL",
        arguments: [
            "UPDATE audit_event SET action = 'x'", "UPDATE audit_event SET leaf = NULL", "DELETE FROM audit_event",
            "DELETE FROM audit_event WHERE seq = 0", "REPLACE INTO audit_event SELECT * FROM audit_event",
            "UPDATE OR REPLACE audit_event SET seq = 7",
        ])
    func refuses(_ statement: String) async throws {
        try await StoreFixture.with { fixture in
            let digest: Digest = SHA256Hasher.digest([1])
            try await fixture.store.write(
                { transaction in
                    try transaction.appendAuditEvent(
                        sequence: 0, at: Timestamp(milliseconds: 1), leaf: [1], leafHash: digest,
                        retainUntil: Timestamp(milliseconds: 2), action: "a", outcome: "success", principal: nil,
                        resource: .registry, privateValues: [])
                }, committed: nil)
            let error = await #expect(throws: SQLiteError.self) {
                _ = try await fixture.store.database.write { connection in try connection.execute(statement) }
            }
            #expect(error?.code.primary == .constraint)
            let event: AuditRecord? = try await fixture.store.read { try $0.auditEvent(sequence: 0) }
            #expect(event?.action == "a" && event?.leaf == [1])
        }
    }
}

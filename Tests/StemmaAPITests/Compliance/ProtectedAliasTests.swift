import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// Which aliases were protected at the time of an event.
@Suite struct ProtectedAliasTests {
    /// The event of a move, which says whether its alias was protected where `told` does.
    private static func event(_ at: Timestamp, told: Bool? = nil) throws -> AuditEvent {
        let detail: String = told.map { #"{"protected":\#($0)}"# } ?? "{}"
        return try AuditEvent(
            AuditRecord(
                sequence: 7, timestamp: at, leaf: Array(#"{"detail":\#(detail)}"#.utf8),
                leafHash: SHA256Hasher.digest([]), action: "set_alias", outcome: "success", principalID: nil,
                resource: (type: "alias", id: "m@gold", model: "m", version: nil), privateValues: []))
    }

    @Test func theLifecycleOfTheTimeTellsWhereTheEventDoesNot() async throws {
        let policy = RegistryPolicy(protectedAliases: ["red"])
        try await APIHarness.with(policy: policy, lifecycle: try TestLifecycle.protecting(["gold"])) { harness in
            let before: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let present: Reply = await harness.ask(.get, "/v1/lifecycle")
            let put: Reply = await harness.send(
                .put, "/v1/lifecycle", "\(try TestLifecycle.protecting(["free"]))",
                [("if-match", present.headers["etag"] ?? "")])
            try #require(put.status == 200, "\(put.text)")
            let after: Timestamp = harness.clock.now
            let (all, recent): (ProtectedAliases, ProtectedAliases) = try await harness.registry.core.store.read {
                (try ProtectedAliases(policy, since: nil, $0), try ProtectedAliases(policy, since: after, $0))
            }
            #expect(all.ever.contains("gold") && all.ever.contains("free") && all.ever.contains("red"))
            #expect(!recent.ever.contains("gold") && recent.ever.contains("free"))
            for (alias, wasProtected, isProtected) in [
                ("gold", true, false), ("free", false, true), ("red", true, true), ("production", true, true),
                ("other", false, false),
            ] {
                #expect(all.contains(alias, at: try Self.event(before)) == wasProtected, "\(alias)")
                #expect(all.contains(alias, at: try Self.event(after)) == isProtected, "\(alias)")
                // The event's own word is as good as any.
                #expect(!all.contains(alias, at: try Self.event(after, told: false)))
                #expect(all.contains(alias, at: try Self.event(before, told: true)))
            }
            // Before there was any lifecycle, only the configuration protected.
            let early: AuditEvent = try Self.event(before.adding(milliseconds: -1))
            #expect(!all.contains("gold", at: early) && all.contains("red", at: early))
        }
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// What is about to be removed under legal holds of every kind.
@Suite struct ScheduledRemovalTests {
    private static let policy = RegistryPolicy(
        auditRetentionMilliseconds: 10 * 86_400_000, complianceFrameworks: ["gdpr"])

    /// A registry in which deprecated versions are archived after 90 days, and events are kept for ten.
    private static func with(_ body: (ComplianceScene) async throws -> Void) async throws {
        try await ComplianceScene.with(policy: policy, lifecycle: try TestLifecycle.standardJSON(), body)
    }

    /// By what would be removed: the hold over it, and whether it waits for its release.
    private static func removals(_ scene: ComplianceScene) async throws -> [String: Row] {
        let core: RegistryCore = scene.harness.registry.core
        let context: ComplianceContext = try await ComplianceContext.load(
            core.compliance.library.rules, now: core.environment.now(), core)
        let facts: JSONValue = try await core.store.read { reader in
            var sheet = ComplianceSheet()
            try ScheduledRemovals(core, context, reader).gather(into: &sheet)
            return sheet.json
        }
        #expect(ComplianceFacts.shape(.registry).faults(in: facts).isEmpty)
        let rows: [JSONValue] = facts["registry"]?["scheduled_removals"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (
                    row["id"]?.string ?? "",
                    Row(hold: row["legal_hold"]?.string, isDeferred: row["is_deferred"]?.bool == true)
                )
            })
    }

    private struct Row: Equatable {
        let hold: String?
        var isDeferred: Bool = false
    }

    private static func hold(_ what: String, _ scene: ComplianceScene) async throws -> String {
        try #require(
            try await scene.post("/v1/legal-holds", "{\(what),\"reason\":\"case 17\"}")["id"]?.string)
    }

    private static func release(_ hold: String, _ scene: ComplianceScene) async throws {
        try await scene.post(
            "/v1/legal-holds/\(hold)/release", #"{"reason":"over"}"#,
            token: try await scene.token("counsel", ["auditor"]))
    }

    @Test func draftsAreSeenBeforeTheirTimeIsUp() async throws {
        try await Self.with { scene in
            try await scene.publish()
            for version in ["2.0.0", "3.0.0"] {
                try await scene.post(ComplianceScene.model + "/versions", #"{"version":"\#(version)","draft":true}"#)
            }
            #expect(try await Self.removals(scene).isEmpty)
            let hold: String = try await Self.hold(#""model":"m","version":"2.0.0""#, scene)
            // Somebody may be at work on it for some days yet.
            #expect(try await Self.removals(scene).isEmpty)
            scene.pass(days: 5)
            #expect(try await Self.removals(scene) == ["expiry of m_v2.0.0": Row(hold: hold)])
            scene.pass(days: 10)
            try await scene.maintain()
            #expect(try await Self.removals(scene)["expiry of m_v2.0.0"] == Row(hold: hold))
            try await scene.scan()
            #expect(try await scene.status("HOLD-01", "registry") == "open")
            try await Self.release(hold, scene)
            try await scene.scan()
            #expect(try await scene.status("HOLD-01", "registry") == "closed")
        }
    }

    @Test func versionsThatTheLifecycleArchivesAreSeen() async throws {
        try await Self.with { scene in
            for version in ["1.0.0", "1.1.0"] {
                try await scene.harness.publish("m", version, files: [("w", [1])])
                let moved: Reply = await scene.harness.send(
                    .post, ComplianceScene.model + "/versions/\(version)/transitions",
                    #"{"to":"deprecated","rationale":"old"}"#)
                try #require(moved.status == 200, "\(moved.text)")
            }
            let hold: String = try await Self.hold(#""model":"m""#, scene)
            scene.pass(days: 87)
            #expect(try await Self.removals(scene).keys.filter { $0.hasPrefix("archiving") } == [])
            scene.pass(days: 1)
            // What somebody reads is not archived.
            _ = await scene.harness.ask(
                .get, ComplianceScene.model + "/versions/1.1.0", [("stemma-consumer", "scorer")])
            try await scene.harness.registry.core.consumerLog.flush()
            #expect(
                try await Self.removals(scene).filter { $0.key.hasPrefix("archiving") } == [
                    "archiving of m_v1.0.0": Row(hold: hold)
                ])
            scene.pass(days: 30)
            #expect(try await LifecycleAutomation(core: scene.harness.registry.core).run() == 0)
            #expect(try await Self.removals(scene)["archiving of m_v1.1.0"] == Row(hold: hold))
        }
    }

    @Test func eventsWhoseRetentionEndsAreSeen() async throws {
        try await Self.with { scene in
            try await scene.publish()
            let hold: String = try await Self.hold(#""from":1,"to":4"#, scene)
            scene.pass(days: 7)
            #expect(try await Self.removals(scene).isEmpty)
            scene.pass(days: 2)
            let wanted: [String: Row] = ["pruning of events 1 to 3": Row(hold: hold)]
            #expect(try await Self.removals(scene) == wanted)
            scene.pass(days: 2)
            let run: JSONValue = try await scene.post("/v1/audit/retention/runs", #"{"confirm_clock":true}"#)
            #expect(run["held"]?.integer == 3)
            #expect(try await Self.removals(scene) == wanted)
        }
    }

    /// A request that was put off on account of the hold waits for it; one that was put off for another reason runs into it.
    @Test func erasuresAreTheOnesThatNobodyPutOffForTheHold() async throws {
        try await Self.with { scene in
            try await scene.publish()
            for person in ["ada-waits", "bob-comes", "cleo-free"] { _ = try await scene.token(person, ["reader"]) }
            let ada: String = try await Self.hold(#""subject":"ada-waits""#, scene)
            let first: String? = try await scene.post(
                "/v1/erasures", #"{"subject":"ada-waits","legal_basis":"gdpr-17-1-a"}"#)["id"]?.string
            var others: [String] = []
            for person in ["bob-comes", "cleo-free"] {
                let until: Timestamp = scene.harness.clock.now.adding(milliseconds: 4 * 86_400_000)
                let made: JSONValue = try await scene.post(
                    "/v1/erasures",
                    """
                    {"subject":"\(person)","legal_basis":"gdpr-17-1-a",\
                    "defer":{"ground":"legal_claims","reason":"r","until":"\(until)"}}
                    """)
                others.append("erasure " + (made["id"]?.string ?? ""))
            }
            let waiting: String = "erasure " + (first ?? "")
            #expect(try await Self.removals(scene) == [waiting: Row(hold: ada, isDeferred: true)])
            try await scene.scan()
            #expect(try await scene.violation("HOLD-01", "registry") == nil)
            let bob: String = try await Self.hold(#""subject":"bob-comes""#, scene)
            scene.pass(days: 3)
            #expect(
                try await Self.removals(scene) == [
                    waiting: Row(hold: ada, isDeferred: true), others[0]: Row(hold: bob), others[1]: Row(hold: nil),
                ])
            try await scene.scan()
            #expect(try await scene.status("HOLD-01", "registry") == "open")
            // Tried again, it waits for the hold too.
            scene.pass(days: 2)
            try await scene.maintain()
            #expect(
                try await Self.removals(scene) == [
                    waiting: Row(hold: ada, isDeferred: true), others[0]: Row(hold: bob, isDeferred: true),
                ])
            try await scene.scan()
            #expect(try await scene.status("HOLD-01", "registry") == "closed")
        }
    }
}

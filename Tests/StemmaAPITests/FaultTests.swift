import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Synchronization
import Testing

@testable import StemmaAPI

/// What clients are told when the daemon itself cannot go on.
@Suite struct FaultTests {
    /// A switch that a commit asks.
    private final class Fault: Sendable {
        private let fault = Mutex<SQLiteCommitFault?>(nil)

        var options: SQLiteOptions {
            var options = SQLiteOptions()
            options.commitFault = { self.fault.withLock { $0 } }
            return options
        }

        func set(_ fault: SQLiteCommitFault?) { self.fault.withLock { $0 = fault } }
    }

    @Test func aFullDiskIsSaidAndNothingKept() async throws {
        let fault = Fault()
        try await APIHarness.with(options: fault.options) { harness in
            fault.set(.insteadOfCommit(SQLiteError(code: .full, message: "secret detail")))
            let reply: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#, [("idempotency-key", "k")])
            #expect(reply.status == 507)
            #expect(reply.code == "insufficient_storage")
            #expect(!reply.text.contains("secret"))
            fault.set(nil)
            #expect(await harness.ask(.get, "/v1/models/m").status == 404)
            // The key was not used up.
            let later: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#, [("idempotency-key", "k")])
            #expect(later.status == 201)
            #expect(later.headers["idempotent-replayed"] == nil)
        }
    }

    @Test func afterAFailedSyncWritesAreRefusedAndReadsGoOn() async throws {
        let fault = Fault()
        try await APIHarness.with(options: fault.options) { harness in
            _ = await harness.send(.post, "/v1/models", #"{"name":"before"}"#)
            fault.set(.insteadOfCommit(SQLiteError(code: .ioErrorSync, message: "secret detail")))
            let failed: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            #expect([500, 503].contains(failed.status))
            #expect(!failed.text.contains("secret"))
            fault.set(nil)
            let refused: Reply = await harness.send(.post, "/v1/models", #"{"name":"n"}"#)
            #expect(refused.status == 503)
            #expect(refused.code == "writes_suspended")
            #expect(refused.headers["retry-after"] != nil)
            #expect(await harness.ask(.get, "/v1/models/before").status == 200)
            // A refusal that cannot be logged is still a refusal.
            #expect(await harness.ask(.get, "/v1/models", token: .none).status == 401)
        }
    }

    /// Who is refused because the log does not verify is not told to wait for a restart.
    @Test func aTamperedLogIsSaidToBeOne() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(.post, "/v1/models", #"{"name":"before"}"#)
            (harness.registry.store as? SQLiteMetadataStore)?.database.suspendWrites(tampered: "event 1: secret")
            let refused: Reply = await harness.send(.post, "/v1/models", #"{"name":"n"}"#)
            #expect(refused.status == 503 && refused.code == "audit_tampered", "\(refused.text)")
            #expect(refused.text.contains("does not verify") && refused.text.contains("restart does not help"))
            #expect(!refused.text.contains("secret") && refused.headers["retry-after"] == nil)
            #expect(await harness.ask(.get, "/v1/models/before").status == 200)
            #expect(harness.registry.store.writesSuspendedReason == "audit_tampered: event 1: secret")
        }
    }

    @Test func aClosedStoreSaysThatItShutsDown() async throws {
        try await APIHarness.with { harness in
            await (harness.registry.store as? SQLiteMetadataStore)?.close()
            let reply: Reply = await harness.ask(.get, "/v1/models")
            #expect(reply.status == 503)
            #expect(reply.code == "shutting_down")
            #expect(reply.headers["retry-after"] != nil)
        }
    }

    /// What was not foreseen tells the client nothing of the inside.
    @Test func theUnforeseenIsAnInternalError() async {
        struct Surprise: Error { let secret = "inside" }
        let reported = Mutex<[String]>([])
        let render: ErrorRenderer = Problem.renderer(report: { text, request in
            reported.withLock { $0.append("\(request): \(text)") }
        })
        let identity = RequestIdentity(requestID: "r-1", method: "GET", path: "/", routePattern: nil)
        for error in [Surprise(), StemmaError(.internalError, "it failed", cause: "inside")] as [any Error] {
            let reply: Reply = await Reply(render(error, identity), isHead: false)
            #expect(reply.status == 500)
            #expect(reply.code == "internal_error")
            #expect(reply.json["instance"]?.string == "r-1")
            #expect(!reply.text.contains("inside"))
        }
        #expect(reported.withLock { $0.count } == 2)
        #expect(reported.withLock { $0.allSatisfy { $0.hasPrefix("r-1: ") && $0.contains("inside") } })
    }
}

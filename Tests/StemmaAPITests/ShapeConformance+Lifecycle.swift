import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// The lifecycle's operations, on a model of their own.
    func checkLifecycle(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        for version in ["1.0.0", "1.1.0"] {
            try await harness.publish("l", version, files: [("f", [1])], more: #","use_case":"\#(version)""#)
            try await harness.place("l", version, in: .staging)
        }
        let first: String = "/v1/models/l/versions/1.0.0"
        let second: String = "/v1/models/l/versions/1.1.0"
        for (operation, path) in [
            ("ReadLifecycle", "/v1/lifecycle"), ("ReadLifecycleRevision", "/v1/lifecycle/revisions/1"),
            ("ListLifecycleRevisions", "/v1/lifecycle/revisions"), ("ListGuards", "/v1/lifecycle/guards"),
            ("ListAllowedTransitions", first + "/transitions/allowed"),
        ] {
            try check(harness, operation, await harness.ask(.get, path))
        }
        let promotion: String = #"{"to":"production","rationale":"better","evidence":{"a":1.5},"rollback_plan":"back"}"#
        let refused: Reply = await harness.send(.post, first + "/transitions?dry_run=true", promotion)
        try check(harness, "TransitionVersion", refused)
        #expect(refused.json["allowed"] == false)

        let unguarded: JSONValue = try TestLifecycle.unguarded()
        let draft: String = "{\"definition\":\(unguarded)}"
        try check(harness, "BacktestLifecycle", await harness.send(.post, "/v1/lifecycle/backtest", draft))
        try check(harness, "PutLifecycle", await harness.send(.put, "/v1/lifecycle", "\(unguarded)"))
        for target in [first, second] {
            try check(
                harness, "TransitionVersion", await harness.send(.post, target + "/transitions", promotion))
        }
        try check(harness, "ListTransitions", await harness.ask(.get, first + "/transitions"))
        let rollback: Reply = await harness.ask(.post, second + "/rollback?dry_run=true")
        try check(harness, "RollbackVersion", rollback)
        try check(harness, "RollbackVersion", await harness.ask(.post, second + "/rollback"))
        try check(harness, "RollbackVersion", await harness.ask(.post, first + "/rollback?dry_run=true"))
    }
}

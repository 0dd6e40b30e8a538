import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// Legal holds, erasure, redaction and retention, on a model of their own.
    func checkPrivacy(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        let other: String = try await harness.registry.token("privacy-officer", roles: ["admin"])
        try await harness.publish("h", "1.0.0", token: .secret(other))
        let hold: String = "/v1/models/h/legal-hold"
        for body in [#"{"active":true,"reason":"case"}"#, #"{"active":true,"reason":"case"}"#] {
            try check(harness, "SetModelLegalHold", await harness.send(.put, hold, body))
        }
        try check(harness, "ReadModelLegalHold", await harness.ask(.get, hold))
        let body: String = #"{"subject":"privacy-officer","legal_basis":"gdpr-17-1-a"}"#
        let deferred: Reply = await harness.send(.post, "/v1/erasures", body)
        try check(harness, "EraseSubject", deferred)
        try check(harness, "ReadErasure", await harness.ask(.get, try #require(deferred.headers["location"])))
        try check(harness, "ListErasures", await harness.ask(.get, "/v1/erasures"))
        let placed: Reply = await harness.send(.post, "/v1/legal-holds", #"{"from":0,"to":1,"reason":"case"}"#)
        try check(harness, "PlaceLegalHold", placed)
        let place: String = try #require(placed.headers["location"])
        try check(harness, "ReadLegalHold", await harness.ask(.get, place))
        try check(harness, "ListLegalHolds", await harness.ask(.get, "/v1/legal-holds"))
        let release: Reply = await harness.send(
            .post, place + "/release", #"{"reason":"over"}"#, token: .secret(other))
        try check(harness, "ReleaseLegalHold", release)
        let event: String = try #require(
            await harness.ask(.get, "/v1/audit?action=place_legal_hold").items("audit_id").last)
        let redaction: Reply = await harness.send(
            .post, "/v1/audit/\(event)/redactions",
            #"{"fields":["rationale"],"legal_basis":"other","reason":"not meant to be kept"}"#)
        try check(harness, "RedactEvent", redaction)
        try check(harness, "ReadRetention", await harness.ask(.get, "/v1/audit/retention"))
        try check(
            harness, "RunRetention",
            await harness.send(.post, "/v1/audit/retention/runs", #"{"confirm_clock":true}"#))
    }
}

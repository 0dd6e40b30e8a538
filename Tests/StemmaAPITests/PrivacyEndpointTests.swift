import Foundation
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import StemmaTransparency
import Testing

@testable import StemmaAPI

/// Erasure, redaction and retention: what is gone is gone from every file, and the log still verifies.
@Suite struct PrivacyEndpointTests {
    private static let name: String = "grace.hopper@example.com"

    /// A registry in which somebody left traces everywhere.
    private static func traced(_ harness: APIHarness) async throws -> String {
        let secret: String = try await harness.registry.token(name, roles: ["publisher", "deployer", "admin"])
        let token = APIHarness.Token.secret(secret)
        try await harness.publish(
            "fraud", "1.0.0",
            more: #","description":"made by Grace.Hopper@Example.com","metadata":{"contact":"\#(name)","n":1}"#,
            token: token)
        for (method, path, body) in [
            (HTTPMethod.patch, "/v1/models/fraud", #"{"owner":"\#(name)","tags":{"team":"x"}}"#),
            (.put, "/v1/models/fraud/aliases/canary", #"{"version":"1.0.0","rationale":"Grace Hopper likes it"}"#),
            (
                .put, "/v1/models/fraud/versions/1.0.0/quarantine",
                #"{"reason":"asked by \#(name), planned hopperish words stay"}"#
            ),
            (.put, "/v1/lineage/entities/dataset/d", #"{"owner":"\#(name)","metadata":{"who":["Grace Hopper"]}}"#),
            (.post, "/v1/models", #"{"name":"other","description":"ask Grace Hopper"}"#),
        ] {
            let reply: Reply = await harness.send(method, path, body, token: token)
            #expect([200, 201].contains(reply.status), "\(path): \(reply.text)")
        }
        let refused: Reply = await harness.send(.post, "/v1/models", #"{"name":"other"}"#, token: token)
        #expect(refused.status == 409)
        return secret
    }

    private static func erasure(_ more: String = "") -> String {
        #"{"subject":"\#(name)","identifiers":["Grace Hopper"],"legal_basis":"gdpr-17-1-a","rationale":"asked"\#(more)}"#
    }

    /// Occurrences of what must not be found, in every file of the store.
    private static func traces(_ harness: APIHarness) -> Int {
        let text = ErasureText([name, "Grace Hopper"], replacement: "x")
        return ["stemma.db", "stemma.db-wal", "stemma.db-shm"].reduce(0) { sum, file in
            let bytes: Data? = FileManager.default.contents(atPath: harness.folder.file(file))
            return sum + (bytes.map { text.count(in: Array($0)) } ?? 0)
        }
    }

    private static func export(_ harness: APIHarness) async -> Reply {
        await harness.ask(.get, "/v1/audit/export?include_private=true")
    }

    /// Throws where the export does not verify.
    private static func verify(_ export: Reply, _ harness: APIHarness) async throws -> Int64 {
        let key: Reply = await harness.ask(.get, "/v1/audit/log/key")
        let keys: [VerifierKey] = try key.text.split(separator: "\n").map { try VerifierKey(String($0)) }
        var verifier = ExportVerifier(keys: keys)
        for line in export.body.split(separator: UInt8(ascii: "\n")) {
            try Array(line).withUnsafeBufferPointer { try verifier.take($0) }
        }
        return try verifier.finish().pruned
    }

    @Test func whatIsErasedIsInNoFileAndTheLogStillVerifies() async throws {
        try await APIHarness.with { harness in
            let secret: String = try await PrivacyEndpointTests.traced(harness)
            #expect(PrivacyEndpointTests.traces(harness) > 10)
            let reply: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure())
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.json["status"]?.string == "completed")
            let outcome: JSONValue = try #require(reply.json["outcome"])
            #expect(outcome["residue"]?.integer == 0)
            #expect((outcome["private_values"]?.integer ?? 0) > 10 && (outcome["texts"]?.integer ?? 0) >= 6)
            #expect(outcome["tokens"]?.integer == 1)
            #expect(outcome["versions"]?.array?.compactMap(\.string) == ["fraud_v1.0.0"])
            #expect(PrivacyEndpointTests.traces(harness) == 0)
            let export: Reply = await PrivacyEndpointTests.export(harness)
            #expect(
                ErasureText([PrivacyEndpointTests.name, "Grace Hopper"], replacement: "x").count(in: export.body) == 0)
            #expect(try await PrivacyEndpointTests.verify(export, harness) == 0)
            try await harness.registry.log.verifyAll()
            #expect(await harness.registry.log.damage == nil)
            // The pseudonym stands where the name stood, and other words stay.
            let person: String = try #require(reply.json["person"]?.string)
            let model: Reply = await harness.ask(.get, "/v1/models/fraud")
            #expect(model.json["owner"]?.string == person)
            let quarantines: Reply = await harness.ask(.get, "/v1/models/fraud/versions/1.0.0/quarantine")
            #expect(quarantines.items("reason") == ["asked by \(person), planned hopperish words stay"])
            let alias: Reply = await harness.ask(.get, "/v1/models/fraud/aliases/canary")
            #expect(alias.json["updated_by"]?.string == person)
            // Their tokens are over, and nobody becomes them.
            #expect(await harness.ask(.get, "/v1/models", token: .secret(secret)).status == 401)
            let token: Reply = await harness.send(
                .post, "/v1/tokens", #"{"subject":"\#(person)","roles":["reader"]}"#)
            #expect(token.status == 422, "\(token.text)")
        }
    }

    @Test func aLegalHoldDefersAnErasureUntilSomebodyElseReleasesIt() async throws {
        try await APIHarness.with { harness in
            _ = try await PrivacyEndpointTests.traced(harness)
            let hold: Reply = await harness.send(
                .put, "/v1/models/fraud/legal-hold", #"{"active":true,"reason":"case 17"}"#)
            #expect(hold.status == 201, "\(hold.text)")
            let id: String = try #require(hold.json["id"]?.string)
            let reply: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure())
            #expect(reply.status == 201 && reply.json["status"]?.string == "deferred", "\(reply.text)")
            #expect(reply.json["ground"]?.string == "legal_hold")
            #expect(reply.json["legal_holds"]?.array?.compactMap(\.string) == [id])
            #expect(PrivacyEndpointTests.traces(harness) > 10)
            // A second request for the same person has to wait for the first.
            let second: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure())
            #expect(second.code == "erasure_refused")
            let own: Reply = await harness.send(
                .put, "/v1/models/fraud/legal-hold", #"{"active":false,"reason":"over"}"#)
            #expect(own.status == 409 && own.code == "sod_violation")
            let auditor: String = try await harness.registry.token("counsel", roles: ["auditor"])
            let released: Reply = await harness.send(
                .post, "/v1/legal-holds/\(id)/release", #"{"reason":"over"}"#, token: .secret(auditor))
            #expect(released.status == 200 && released.json["active"]?.bool == false, "\(released.text)")
            try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
            let after: Reply = await harness.ask(.get, "/v1/erasures/" + (reply.json["id"]?.string ?? ""))
            #expect(after.json["status"]?.string == "completed", "\(after.text)")
            #expect(PrivacyEndpointTests.traces(harness) == 0)
        }
    }

    @Test func aLegalDutyDefersAnErasureUntilItsDay() async throws {
        try await APIHarness.with { harness in
            _ = try await PrivacyEndpointTests.traced(harness)
            let postponed: String =
                #","defer":{"ground":"legal_duty","reason":"kept for the tax office","until":"2024-02-01"}"#
            let reply: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure(postponed))
            #expect(reply.json["status"]?.string == "deferred" && reply.json["ground"]?.string == "legal_duty")
            let maintenance = Maintenance(core: harness.registry.core, refusals: harness.registry.refusals)
            try await maintenance.run()
            #expect(PrivacyEndpointTests.traces(harness) > 10)
            harness.clock.advance(milliseconds: 20 * 86_400_000)
            try await maintenance.run()
            #expect(PrivacyEndpointTests.traces(harness) == 0)
            for body in [
                #"{"subject":"\#(PrivacyEndpointTests.name)","legal_basis":"because"}"#, #"{"legal_basis":"other"}"#,
                #"{"subject":"ab","legal_basis":"other"}"#,
                #"{"subject":"abc","identifiers":["x"],"legal_basis":"other"}"#,
                PrivacyEndpointTests.erasure(
                    #","defer":{"ground":"legal_duty","reason":"r","until":"2020-01-01"}"#),
            ] {
                let refused: Reply = await harness.send(.post, "/v1/erasures", body)
                #expect(refused.status == 422, "\(body): \(refused.text)")
            }
            for subject in ["admin", "stemma"] {
                let refused: Reply = await harness.send(
                    .post, "/v1/erasures", #"{"subject":"\#(subject)","legal_basis":"other"}"#)
                #expect(refused.code == "erasure_refused", "\(subject): \(refused.text)")
            }
            // Somebody whom the registry never knew may still be named in texts.
            _ = await harness.send(.patch, "/v1/models/other", #"{"description":"call Ada Lovelace today"}"#)
            let unknown: Reply = await harness.send(
                .post, "/v1/erasures", #"{"subject":"ada lovelace","legal_basis":"gdpr-17-1-b"}"#)
            #expect(unknown.json["status"]?.string == "completed" && unknown.json["person"]?.isNull == true)
            let model: Reply = await harness.ask(.get, "/v1/models/other")
            #expect(model.json["description"]?.string == "call erased today")
        }
    }

    @Test func whoIsCalledLikeARoleTakesNoRoleAway() async throws {
        try await APIHarness.with { harness in
            for word in ["publisher", "development"] {
                let secret: String = try await harness.registry.token(word, roles: ["publisher"])
                try await harness.publish("m-\(word)", "1.0.0", token: .secret(secret))
                let tags: String = #"{"owner":"\#(word)","tags":{"by":"\#(word)"}}"#
                #expect(await harness.send(.patch, "/v1/models/m-\(word)", tags).status == 200)
                let reply: Reply = await harness.send(
                    .post, "/v1/erasures", #"{"subject":"\#(word)","legal_basis":"gdpr-17-1-a"}"#)
                #expect(reply.json["status"]?.string == "completed", "\(reply.text)")
                let person: String = try #require(reply.json["person"]?.string)
                let model: Reply = await harness.ask(.get, "/v1/models/m-\(word)")
                #expect(model.json["owner"]?.string == person && model.json["tags"]?["by"]?.string == person)
                let version: Reply = await harness.ask(.get, "/v1/models/m-\(word)/versions/1.0.0")
                #expect(version.json["state"]?.string == "development")
            }
            let tokens: Reply = await harness.ask(.get, "/v1/tokens")
            #expect(tokens.text.contains(#""roles":["publisher"]"#) && !tokens.text.contains(#""roles":["p_"#))
            let lifecycle: Reply = await harness.ask(.get, "/v1/lifecycle")
            #expect(lifecycle.text.contains("development") && !lifecycle.text.contains("p_"))
        }
    }

    @Test func namesInMembersGoAndDocumentsStayWhole() async throws {
        try await APIHarness.with { harness in
            let named: String = #"{"bob@example.com":"a\nRobert Stone","Robert Stone":"2","keep":"me"}"#
            let created: Reply = await harness.send(
                .post, "/v1/models", #"{"name":"dup","tags":\#(named),"metadata":\#(named)}"#)
            #expect(created.status == 201, "\(created.text)")
            try await harness.publish("dup", "1.0.0", more: #","tags":\#(named),"metadata":\#(named)"#)
            let reply: Reply = await harness.send(
                .post, "/v1/erasures",
                #"{"subject":"bob@example.com","identifiers":["Robert Stone"],"legal_basis":"gdpr-17-1-a"}"#)
            #expect(reply.json["outcome"]?["residue"]?.integer == 0, "\(reply.text)")
            #expect(reply.json["outcome"]?["remaining"]?.array?.isEmpty == true, "\(reply.text)")
            let patched: Reply = await harness.send(.patch, "/v1/models/dup", #"{"description":"z"}"#)
            #expect(patched.status == 200 && patched.json["tags"]?["keep"]?.string == "me", "\(patched.text)")
            #expect(patched.json["tags"]?.object?.count == 3 && patched.json["metadata"]?.object?.count == 3)
            for (method, path, body) in [
                (HTTPMethod.patch, "/v1/models/dup/versions/1.0.0", #"{"description":"z"}"#),
                (.post, "/v1/compliance/scans", "{}"), (.get, "/v1/compliance/inventory", nil),
                (.get, "/v1/models/dup/versions/1.0.0/reproducibility", nil),
            ] as [(HTTPMethod, String, String?)] {
                let answer: Reply =
                    body == nil ? await harness.ask(method, path) : await harness.send(method, path, body ?? "")
                #expect(answer.status < 300, "\(path): \(answer.text)")
            }
            // Filters do not know the names any more.
            let filtered: Reply = await harness.ask(
                .get, "/v1/models/dup/versions?filter=tags.keep%20%3D%20%22me%22")
            #expect(filtered.items("version") == ["1.0.0"], "\(filtered.text)")
        }
    }

    @Test func anErasedRecordStillHasItsEvidence() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("fraud", "1.0.0", more: #","metadata":{"who":"ann@example.com"}"#)
            let path: String = "/v1/models/fraud/versions/1.0.0/evidence.tar"
            let keys: [VerifierKey] = try await harness.ask(.get, "/v1/audit/log/key").text.split(separator: "\n").map {
                try VerifierKey(String($0))
            }
            let before: Reply = await harness.ask(.get, path)
            #expect(try !PackVerifier(keys: keys).verify(before.body).isErased)
            let erased: Reply = await harness.send(
                .post, "/v1/erasures", #"{"subject":"ann@example.com","legal_basis":"gdpr-17-1-a"}"#)
            #expect(erased.json["outcome"]?["versions"]?.array?.count == 1, "\(erased.text)")
            let after: Reply = await harness.ask(.get, path)
            #expect(after.status == 200, "\(after.text)")
            #expect(try PackVerifier(keys: keys).verify(after.body).isErased)
            #expect(ErasureText(["ann@example.com"], replacement: "x").count(in: after.body) == 0)
            // The older pack holds what was published, and still says so by itself.
            #expect(
                try PackVerifier(keys: keys).verify(before.body).manifestDigest
                    == PackVerifier(keys: keys).verify(after.body).manifestDigest)
        }
    }

    @Test func nobodyIsErasedUnderAnotherName() async throws {
        try await APIHarness.with { harness in
            let secret: String = try await harness.registry.token("xena@example.com", roles: ["publisher"])
            try await harness.publish("x", "1.0.0", token: .secret(secret))
            let auditor: String = try await harness.registry.token("counsel", roles: ["auditor"])
            let hold: Reply = await harness.send(
                .post, "/v1/legal-holds", #"{"subject":"xena@example.com","reason":"litigation"}"#,
                token: .secret(auditor))
            #expect(hold.status == 201, "\(hold.text)")
            for identifier in ["xena@example.com", "admin", "stemma"] {
                let reply: Reply = await harness.send(
                    .post, "/v1/erasures",
                    #"{"subject":"zzz-unknown","identifiers":["\#(identifier)"],"legal_basis":"other"}"#)
                #expect(reply.status == 409 && reply.code == "erasure_refused", "\(identifier): \(reply.text)")
            }
            // However it is written, and also where only a part of it is.
            for subject in ["XENA@example.com", "xena"] {
                let reply: Reply = await harness.send(
                    .post, "/v1/erasures", #"{"subject":"\#(subject)","legal_basis":"other"}"#)
                #expect(reply.code == "erasure_refused", "\(subject): \(reply.text)")
            }
            let events: Reply = await harness.ask(.get, "/v1/audit?model=x")
            #expect(events.items("user").contains("xena@example.com"))
        }
    }

    @Test func oneWordNamesGoWhereverPeopleWrite() async throws {
        try await APIHarness.with { harness in
            let secret: String = try await harness.registry.token("alice", roles: ["publisher", "admin"])
            try await harness.publish(
                "m", "1.0.0", more: #","metadata":{"alice":"alice"}"#,
                token: .secret(secret))
            let risk: Reply = await harness.send(
                .put, "/v1/models/m/versions/1.0.0/risk", #"{"tier":2,"rationale":"alice said so"}"#,
                token: .secret(secret))
            #expect([200, 201].contains(risk.status), "\(risk.text)")
            // As of a moment the assessment is the one of then.
            let live: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0")
            let then: Reply = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0?as_of=\(harness.clock.now)")
            #expect(live.json["risk"]?["tier"]?.integer == 2 && then.json["risk"] == live.json["risk"], "\(then.text)")
            let before: Reply = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0?as_of=\(harness.clock.now.adding(milliseconds: -1))")
            #expect(before.status == 404 || before.json["risk"]?.isNull == true, "\(before.text)")
            let review: Reply = await harness.send(
                .post, "/v1/models/m/versions/1.0.0/reviews",
                #"{"gate":"technical","decision":"approve","evidence":{"validated_by":"alice"},"comment":"by alice"}"#)
            #expect(review.status == 201, "\(review.text)")
            let reply: Reply = await harness.send(
                .post, "/v1/erasures", #"{"subject":"alice","legal_basis":"gdpr-17-1-a"}"#)
            #expect(reply.json["outcome"]?["remaining"]?.array?.isEmpty == true, "\(reply.text)")
            #expect(reply.json["outcome"]?["residue"]?.integer == 0, "\(reply.text)")
            for path in ["", "/risk", "/reviews"] {
                let answer: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0" + path)
                #expect(answer.status == 200 && !answer.text.contains("alice"), "\(answer.text)")
            }
        }
    }

    @Test func whatNamesThingsStaysAndIsTold() async throws {
        try await APIHarness.with { harness in
            try await harness.publish(
                "m", "1.0.0",
                more: #","lineage":{"features":["max-speed"]},"description":"of max","metadata":{"by":"max"}"#)
            let reply: Reply = await harness.send(
                .post, "/v1/erasures", #"{"subject":"max","legal_basis":"gdpr-17-1-b"}"#)
            let version: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0")
            #expect(version.json["description"]?.string == "of erased", "\(version.text)")
            #expect(version.json["lineage"]?["features"]?.array?.compactMap(\.string) == ["max-speed"])
            let places: [String] = (reply.json["outcome"]?["remaining"]?.array ?? []).compactMap { $0["place"]?.string }
            #expect(places.contains("version.document"), "\(reply.text)")
        }
    }

    @Test func manyVersionsWithLongNamesAreAllNamed() async throws {
        try await APIHarness.with { harness in
            let name = String(repeating: "m", count: 200)
            let versions: [String] = (0..<100).map { "1.\($0).0" }
            for version in versions {
                try await harness.publish(name, version, more: #","metadata":{"who":"ann@example.com"}"#)
            }
            let reply: Reply = await harness.send(
                .post, "/v1/erasures", #"{"subject":"ann@example.com","legal_basis":"gdpr-17-1-a"}"#)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.json["outcome"]?["versions"]?.array?.count == versions.count)
            let events: Reply = await harness.ask(.get, "/v1/audit?action=erase_subject")
            #expect(events.items("audit_id").count == 2, "\(events.text)")
            for version in [versions.first, versions.last].compactMap({ $0 }) {
                #expect(
                    await harness.ask(.get, "/v1/models/\(name)/versions/\(version)/evidence.tar").status == 200)
            }
        }
    }

    @Test func whoIsErasedMeanwhileWritesNothing() async throws {
        try await APIHarness.with { harness in
            _ = try await harness.registry.token("slowpoke", roles: ["publisher"])
            let person: Int64 = try #require(
                try await harness.registry.core.store.read { try $0.principal(subject: "slowpoke") })
            // Let in before, and at work until after.
            let principal = Principal(
                id: person, pseudonym: "p", subject: "slowpoke", tokenID: "t", roles: [.publisher], scope: .everything,
                expires: nil)
            #expect(
                await harness.send(.post, "/v1/erasures", #"{"subject":"slowpoke","legal_basis":"other"}"#).status
                    == 201)
            let context = RequestContext(principal: principal, requestID: "r", remoteAddress: "")
            await #expect(throws: StemmaError.self) {
                _ = try await harness.registry.core.gate.mutate("register_model", context) { _, _ in
                    MutationGate.Mutation(Answer(.created), event: AuditDraft(.registry))
                }
            }
        }
    }

    @Test func aRepeatedRequestErasesOnce() async throws {
        try await APIHarness.with { harness in
            _ = try await PrivacyEndpointTests.traced(harness)
            let key: [(String, String)] = [("idempotency-key", "erase-1")]
            let first: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure(), key)
            let again: Reply = await harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure(), key)
            #expect(first.status == 201 && again.body == first.body, "\(again.text)")
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(await harness.ask(.get, "/v1/erasures").items("id").count == 1)
        }
    }

    /// Whichever comes first: an erasure ended before the hold was placed, or the hold is heeded.
    @Test func aHoldThatIsAnsweredIsHeeded() async throws {
        try await APIHarness.with { harness in
            let secret: String = try await harness.registry.token(PrivacyEndpointTests.name, roles: ["publisher"])
            for number in 0..<40 {
                _ = await harness.send(
                    .post, "/v1/models", #"{"name":"r\#(number)","owner":"\#(PrivacyEndpointTests.name)"}"#,
                    token: .secret(secret))
            }
            async let erasing: Reply = harness.send(.post, "/v1/erasures", PrivacyEndpointTests.erasure())
            let hold: Reply = await harness.send(.put, "/v1/models/r39/legal-hold", #"{"active":true,"reason":"case"}"#)
            let present: Reply = await harness.ask(.get, "/v1/models/r39")
            #expect(hold.status == 201, "\(hold.text)")
            let erased: Reply = await erasing
            let after: Reply = await harness.ask(.get, "/v1/models/r39")
            // What a hold found in place is there as long as it holds.
            #expect(after.json["owner"] == present.json["owner"])
            if erased.json["status"]?.string == "deferred" { #expect(erased.json["ground"]?.string == "legal_hold") }
        }
    }

    @Test func redactionRemovesFieldsOfOneEvent() async throws {
        try await APIHarness.with { harness in
            _ = try await PrivacyEndpointTests.traced(harness)
            let events: Reply = await harness.ask(.get, "/v1/audit?action=set_alias")
            let id: String = try #require(events.items("audit_id").first)
            let path: String = "/v1/audit/\(id)/redactions"
            let body: String = #"{"fields":["rationale"],"legal_basis":"gdpr-17-1-a","reason":"names somebody"}"#
            #expect(await harness.send(.post, path + "?dry_run=true", body).status == 201)
            let reply: Reply = await harness.send(.post, path, body)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.json["redacted"]?.array?.compactMap(\.string) == ["rationale"])
            #expect(reply.json["remaining"]?.array?.compactMap(\.string).contains("actor.subject") == true)
            let event: Reply = await harness.ask(.get, "/v1/audit/" + id)
            #expect(event.json["rationale"]?.isNull == true && event.json["user"]?.string == PrivacyEndpointTests.name)
            #expect(await harness.send(.post, path, body).status == 422)
            #expect(
                await harness.send(.post, "/v1/audit/audit_20240115_99999/redactions", body).code
                    == "audit_event_not_found")
            try await harness.registry.log.verifyAll()
            #expect(await harness.registry.log.damage == nil)
            _ = await harness.send(.put, "/v1/models/fraud/legal-hold", #"{"active":true,"reason":"case"}"#)
            let held: Reply = await harness.send(
                .post, path, #"{"legal_basis":"gdpr-17-1-a","reason":"names somebody"}"#)
            #expect(held.status == 409 && held.code == "legal_hold")
        }
    }

    @Test func eventsArePrunedWhenTheirTimeHasPassed() async throws {
        let day: Int64 = 86_400_000
        try await APIHarness.with(policy: RegistryPolicy(auditRetentionMilliseconds: 10 * day)) { harness in
            _ = try await PrivacyEndpointTests.traced(harness)
            let early: Reply = await harness.ask(.get, "/v1/audit?limit=500")
            let ids: [String] = early.items("audit_id")
            let held: Reply = await harness.send(
                .post, "/v1/legal-holds", #"{"model":"other","reason":"case 18"}"#)
            #expect(held.status == 201, "\(held.text)")
            _ = await harness.ask(.get, "/v1/audit/log/checkpoint")
            harness.clock.advance(milliseconds: 2_600 * day)
            // The clock jumped: nothing is pruned before somebody has looked at it.
            try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
            #expect(await harness.ask(.get, "/v1/audit/" + (ids.first ?? "")).status == 200)
            let run: Reply = await harness.send(.post, "/v1/audit/retention/runs", "{}")
            #expect(run.status == 409 && run.code == "retention_refused", "\(run.text)")
            let pruned: Reply = await harness.send(.post, "/v1/audit/retention/runs", #"{"confirm_clock":true}"#)
            #expect(pruned.status == 200, "\(pruned.text)")
            #expect((pruned.json["pruned"]?.integer ?? 0) >= Int64(ids.count) - 2)
            #expect((pruned.json["held"]?.integer ?? 0) >= 1)
            let gone: Reply = await harness.ask(.get, "/v1/audit/" + (ids.first ?? ""))
            #expect(gone.status == 410 && gone.code == "audit_event_pruned")
            let left: Reply = await harness.ask(.get, "/v1/audit?model=other")
            #expect(!left.items("audit_id").isEmpty)
            #expect(await harness.ask(.get, "/v1/audit?model=fraud").items("audit_id").isEmpty)
            // Proofs of pruned events still work, and an export says what it cannot show.
            #expect(await harness.ask(.get, "/v1/audit/log/proof?sequence=0").status == 200)
            let export: Reply = await PrivacyEndpointTests.export(harness)
            #expect(try await PrivacyEndpointTests.verify(export, harness) > 0)
            try await harness.registry.log.verifyAll()
            #expect(await harness.registry.log.damage == nil)
            let state: Reply = await harness.ask(.get, "/v1/audit/retention")
            #expect(state.json["retention_days"]?.integer == 2_557 && state.json["clock"]?.isNull == true)
            #expect(state.json["pruned_ranges"]?.array?.isEmpty == false)
        }
    }

    private static let day: Int64 = 86_400_000

    /// What an event was about besides goes with it.
    @Test func anExpiredEventThatMovedOthersIsPruned() async throws {
        let policy = RegistryPolicy(auditRetentionMilliseconds: 10 * PrivacyEndpointTests.day)
        try await APIHarness.with(policy: policy, lifecycle: try TestLifecycle.unguarded()) { harness in
            for version in ["1.0.0", "1.1.0"] {
                try await harness.publish("m", version)
                let moved: Reply = await harness.send(
                    .post, "/v1/models/m/versions/\(version)/transitions",
                    #"{"to":"production","rationale":"r","rollback_plan":"p","evidence":{"a":1}}"#)
                #expect(moved.status == 200, "\(moved.text)")
            }
            let mentions: [Int64] = try await harness.registry.store.read {
                try $0.eventsMentioning(model: "m", version: "1.0.0")
            }
            #expect(!mentions.isEmpty)
            harness.clock.advance(milliseconds: 2_600 * PrivacyEndpointTests.day)
            let pruned: Reply = await harness.send(.post, "/v1/audit/retention/runs", #"{"confirm_clock":true}"#)
            #expect(pruned.status == 200 && pruned.json["pruned"]?.integer ?? 0 > 4, "\(pruned.text)")
            let left: [Int64] = try await harness.registry.store.read {
                try $0.eventsMentioning(model: "m", version: "1.0.0")
            }
            #expect(left.isEmpty)
            try await harness.registry.log.verifyAll()
            #expect(await harness.registry.log.damage == nil)
        }
    }

    /// Ranges are told exactly, so that a held event between two of them is missed when somebody empties it.
    @Test func aHeldEventIsInNoPrunedRange() async throws {
        let policy = RegistryPolicy(auditRetentionMilliseconds: 10 * PrivacyEndpointTests.day)
        try await APIHarness.with(policy: policy) { harness in
            for name in ["a", "held", "b", "c"] { _ = await harness.send(.post, "/v1/models", #"{"name":"\#(name)"}"#) }
            _ = await harness.send(.post, "/v1/legal-holds", #"{"model":"held","reason":"case 19"}"#)
            let events: Reply = await harness.ask(.get, "/v1/audit?model=held&action=register_model")
            let held: Int64 = try #require(events.json["items"]?.array?.first?["sequence"]?.integer)
            harness.clock.advance(milliseconds: 2_600 * PrivacyEndpointTests.day)
            let run: Reply = await harness.send(.post, "/v1/audit/retention/runs", #"{"confirm_clock":true}"#)
            #expect(run.status == 200 && run.json["held"]?.integer ?? 0 >= 1, "\(run.text)")
            let state: Reply = await harness.ask(.get, "/v1/audit/retention")
            let ranges: [Range<Int64>] = (state.json["pruned_ranges"]?.array ?? []).compactMap { range in
                guard let from = range["from"]?.integer, let to = range["to"]?.integer else { return nil }
                return from..<to
            }
            #expect(ranges.contains { $0.upperBound == held } && ranges.contains { $0.lowerBound == held + 1 })
            #expect(!ranges.contains { $0.contains(held) })
            #expect(ranges.reduce(0) { $0 + Int64($1.count) } == run.json["pruned"]?.integer)
            try await harness.registry.log.verifyAll()
            #expect(await harness.registry.log.damage == nil)
            // As somebody does who has the database at hand.
            try await harness.registry.store.write({ try $0.pruneEvents([held..<held + 1]) }, committed: nil)
            await #expect(throws: AuditTampering.self) { try await harness.registry.log.verifyAll() }
            #expect(await harness.registry.log.damage?.contains("event \(held)") == true)
        }
    }
}

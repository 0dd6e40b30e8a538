import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What a legal hold forbids, and who may place and release it.
@Suite struct LegalHoldEndpointTests {
    @Test func nothingUnderAHoldIsDeletedOrArchived() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", files: [("w", [1])])
            try await harness.publish("m", "1.1.0")
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"2.0.0","draft":true}"#)
            _ = await harness.ask(.put, "/v1/models/m/versions/2.0.0/artifacts/w", body: .bytes([1]))
            try await harness.place("m", "1.0.0", in: .deprecated)
            let hold: Reply = await harness.send(
                .post, "/v1/legal-holds", #"{"model":"m","reason":"case","owner":"counsel"}"#)
            #expect(hold.status == 201, "\(hold.text)")
            let id: String = try #require(hold.json["id"]?.string)
            for (method, path, body) in [
                (HTTPMethod.delete, "/v1/models/m", ""), (.delete, "/v1/models/m/versions/1.1.0", ""),
                (.delete, "/v1/models/m/versions/2.0.0", ""),
                (.delete, "/v1/models/m/versions/2.0.0/artifacts/w", ""),
            ] {
                let reply: Reply = await harness.send(method, path, body)
                #expect(reply.status == 409 && reply.code == "legal_hold", "\(path): \(reply.text)")
                #expect(reply.json["legal_holds"]?.array?.compactMap(\.string) == [id])
            }
            // A draft whose time is up stays too, and the log says why.
            harness.clock.advance(milliseconds: 400 * 86_400_000)
            try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
            #expect(await harness.ask(.get, "/v1/models/m/versions/2.0.0").status == 200)
            let refused: Reply = await harness.ask(
                .get, "/v1/audit?filter=action%20%3D%20%27expire_draft%27%20AND%20outcome%20%3D%20%27refused%27")
            #expect(refused.json["items"]?.array?.isEmpty == false, "\(refused.text)")
            let archive: String = #"{"to":"archived","rationale":"old"}"#
            let transitions: String = "/v1/models/m/versions/1.0.0/transitions"
            let archiving: Reply = await harness.send(.post, transitions, archive)
            #expect(archiving.status == 409 && archiving.code == "legal_hold", "\(archiving.text)")
            let counsel: String = try await harness.registry.token("counsel", roles: ["auditor"])
            let released: Reply = await harness.send(
                .put, "/v1/models/m/legal-hold", #"{"active":false,"reason":"over"}"#, token: .secret(counsel))
            #expect(released.status == 200, "\(released.text)")
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.1.0").status == 204)
            let archived: Reply = await harness.send(.post, transitions, archive)
            #expect([200, 201].contains(archived.status), "\(archived.text)")
        }
    }

    @Test func aRangeOfEventsHasBoundsThatTheLogCanTell() async throws {
        try await APIHarness.with { harness in
            for (from, to) in [
                ("0", "9007199254740992"), ("9007199254740992", "9007199254740993"), ("0", String(Int64.max)),
                ("-1", "1"),
                (String(Int64.min), "1"),
            ] {
                let reply: Reply = await harness.send(
                    .post, "/v1/legal-holds", #"{"from":\#(from),"to":\#(to),"reason":"case"}"#)
                #expect(reply.status == 422, "\(from) \(to): \(reply.text)")
            }
            let far: Reply = await harness.send(
                .post, "/v1/legal-holds", #"{"from":0,"to":9007199254740991,"reason":"case"}"#)
            #expect(far.status == 201, "\(far.text)")
        }
    }

    @Test func holdsAreForThoseWhoMayAndTellStrangersNothing() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("a", "1.0.0")
            try await harness.publish("b", "1.0.0")
            let publisher: String = try await harness.registry.token("pia", roles: ["publisher"])
            let scoped: String = try await harness.registry.token("sam", roles: ["auditor"], models: ["a"])
            let body: String = #"{"active":true,"reason":"case"}"#
            #expect(
                await harness.send(.put, "/v1/models/a/legal-hold", body, token: .secret(publisher)).status == 403)
            #expect(await harness.send(.put, "/v1/models/b/legal-hold", body, token: .secret(scoped)).status == 404)
            #expect(await harness.send(.put, "/v1/models/a/legal-hold", body, token: .secret(scoped)).status == 201)
            #expect(await harness.send(.put, "/v1/models/a/legal-hold", body, token: .secret(scoped)).status == 200)
            #expect(await harness.send(.put, "/v1/models/b/legal-hold", body).status == 201)
            let all: Reply = await harness.ask(.get, "/v1/legal-holds")
            let own: Reply = await harness.ask(.get, "/v1/legal-holds", token: .secret(scoped))
            #expect(Set(all.items("model")) == ["a", "b"] && own.items("model") == ["a"])
            for (body, pointer) in [
                (#"{"reason":"r"}"#, ""), (#"{"model":"a","subject":"admin","reason":"r"}"#, ""),
                (#"{"version":"1.0.0","reason":"r"}"#, "/model"), (#"{"from":5,"to":5,"reason":"r"}"#, "/to"),
                (#"{"from":5,"reason":"r"}"#, "/to"), (#"{"subject":"nobody","reason":"r"}"#, "/subject"),
                (#"{"model":"a","reason":" "}"#, "/reason"),
            ] {
                let reply: Reply = await harness.send(.post, "/v1/legal-holds", body)
                #expect(reply.status == 422 && reply.pointers.contains(pointer), "\(body): \(reply.text)")
            }
            for body in [
                #"{"model":"a","version":"1.0.0","reason":"r"}"#, #"{"subject":"pia","reason":"r"}"#,
                #"{"from":0,"to":4,"reason":"r"}"#,
            ] {
                let reply: Reply = await harness.send(.post, "/v1/legal-holds", body)
                #expect(reply.status == 201, "\(body): \(reply.text)")
                #expect(
                    await harness.send(.post, "/v1/legal-holds", body, token: .secret(scoped)).status
                        == (body.contains("version") ? 201 : 403))
            }
            #expect(await harness.ask(.get, "/v1/legal-holds/hold_x").code == "legal_hold_not_found")
            #expect(
                await harness.send(.post, "/v1/legal-holds/hold_x/release", #"{"reason":"r"}"#).code
                    == "legal_hold_not_found")
        }
    }

    @Test func readsAreToldOnceAWindowAndCounted() async throws {
        let policy = RegistryPolicy(auditedReads: [.downloads, .audit])
        try await APIHarness.with(policy: policy) { harness in
            try await harness.publish("m", "1.0.0", files: [("w", [1, 2])])
            let path: String = "/v1/models/m/versions/1.0.0/artifacts/w"
            let etag: String = try #require(await harness.ask(.get, path).headers["etag"])
            for _ in 0..<4 { #expect(await harness.ask(.get, path).status == 200) }
            #expect(await harness.ask(.head, path).status == 200)
            #expect(await harness.ask(.get, path, [("if-none-match", etag)]).status == 304)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0/archive.tar").status == 200)
            let reader: String = try await harness.registry.token("rea", roles: ["reader"])
            #expect(await harness.ask(.get, path, token: .secret(reader)).status == 200)
            try await harness.registry.core.reads.flush()
            let events: Reply = await harness.ask(.get, "/v1/audit?action=read_artifact")
            let found: [JSONValue] = events.json["items"]?.array ?? []
            #expect(found.compactMap { $0["detail"]?["count"]?.integer } == [1, 1, 4])
            #expect(found.compactMap { $0["user"]?.string } == ["admin", "rea", "admin"])
            #expect(found.allSatisfy { $0["detail"]?["digest"]?.string == "sha256:" + etag.dropFirst(8).dropLast() })
            #expect(await harness.ask(.get, "/v1/audit?action=read_archive").items("action") == ["read_archive"])
            let audits: Reply = await harness.ask(.get, "/v1/audit?action=list_audit_events")
            #expect(audits.items("action") == ["list_audit_events"])
        }
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", files: [("w", [1, 2])])
            _ = await harness.ask(.get, "/v1/models/m/versions/1.0.0/artifacts/w")
            #expect(await harness.ask(.get, "/v1/audit?action=read_artifact").items("action").isEmpty)
        }
    }
}

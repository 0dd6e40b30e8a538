import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaTesting
import StemmaTransparency
import Testing

@testable import StemmaAPI

@Suite struct AuditLogEndpointTests {
    @Test func headsAndProofsVerify() async throws {
        try await APIHarness.with { harness in
            for index in 0..<9 { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(index)"}"#) }
            let key: Reply = await harness.ask(.get, "/v1/audit/log/key")
            #expect(key.headers["content-type"] == "text/plain; charset=utf-8")
            let verifier = try VerifierKey(String(try #require(key.text.split(separator: "\n").last)))
            let head: Reply = await harness.ask(.get, "/v1/audit/log/checkpoint")
            #expect(head.status == 200 && head.headers["cache-control"] == "no-cache")
            let note = try SignedNote(head.text)
            #expect(try note.verified(by: [verifier]) == [verifier])
            let checkpoint = try Checkpoint(note.text)
            #expect(checkpoint.size == 10)

            let inclusion: Reply = await harness.ask(.get, "/v1/audit/log/proof?sequence=4&size=10")
            let event: Reply = await harness.ask(.get, "/v1/audit?filter=sequence%20%3D%204")
            let leafHash: Digest = try #require(Digest(event.json["items"]?.array?.first?["leaf_hash"]?.string ?? ""))
            #expect(inclusion.json["leaf_hash"]?.string == Base64.encode(leafHash.bytes))
            #expect(inclusion.json["checkpoint"]?.string == head.text)
            #expect(
                MerkleProof.root(
                    ofLeaf: leafHash, at: 4, in: 10, proof: AuditLogEndpointTests.hashes(inclusion.json["proof"]))
                    == checkpoint.root)

            _ = await harness.send(.post, "/v1/models", #"{"name":"later"}"#)
            let consistency: Reply = await harness.ask(.get, "/v1/audit/log/consistency?from=10")
            let newer: Reply = await harness.ask(.get, "/v1/audit/log/checkpoint")
            let larger = try Checkpoint(SignedNote(newer.text).text)
            #expect(consistency.json["to"]?.integer == larger.size && larger.size > 10)
            #expect(
                MerkleProof.isConsistent(
                    from: 10, checkpoint.root, to: larger.size, larger.root,
                    proof: AuditLogEndpointTests.hashes(consistency.json["proof"])))
        }
    }

    @Test func tilesHoldTheTree() async throws {
        try await APIHarness.with { harness in
            for index in 0..<4 { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(index)"}"#) }
            let hashes: Reply = await harness.ask(.get, "/v1/audit/log/tile/0/000.p/5")
            #expect(hashes.status == 200 && hashes.body.count == 160)
            #expect(hashes.headers["cache-control"]?.contains("immutable") == true)
            let entries: Reply = await harness.ask(.get, "/v1/audit/log/tile/entries/000.p/5")
            var rest: ArraySlice<UInt8> = entries.body[...]
            var leaves: [Digest] = []
            while let high = rest.popFirst(), let low = rest.popFirst() {
                let count = Int(high) << 8 | Int(low)
                leaves.append(MerkleHash.leaf(Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
            #expect(leaves.flatMap(\.bytes) == hashes.body)
            for path in ["0/000", "0/000.p/200", "1/000", "0/0", "9/000", "entries/000", "0/001.p/1", "nothing"] {
                let reply: Reply = await harness.ask(.get, "/v1/audit/log/tile/" + path)
                #expect(reply.status == 404 && reply.code == "tile_not_found", "\(path)")
            }
        }
    }

    @Test func exportsVerifyAndAreEventsThemselves() async throws {
        try await APIHarness.with { harness in
            for index in 0..<4 { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(index)","owner":"Ada"}"#) }
            let key = try VerifierKey(
                String(await harness.ask(.get, "/v1/audit/log/key").text.dropLast()))
            for (query, range, isPrivate) in [
                ("", 0..<6, false), ("?include_private=true", 0..<7, true), ("?from=2&to=5&since=1", 2..<5, false),
            ] as [(String, Range<Int64>, Bool)] {
                let reply: Reply = await harness.ask(.get, "/v1/audit/export" + query)
                #expect(reply.status == 200 && reply.headers["content-type"] == "application/x-ndjson")
                var verifier = ExportVerifier(keys: [key])
                for line in reply.body.split(separator: 0x0A) {
                    try Array(line).withUnsafeBufferPointer { try verifier.take($0) }
                }
                let verdict = try verifier.finish()
                #expect(verdict.range == range)
                #expect((verdict.revealed > 0) == isPrivate)
                #expect(reply.text.contains("Ada") == isPrivate)
            }
            let events: Reply = await harness.ask(.get, "/v1/audit?action=export_audit")
            #expect(events.json["items"]?.array?.count == 3)
        }
    }

    @Test func whatTheLogDoesNotHaveIsRefused() async throws {
        try await APIHarness.with { harness in
            let cases: [(String, Int, String)] = [
                ("/log/proof", 400, "invalid_request"), ("/log/proof?sequence=0&size=999", 400, "invalid_request"),
                ("/log/proof?sequence=0&size=-1", 400, "invalid_request"),
                ("/log/proof?sequence=5&size=1", 404, "audit_event_not_found"),
                ("/log/proof?sequence=-1", 404, "audit_event_not_found"),
                ("/log/consistency", 400, "invalid_request"), ("/log/consistency?from=9&to=1", 400, "invalid_request"),
                ("/log/consistency?from=0&to=999", 400, "invalid_request"),
                ("/export?from=5&to=1", 400, "invalid_request"), ("/export?to=999", 400, "invalid_request"),
                ("/export?since=999", 400, "invalid_request"), ("/export?from=x", 422, "validation_failed"),
                ("/export?from=9007199254740992", 422, "validation_failed"),
                ("/export?from=-9007199254740992", 422, "validation_failed"),
                ("/export?to=\(Int64.max)", 422, "validation_failed"),
                ("/export?to=-1", 422, "validation_failed"), ("/export?since=\(Int64.min)", 422, "validation_failed"),
                ("/log/proof?sequence=\(Int64.max)", 404, "audit_event_not_found"),
                ("/log/proof?sequence=0&size=\(Int64.max)", 400, "invalid_request"),
                ("/log/consistency?from=\(Int64.min)", 400, "invalid_request"),
                ("/log/consistency?from=0&to=\(Int64.max)", 400, "invalid_request"),
                ("/log/tile/0/x009/x223/x372/x036/x854/x775/807", 404, "tile_not_found"),
                ("/log/tile/entries/x036/x028/x797/x018/x963/966", 404, "tile_not_found"),
                ("/audit_20240115_9223372036854775807", 404, "audit_event_not_found"),
            ]
            for (path, status, code) in cases {
                let reply: Reply = await harness.ask(.get, "/v1/audit" + path)
                #expect(reply.status == status && reply.code == code, "\(path): \(reply.status) \(reply.text)")
            }
        }
    }

    /// A proof is over everything, so that a token for some models gets none; other roles get nothing at all.
    @Test func onlyAuditorsOfEverythingMayAsk() async throws {
        try await APIHarness.with { harness in
            let some: String = try await harness.registry.token("some", roles: ["auditor"], models: ["a_*"])
            let reader: String = try await harness.registry.token("reader", roles: ["reader", "publisher"])
            let auditor: String = try await harness.registry.token("auditor", roles: ["auditor"])
            for path in [
                "/log/checkpoint", "/log/key", "/log/proof?sequence=0", "/log/consistency?from=0",
                "/log/tile/0/000.p/1",
                "/export",
            ] {
                #expect(await harness.ask(.get, "/v1/audit" + path, token: .secret(some)).status == 403, "\(path)")
                #expect(await harness.ask(.get, "/v1/audit" + path, token: .secret(reader)).status == 403, "\(path)")
                #expect(await harness.ask(.get, "/v1/audit" + path, token: .secret(auditor)).status == 200, "\(path)")
            }
        }
    }

    private static func hashes(_ value: JSONValue?) -> [Digest] {
        (value?.array ?? []).compactMap { $0.string.flatMap { Base64.decode($0) }.flatMap { Digest(bytes: $0) } }
    }
}

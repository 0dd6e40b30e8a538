import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct ModelEndpointTests {
    @Test func registersReadsChangesAndDeletes() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.send(
                .post, "/v1/models",
                #"{"name":"fraud detection é","description":"d","domain":"payments","use_case":"u","owner":"o","tags":{"a":"b"},"metadata":{"k":[1]}}"#
            )
            #expect(made.status == 201)
            let location: String = try #require(made.headers["location"])
            #expect(location == "/v1/models/fraud%20detection%20%C3%A9")
            let read: Reply = await harness.ask(.get, location)
            #expect(read.body == made.body)
            #expect(read.headers["etag"] == made.headers["etag"])
            #expect(read.json["etag"]?.string == read.headers["etag"])
            #expect(read.json["created_at"]?.string == "2024-01-15T10:00:00.000Z")
            #expect(read.json["created_by"]?.string == "admin")
            #expect(read.json["latest_version"]?.isNull == true)
            harness.clock.advance(milliseconds: 1_000)
            let patched: Reply = await harness.send(
                .patch, location, #"{"description":null,"tags":{"a":null,"c":"d"},"metadata":{"k":{"x":1}}}"#)
            #expect(patched.status == 200)
            #expect(patched.json["description"]?.isNull == true)
            #expect(patched.json["tags"]?.object?.members.map(\.name) == ["c"])
            #expect(patched.json["owner"]?.string == "o")
            #expect(patched.json["updated_at"]?.string == "2024-01-15T10:00:01.000Z")
            #expect(await harness.ask(.delete, location).status == 204)
            #expect(await harness.ask(.get, location).code == "model_not_found")
            let again: Reply = await harness.send(.post, "/v1/models", #"{"name":"fraud detection é"}"#)
            #expect(again.status == 409)
            #expect(again.code == "name_retired")
        }
    }

    static let refusals: [(body: String, status: Int, code: String, pointers: [String])] = [
        ("{}", 422, "validation_failed", ["/name"]), (#"{"name":1}"#, 422, "validation_failed", ["/name"]),
        (#"{"name":"a/b"}"#, 422, "invalid_name", ["/name"]), (#"{"name":".a"}"#, 422, "invalid_name", ["/name"]),
        (#"{"name":"a:b"}"#, 422, "invalid_name", ["/name"]), (#"{"name":"a@b"}"#, 422, "invalid_name", ["/name"]),
        (#"{"name":"a\u0000b"}"#, 422, "invalid_name", ["/name"]), (#"{"name":".."}"#, 422, "invalid_name", ["/name"]),
        (#"{"name":"\#(String(repeating: "x", count: 201))"}"#, 422, "invalid_name", ["/name"]),
        (#"{"name":"m","nmae":1,"owner":5}"#, 422, "validation_failed", ["/nmae", "/owner"]),
        (#"{"name":"m","created_by":"me"}"#, 422, "validation_failed", ["/created_by"]),
        (#"{"name":"m","tags":{"a":1}}"#, 422, "validation_failed", ["/tags/a"]),
        ("[]", 422, "validation_failed", [""]),
        ("", 400, "malformed_json", []), ("{", 400, "malformed_json", []),
        (#"{"name":"m","name":"n"}"#, 400, "malformed_json", []),
        (#"{"name":"\ud800"}"#, 400, "malformed_json", []),
        (#"{"name":"m","metadata":{"x":1e400}}"#, 400, "malformed_json", []),
        (#"{"name":"m"} x"#, 400, "malformed_json", []), ("\u{FEFF}{}", 400, "malformed_json", []),
        (
            #"{"name":"m","metadata":"# + String(repeating: "[", count: 65) + String(repeating: "]", count: 65) + "}",
            400, "malformed_json", []
        ),
    ]

    @Test func refusesWhatItCannotTake() async throws {
        try await APIHarness.with { harness in
            for row in ModelEndpointTests.refusals {
                let reply: Reply = await harness.send(.post, "/v1/models", row.body)
                #expect(reply.status == row.status, "\(row.body)")
                #expect(reply.code == row.code, "\(row.body)")
                #expect(reply.pointers == row.pointers, "\(row.body)")
                #expect(reply.headers["content-type"] == "application/problem+json")
                if row.code == "malformed_json" { #expect(reply.json["byte_offset"]?.integer != nil) }
            }
            let list: Reply = await harness.ask(.get, "/v1/models")
            #expect(list.json["items"]?.array?.isEmpty == true)
        }
    }

    @Test func problemDocumentsHaveTheirMembers() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.ask(.get, "/v1/models/absent")
            #expect(reply.status == 404)
            #expect(reply.json["type"]?.string == "urn:stemma:problem:model_not_found")
            #expect(reply.json["title"]?.string == "No such model")
            #expect(reply.json["status"]?.integer == 404)
            #expect(reply.json["instance"]?.string == "test")
            #expect(reply.json["detail"]?.string?.contains("absent") == true)
            #expect(reply.json["errors"]?.array?.isEmpty == true)
            #expect(reply.headers["cache-control"] == "no-store")
        }
    }

    @Test func bodiesNeedTheirMediaTypeAndSize() async throws {
        try await APIHarness.with { harness in
            let body: [UInt8] = Array(#"{"name":"m"}"#.utf8)
            for (fields, status) in [
                ([], 415), ([("content-type", "text/plain")], 415), ([("content-type", "application/jsonx")], 415),
                ([("content-type", "application/json"), ("content-encoding", "gzip")], 415),
                ([("content-type", "Application/JSON; charset=utf-8")], 201),
            ] as [([(String, String)], Int)] {
                #expect(
                    await harness.ask(.post, "/v1/models", fields, body: .bytes(body)).status == status, "\(fields)")
            }
            let long: String = #"{"name":"n","description":""# + String(repeating: "x", count: 1_048_576) + "\"}"
            for body in [
                RequestBody.bytes(Array(long.utf8)), .chunked(Array(long.utf8)), .untouchable(length: 2_000_000),
            ] {
                let reply: Reply = await harness.ask(
                    .post, "/v1/models", [("content-type", "application/json")], body: body)
                #expect(reply.status == 413)
                #expect(reply.code == "payload_too_large")
            }
            // In pieces of one byte it is the same body.
            let slow: Reply = await harness.ask(
                .post, "/v1/models", [("content-type", "application/json")],
                body: .chunked(Array(#"{"name":"slow"}"#.utf8), piece: 1))
            #expect(slow.status == 201)
        }
    }

    @Test func existingNamesAndForeignNamesAreRefused() async throws {
        try await APIHarness.with { harness in
            #expect(await harness.send(.post, "/v1/models", #"{"name":"m"}"#).status == 201)
            #expect(await harness.send(.post, "/v1/models", #"{"name":"m"}"#).code == "model_exists")
            // Compared exactly.
            #expect(await harness.send(.post, "/v1/models", #"{"name":"M"}"#).status == 201)
            let token: String = try await harness.registry.token("a", roles: ["publisher"], models: ["a_*"])
            let reply: Reply = await harness.send(.post, "/v1/models", #"{"name":"b"}"#, token: .secret(token))
            #expect(reply.status == 403)
            #expect(await harness.send(.post, "/v1/models", #"{"name":"a_x"}"#, token: .secret(token)).status == 201)
        }
    }

    @Test func namesInPathsAreChecked() async throws {
        try await APIHarness.with { harness in
            for name in ["a%3Ab", ".hidden", "a%40b", "%01", "a%2Fb", String(repeating: "x", count: 201)] {
                let reply: Reply = await harness.ask(.get, "/v1/models/" + name)
                #expect(reply.status == 400, "\(name)")
                #expect(reply.code == "invalid_name", "\(name)")
            }
            for path in ["/v1/models/%00", "/v1/models/%ff", "/v1/models/%zz", "/v1/models/%2e%2e", "/v1/models/%"] {
                #expect(await harness.ask(.get, path).status == 400, "\(path)")
            }
            for path in ["/v1/models/", "/v1//models", "/V1/models", "/v1/model", "/", "/v1/models/m/extra"] {
                let reply: Reply = await harness.ask(.get, path)
                #expect(reply.status == 404, "\(path)")
                #expect(reply.code == "route_not_found")
            }
        }
    }

    @Test func preconditionsGuardWrites() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            let etag: String = try #require(made.headers["etag"])
            let target: String = "/v1/models/m"
            for (field, value, status) in [
                ("if-match", "\"wrong\"", 412), ("if-match", "W/" + etag, 412), ("if-none-match", "*", 412),
                ("if-none-match", etag, 412), ("if-match", "\"x\", " + etag, 200), ("if-match", "*", 200),
            ] {
                let reply: Reply = await harness.send(.patch, target, #"{"owner":null}"#, [(field, value)])
                #expect(reply.status == status, "\(field): \(value)")
                if status == 412 { #expect(reply.code == "stale_etag") }
            }
            let changed: Reply = await harness.send(.patch, target, #"{"owner":"x"}"#, [("if-match", etag)])
            #expect(changed.status == 200)
            #expect(changed.headers["etag"] != etag)
            #expect(await harness.ask(.delete, target, [("if-match", etag)]).status == 412)
            let same: Reply = await harness.send(.patch, target, #"{"owner":"x"}"#)
            #expect(same.headers["etag"] == changed.headers["etag"])
        }
    }

    @Test func readsKnowTheirEntityTag() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            for target in [
                "/v1/models/m", "/v1/models/m/versions/1.0.0", "/v1/model-versions/m_v1.0.0",
                "/v1/models/m/aliases/champion",
                "/v1/models/m/versions/latest", "/v1/models/m/versions/1.0.0/archive.tar",
            ] {
                let full: Reply = await harness.ask(.get, target)
                let etag: String = try #require(full.headers["etag"], "\(target)")
                for value in [etag, "W/" + etag, "\"x\", " + etag, "*"] {
                    for method in [HTTPMethod.get, .head] {
                        let reply: Reply = await harness.ask(method, target, [("if-none-match", value)])
                        #expect(reply.status == 304, "\(target) \(value)")
                        #expect(reply.body.isEmpty)
                        #expect(reply.headers["etag"] == etag)
                    }
                }
                #expect(await harness.ask(.get, target, [("if-none-match", "\"x\"")]).status == 200)
                let head: Reply = await harness.ask(.head, target)
                #expect(head.status == 200)
                #expect(head.headers == full.headers)
            }
        }
    }

    @Test func aModelInServiceIsNotDeleted() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            try await harness.place("m", "1.0.0", in: .production)
            let refused: Reply = await harness.ask(.delete, "/v1/models/m")
            #expect(refused.status == 409)
            #expect(refused.code == "model_in_use")
            #expect(refused.json["blocking"]?.array?.first?["state"]?.string == "production")
            try await harness.place("m", "1.0.0", in: .deprecated)
            #expect(await harness.ask(.delete, "/v1/models/m?dry_run=true").status == 204)
            #expect(await harness.ask(.get, "/v1/models/m").status == 200)
            #expect(await harness.ask(.delete, "/v1/models/m").status == 204)
            for target in [
                "/v1/models/m/versions", "/v1/models/m/versions/1.0.0", "/v1/models/m/aliases",
                "/v1/model-versions/m_v1.0.0",
            ] {
                #expect(await harness.ask(.get, target).status == 404, "\(target)")
            }
            let trail: Reply = await harness.ask(.get, "/v1/audit?model=m")
            #expect(trail.items("action").last == "delete_model")
        }
    }

    @Test func methodsThatAPathDoesNotHave() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.ask(.put, "/v1/models/m")
            #expect(reply.status == 405)
            #expect(reply.code == "method_not_allowed")
            #expect(reply.headers["allow"] == "GET, HEAD, PATCH, DELETE, OPTIONS")
            let options: Reply = await harness.ask(.options, "/v1/models")
            #expect(options.status == 204)
            #expect(options.headers["allow"] == "GET, HEAD, POST, OPTIONS")
        }
    }
}

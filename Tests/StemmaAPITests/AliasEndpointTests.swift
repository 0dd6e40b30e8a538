import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct AliasEndpointTests {
    private func prepare(_ harness: APIHarness) async throws {
        try await harness.publish("m", "1.0.0", files: [("f", [1])])
        try await harness.publish("m", "1.1.0", files: [("f", [1])], more: #","use_case":"x""#)
    }

    @Test func movesNameWhatTheyDisplace() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            let target: String = "/v1/models/m/aliases/champion"
            let made: Reply = await harness.send(.put, target, #"{"version":"1.0.0","rationale":"first"}"#)
            #expect(made.status == 201)
            #expect(made.headers["location"] == target)
            #expect(made.json["displaced_version"]?.isNull == true)
            harness.clock.advance(milliseconds: 1_000)
            let moved: Reply = await harness.send(.put, target, #"{"version":"v1.1.0","rationale":"second"}"#)
            #expect(moved.status == 200)
            #expect(moved.json["displaced_version"]?.string == "1.0.0")
            let read: Reply = await harness.ask(.get, target)
            #expect(
                read.json.object?.members.map(\.name) == [
                    "model", "alias", "version", "model_id", "state", "artifacts_uri", "manifest_digest", "updated_at",
                    "updated_by", "etag",
                ])
            #expect(read.json["version"]?.string == "1.1.0")
            #expect(read.json["model_id"]?.string == "m_v1.1.0")
            #expect(read.json["artifacts_uri"]?.string == "/v1/models/m/versions/1.1.0/artifacts")
            #expect(read.headers["etag"] == moved.headers["etag"])
            let uri: String = try #require(read.json["artifacts_uri"]?.string)
            #expect(await harness.ask(.get, uri).items("path") == ["f"])
            let history: Reply = await harness.ask(.get, target + "/history")
            #expect(history.items("to") == ["1.1.0", "1.0.0"])
            #expect(history.items("rationale") == ["second", "first"])
            #expect(history.items("by") == ["admin", "admin"])
            #expect(await harness.ask(.delete, target + "?dry_run=true").status == 204)
            #expect(await harness.ask(.get, target).status == 200)
            #expect(await harness.ask(.delete, target).status == 204)
            #expect(await harness.ask(.get, target).code == "alias_not_found")
            #expect(await harness.ask(.delete, target).code == "alias_not_found")
            #expect(await harness.ask(.get, target + "/history").json["items"]?.array?.first?["to"]?.isNull == true)
        }
    }

    @Test func movesHonourTheEntityTag() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            let target: String = "/v1/models/m/aliases/champion"
            #expect(await harness.send(.put, target, #"{"version":"1.0.0"}"#, [("if-match", "*")]).status == 412)
            let made: Reply = await harness.send(.put, target, #"{"version":"1.0.0"}"#, [("if-none-match", "*")])
            #expect(made.status == 201)
            let etag: String = try #require(made.headers["etag"])
            #expect(await harness.send(.put, target, #"{"version":"1.1.0"}"#, [("if-none-match", "*")]).status == 412)
            #expect(await harness.send(.put, target, #"{"version":"1.1.0"}"#, [("if-match", etag)]).status == 200)
            let stale: Reply = await harness.send(.put, target, #"{"version":"1.0.0"}"#, [("if-match", etag)])
            #expect(stale.code == "stale_etag")
            #expect(await harness.ask(.delete, target, [("if-match", etag)]).status == 412)
        }
    }

    /// Of many who saw the same state, one moves the alias.
    @Test func racingMovesHaveOneWinner() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            let target: String = "/v1/models/m/aliases/champion"
            let made: Reply = await harness.send(.put, target, #"{"version":"1.0.0"}"#)
            let etag: String = try #require(made.headers["etag"])
            let statuses: [Int] = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        await harness.send(.put, target, #"{"version":"1.1.0"}"#, [("if-match", etag)]).status
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.filter { $0 == 412 }.count == 7)
        }
    }

    static let refusals: [(alias: String, body: String, status: Int, code: String)] = [
        ("latest", #"{"version":"1.0.0"}"#, 409, "alias_computed"),
        ("1.0.0", #"{"version":"1.0.0"}"#, 400, "invalid_name"),
        ("v1.0.0", #"{"version":"1.0.0"}"#, 400, "invalid_name"), ("-x", #"{"version":"1.0.0"}"#, 400, "invalid_name"),
        (String(repeating: "a", count: 65), #"{"version":"1.0.0"}"#, 400, "invalid_name"),
        ("x%20y", #"{"version":"1.0.0"}"#, 400, "invalid_name"),
        ("x", #"{"version":"9.9.9"}"#, 404, "version_not_found"),
        ("x", #"{"version":"latest"}"#, 422, "validation_failed"),
        ("x", #"{"version":"^1.0"}"#, 422, "validation_failed"),
        ("x", #"{"version":"@champion"}"#, 422, "validation_failed"), ("x", "{}", 422, "validation_failed"),
        ("x", #"{"version":"1.0.0","why":"x"}"#, 422, "validation_failed"), ("x", "", 400, "malformed_json"),
    ]

    @Test func targetsAndNamesAreChecked() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            for row in AliasEndpointTests.refusals {
                let reply: Reply = await harness.send(.put, "/v1/models/m/aliases/" + row.alias, row.body)
                #expect(reply.status == row.status, "\(row)")
                #expect(reply.code == row.code, "\(row)")
            }
            #expect(await harness.ask(.delete, "/v1/models/m/aliases/latest").code == "alias_computed")
            #expect(await harness.ask(.get, "/v1/models/m/aliases").items("alias") == ["latest"])
        }
    }

    @Test func protectedAliasesNeedTheirPermission() async throws {
        let lifecycle: JSONValue = try TestLifecycle.protecting(["live", "canary"])
        try await APIHarness.with(lifecycle: lifecycle) { harness in
            try await prepare(harness)
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            let deployer: APIHarness.Token = .secret(try await harness.registry.token("d", roles: ["deployer"]))
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            let body: String = #"{"version":"1.0.0"}"#
            for alias in ["live", "canary"] {
                let target: String = "/v1/models/m/aliases/" + alias
                let refused: Reply = await harness.send(.put, target, body, token: publisher)
                #expect(refused.status == 403)
                #expect(refused.json["detail"]?.string?.contains("aliases:move-protected") == true)
                #expect(await harness.send(.put, target, body, token: deployer).status == 201)
                #expect(await harness.ask(.delete, target, token: publisher).status == 403)
                #expect(await harness.ask(.delete, target, token: deployer).status == 204)
            }
            #expect(await harness.send(.put, "/v1/models/m/aliases/champion", body, token: publisher).status == 201)
            #expect(await harness.send(.put, "/v1/models/m/aliases/champion", body, token: reader).status == 403)
        }
    }

    @Test func latestIsComputed() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(.post, "/v1/models", #"{"name":"m"}"#)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/latest").code == "alias_not_found")
            #expect(await harness.ask(.get, "/v1/models/m/versions/latest").code == "version_not_found")
            try await prepare(harness)
            try await harness.publish("m", "2.0.0-rc.1", more: #","use_case":"y""#)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/latest").json["version"]?.string == "1.1.0")
            _ = await harness.send(.put, "/v1/models/m/aliases/Zeta", #"{"version":"1.0.0"}"#)
            #expect(await harness.ask(.get, "/v1/models/m/aliases").items("alias") == ["Zeta", "latest"])
        }
    }

    /// What the memory answers is what the ordinary handler answers, for those who may see it and nobody else.
    @Test func theHotReadSaysTheSame() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            let target: String = "/v1/models/m/aliases/champion"
            _ = await harness.send(.put, target, #"{"version":"1.0.0"}"#)
            let route: Route = try #require(
                harness.router.routes.first { $0.pattern == "/v1/models/{name}/aliases/{alias}" && $0.method == .get })
            let hot: InlineHandler = try #require(route.inline)
            let ordinary: Reply = await harness.ask(.get, target)
            let bearer: String = "Bearer " + harness.admin
            func ask(_ model: String, _ alias: String, _ authorization: String, _ tag: String = "") -> InlineResponse? {
                withBytes([model, alias, authorization, tag]) { bytes in
                    hot(
                        InlineRequest(
                            isHead: false, parameters: [bytes[0], bytes[1]], authorization: bytes[2],
                            ifNoneMatch: bytes[3]))
                }
            }
            let answer: InlineResponse = try #require(ask("m", "champion", bearer))
            #expect(answer.status == 200)
            #expect(answer.body == ordinary.body)
            let etag: String = try #require(ordinary.headers["etag"])
            #expect(ask("m", "champion", bearer, etag)?.status == 304)
            #expect(ask("m", "champion", bearer, etag)?.body.isEmpty == true)
            #expect(ask("m", "champion", bearer, "\"x\"") == nil)
            #expect(ask("m", "absent", bearer) == nil)
            #expect(ask("n", "champion", bearer) == nil)
            #expect(ask("m", "champion", "") == nil)
            #expect(ask("m", "champion", "Bearer stm_wrong") == nil)
            let stranger: String = try await harness.registry.token("s", roles: ["reader"], models: ["x"])
            #expect(ask("m", "champion", "Bearer " + stranger) == nil)
            _ = await harness.send(.put, target, #"{"version":"1.1.0"}"#)
            #expect(
                try JSONParser.parse(try #require(ask("m", "champion", bearer)).body)["version"]?.string == "1.1.0")
            _ = await harness.ask(.delete, target)
            #expect(ask("m", "champion", bearer) == nil)
            _ = await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.1.0"}"#)
            #expect(ask("m", "c", bearer) != nil)
            _ = await harness.ask(.delete, "/v1/models/m")
            #expect(ask("m", "c", bearer) == nil)
        }
    }

    /// The texts as bytes that live during the call.
    private func withBytes<T>(_ texts: [String], _ body: ([UnsafeRawBufferPointer]) -> T) -> T {
        let whole: [UInt8] = texts.flatMap { Array($0.utf8) }
        return whole.withUnsafeBytes { bytes in
            var start: Int = 0
            let parts: [UnsafeRawBufferPointer] = texts.map { text in
                defer { start += text.utf8.count }
                return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + text.utf8.count)])
            }
            return body(parts)
        }
    }
}

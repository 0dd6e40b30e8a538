import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct ConsumerEndpointTests {
    private static let list: String = "/v1/models/m/consumers"

    private func prepare(_ harness: APIHarness) async throws {
        try await harness.publish("m", "1.0.0", files: [("f", [1, 2, 3])])
        try await harness.publish("m", "1.1.0", files: [("f", [1, 2, 3])], more: #","use_case":"x""#)
        _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
    }

    private func lifetime(_ harness: APIHarness) -> Int64 { harness.registry.core.policy.consumerLifetimeMilliseconds }

    /// (path, version read, reference kept)
    static let reads: [(path: String, version: String, ref: String)] = [
        ("/v1/models/m/aliases/champion", "1.0.0", "@champion"), ("/v1/models/m/aliases/latest", "1.1.0", "latest"),
        ("/v1/models/m/versions/1.0.0", "1.0.0", "1.0.0"), ("/v1/models/m/versions/^1.0", "1.1.0", "^1.0"),
        ("/v1/models/m/versions/@champion", "1.0.0", "@champion"),
        ("/v1/model-versions/m_v1.1.0", "1.1.0", "1.1.0"),
        ("/v1/models/m/versions/latest/artifacts", "1.1.0", "latest"),
        ("/v1/models/m/versions/1.0.0/artifacts/f", "1.0.0", "1.0.0"),
        ("/v1/models/m/versions/1.0.0/archive.tar", "1.0.0", "1.0.0"),
    ]

    @Test(arguments: reads)
    func readsRegister(_ path: String, _ version: String, _ ref: String) async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            #expect(await harness.ask(.get, path).status == 200)
            #expect(await harness.ask(.get, Self.list).items("consumer").isEmpty)
            #expect(await harness.ask(.get, path, [("stemma-consumer", "fraud scorer")]).status == 200)
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.head, path, [("stemma-consumer", "fraud scorer")]).status == 200)
            if path.hasSuffix("artifacts") == false {
                let unmodified: Reply = await harness.ask(
                    .get, path, [("stemma-consumer", "fraud scorer"), ("if-none-match", "*")])
                #expect(unmodified.status == 304)
            }
            let reply: Reply = await harness.ask(.get, Self.list)
            #expect(reply.status == 200)
            let items: [JSONValue] = try #require(reply.json["items"]?.array)
            try #require(items.count == 1, "\(reply.text)")
            let item: JSONValue = items[0]
            #expect(
                item.object?.members.map(\.name) == [
                    "model", "consumer", "version", "model_id", "ref", "first_seen", "last_seen", "expires_at", "live",
                    "reads",
                ])
            #expect(item["model"]?.string == "m")
            #expect(item["consumer"]?.string == "fraud scorer")
            #expect(item["version"]?.string == version)
            #expect(item["model_id"]?.string == "m_v" + version)
            #expect(item["ref"]?.string == ref)
            let now: Timestamp = harness.clock.now
            #expect(item["last_seen"]?.string == now.description)
            #expect(item["expires_at"]?.string == now.adding(milliseconds: lifetime(harness)).description)
            #expect(item["live"]?.bool == true)
            #expect(item["reads"]?.integer == (path.hasSuffix("artifacts") ? 2 : 3))
        }
    }

    @Test func namesAreCheckedAndFailedReadsRegisterNobody() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            for (path, _, _) in Self.reads {
                for name in [String(repeating: "x", count: 201), "a\u{202E}b", "a\u{FFFD}"] {
                    let reply: Reply = await harness.ask(.get, path, [("stemma-consumer", name)])
                    #expect(reply.status == 400, "\(path)")
                    #expect(reply.code == "invalid_request")
                    #expect(reply.json["detail"]?.string?.hasPrefix("Stemma-Consumer must") == true)
                }
                let twice: Reply = await harness.ask(.get, path, [("stemma-consumer", "a"), ("stemma-consumer", "b")])
                #expect(twice.status == 400)
                #expect(await harness.ask(.get, path, [("stemma-consumer", "")]).status == 200)
            }
            let name: [(String, String)] = [("stemma-consumer", "scorer")]
            #expect(await harness.ask(.get, "/v1/models/m/versions/9.9.9", name).status == 404)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/absent", name).status == 404)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0/artifacts/absent", name).status == 404)
            let range: Reply = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0/artifacts/f", name + [("range", "bytes=9-")])
            #expect(range.status == 416)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0", token: .none, name).status == 401)
            let stranger: APIHarness.Token = .secret(
                try await harness.registry.token("s", roles: ["reader"], models: ["x"]))
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0", token: stranger, name).status == 404)
            // Who reads a draft relies on nothing yet.
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.2.0","draft":true}"#)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.2.0", name).status == 200)
            #expect(await harness.ask(.get, Self.list).items("consumer").isEmpty)
            #expect(await harness.ask(.get, Self.list, token: stranger).code == "model_not_found")
            #expect(await harness.ask(.get, "/v1/models/absent/consumers").code == "model_not_found")
        }
    }

    @Test func listsArePagedFilteredAndKnowWhoIsLive() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            func read(_ name: String, _ ref: String) async {
                #expect(
                    await harness.ask(.get, "/v1/models/m/versions/" + ref, [("stemma-consumer", name)]).status == 200)
            }
            for name in ["old 1", "old 2"] { await read(name, "1.0.0") }
            harness.clock.advance(milliseconds: lifetime(harness))
            for name in ["b", "a", "c"] { await read(name, "1.0.0") }
            await read("a", "latest")
            let all: Reply = await harness.ask(.get, Self.list)
            #expect(all.items("consumer") == ["a", "a", "b", "c", "old 1", "old 2"])
            #expect(
                all.json["items"]?.array?.compactMap { $0["live"]?.bool } == [true, true, true, true, false, false])
            for (query, names) in [
                ("", ["a", "a", "b", "c", "old 1", "old 2"]), ("live=true&", ["a", "a", "b", "c"]),
            ] {
                var found: [String] = []
                var target: String? = Self.list + "?\(query)limit=1"
                while let next = target {
                    let page: Reply = await harness.ask(.get, next)
                    #expect(page.items("consumer").count == 1)
                    found += page.items("consumer")
                    let link: String? = page.headers["link"]
                    target = link.map { String($0.dropFirst().prefix(while: { $0 != ">" })) }
                    #expect((target == nil) == (page.json["next_cursor"]?.isNull == true))
                }
                #expect(found == names)
            }
            let filtered: Reply = await harness.ask(.get, Self.list + "?limit=1&filter=version%20%3D%20%271.1.0%27")
            #expect(filtered.items("consumer") == ["a"])
            #expect(filtered.json["next_cursor"]?.isNull == true)
            let old: Reply = await harness.ask(.get, Self.list + "?limit=2&filter=consumer%20LIKE%20%27old%25%27")
            #expect(old.items("consumer") == ["old 1", "old 2"])
            #expect(await harness.ask(.get, Self.list + "?limit=1&live=false").items("consumer") == ["a"])
            #expect(await harness.ask(.get, Self.list + "?live=maybe").code == "validation_failed")
            #expect(await harness.ask(.get, Self.list + "?limit=0").code == "validation_failed")
            #expect(await harness.ask(.get, Self.list + "?filter=owner%20%3D%20%27x%27").code == "invalid_filter")
            let page: Reply = await harness.ask(.get, Self.list + "?limit=1")
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            for query in ["live=true&", "filter=reads%20%3E%200&"] {
                #expect(await harness.ask(.get, Self.list + "?\(query)cursor=\(cursor)").code == "invalid_cursor")
            }
        }
    }

    @Test func liveConsumersKeepVersionsAndModels() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            try await harness.publish("m", "1.0.1", more: #","use_case":"x""#)
            #expect(
                await harness.ask(.get, "/v1/models/m/versions/1.0.0", [("stemma-consumer", "scorer")]).status == 200)
            let expires: String = harness.clock.now.adding(milliseconds: lifetime(harness)).description
            for (path, code) in [
                ("/v1/models/m/versions/1.0.0", "version_in_use"),
                ("/v1/models/m/versions/1.0.0?dry_run=true", "version_in_use"), ("/v1/models/m", "model_in_use"),
                ("/v1/models/m?dry_run=true", "model_in_use"),
            ] {
                let refused: Reply = await harness.ask(.delete, path)
                #expect(refused.status == 409)
                #expect(refused.code == code)
                #expect(refused.json["detail"]?.string?.contains("scorer (1.0.0)") == true)
                let blocking: [JSONValue] = try #require(refused.json["blocking"]?.array)
                #expect(blocking.count == 1)
                #expect(blocking[0]["consumer"]?.string == "scorer")
                #expect(blocking[0]["version"]?.string == "1.0.0")
                #expect(blocking[0]["expires_at"]?.string == expires)
            }
            // What nobody reads may go, and the rest once its readers have stayed away long enough.
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.1").status == 204)
            harness.clock.advance(milliseconds: lifetime(harness) - 1)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.0").status == 409)
            harness.clock.advance(milliseconds: 1)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.0").status == 204)
            #expect(await harness.ask(.get, Self.list).items("version") == ["1.0.0"])
            #expect(await harness.ask(.delete, "/v1/models/m").status == 204)
            #expect(await harness.ask(.get, Self.list).code == "model_not_found")
        }
    }

    /// The hot read notes consumers as the ordinary one does, and leaves what it must refuse to it.
    @Test func theHotReadRegisters() async throws {
        try await APIHarness.with { harness in
            try await prepare(harness)
            let target: String = "/v1/models/m/aliases/champion"
            let hot = try HotRead(harness)
            let etag: String = try #require(await harness.ask(.get, target).headers["etag"])
            #expect(hot.ask("m", "champion")?.status == 200)
            #expect(hot.ask("m", "champion", consumer: "scorer")?.status == 200)
            #expect(hot.ask("m", "champion", consumer: "scorer", tag: etag)?.status == 304)
            #expect(hot.ask("m", "champion", consumer: "é")?.status == 200)
            #expect(hot.ask("m", "champion", consumer: "scorer", tag: "\"other\"") == nil)
            #expect(hot.ask("m", "absent", consumer: "scorer") == nil)
            #expect(hot.ask("m", "champion", consumer: String(repeating: "x", count: 201)) == nil)
            #expect(hot.ask("m", "champion", consumer: "a\u{7}b") == nil)
            #expect(hot.ask("m", "champion", authorization: "Bearer stm_wrong", consumer: "scorer") == nil)
            _ = await harness.send(.put, target, #"{"version":"1.1.0"}"#)
            #expect(hot.ask("m", "champion", consumer: "scorer")?.status == 200)
            let items: [JSONValue] = try #require(await harness.ask(.get, Self.list).json["items"]?.array)
            let found: [String] = items.map {
                "\($0["consumer"]?.string ?? "") \($0["version"]?.string ?? "") \($0["ref"]?.string ?? "") "
                    + "\($0["reads"]?.integer ?? 0)"
            }
            #expect(
                found == ["scorer 1.0.0 @champion 2", "scorer 1.1.0 @champion 1", "é 1.0.0 @champion 1"])
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.0").code == "version_in_use")
        }
    }
}

@Suite struct DeprecationTests {
    @Test(arguments: [
        (Int64(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (1_709_209_845_999, "Thu, 29 Feb 2024 12:30:45 GMT"),
        (-2_208_988_800_000, "Mon, 01 Jan 1900 00:00:00 GMT"), (253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ]) func datesAreWrittenAsHTTPDoes(_ milliseconds: Int64, _ text: String) {
        #expect(HTTPDate.text(Timestamp(milliseconds: milliseconds)) == text)
    }

    /// Every read that says which version it is about.
    private static let paths: [String] =
        ConsumerEndpointTests.reads.map(\.path).filter { $0.contains("1.0.0") }
        + ["/v1/models/m/aliases/champion", "/v1/models/m/versions/@champion", "/v1/model-versions/m_v1.0.0"]

    private func setState(
        _ harness: APIHarness, _ state: LifecycleState, sunset: Timestamp?, of version: String = "1.0.0"
    ) async throws {
        let admin: Principal = harness.registry.admin
        let record: VersionRecord = try await harness.api.services.versions.readVersion(
            model: "m", ref: version, admin
        ).record
        let now: Timestamp = harness.clock.now
        try await harness.registry.core.store.write(
            { try $0.setState(version: record.id, state, sunset: sunset, at: now) }, committed: nil)
    }

    @Test func readsOfADeprecatedVersionSayIt() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", files: [("f", [1])])
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            for path in Self.paths {
                let reply: Reply = await harness.ask(.get, path)
                #expect(reply.status == 200, "\(path)")
                #expect(reply.headers["deprecation"] == nil)
                #expect(reply.headers["sunset"] == nil)
            }
            harness.clock.advance(milliseconds: 5_250)
            let since: Int64 = harness.clock.now.milliseconds / 1_000
            let sunset: Timestamp = harness.clock.now.adding(milliseconds: 90 * 86_400_000)
            try await setState(harness, .deprecated, sunset: sunset)
            harness.clock.advance(milliseconds: 60_000)
            for path in Self.paths {
                for fields in [[], [("if-none-match", "*")]] {
                    let reply: Reply = await harness.ask(.get, path, fields)
                    #expect(reply.status == 304 || reply.status == 200, "\(path)")
                    #expect(reply.headers.values(of: "deprecation") == ["@\(since)"], "\(path)")
                    #expect(reply.headers.values(of: "sunset") == ["Sun, 14 Apr 2024 10:00:05 GMT"], "\(path)")
                }
            }
            try await setState(harness, .deprecated, sunset: nil)
            for path in Self.paths {
                let reply: Reply = await harness.ask(.head, path)
                #expect(reply.headers["deprecation"] == "@\(since + 60)", "\(path)")
                #expect(reply.headers["sunset"] == nil)
            }
            try await setState(harness, .archived, sunset: nil)
            for path in Self.paths { #expect(await harness.ask(.get, path).headers["deprecation"] == nil) }
        }
    }

    @Test func theHotReadSaysItToo() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let target: String = "/v1/models/m/aliases/c"
            _ = await harness.send(.put, target, #"{"version":"1.0.0"}"#)
            let hot = try HotRead(harness)
            #expect(
                hot.ask("m", "c").map { String(decoding: $0.head, as: UTF8.self) }?.contains("Deprecation") == false)
            try await setState(harness, .deprecated, sunset: harness.clock.now)
            // The alias is published anew with what it then answers, as transitions do.
            let store: any MetadataStore = harness.registry.core.store
            let table = HotAliasTable()
            try await table.load(from: store)
            let responder: InlineHandler = table.responder(
                Authenticator(tokens: harness.registry.tokens, environment: harness.clock.environment),
                harness.registry.core.consumerLog)
            let deprecated = HotRead(harness, responder)
            let etag: String = try #require(await harness.ask(.get, target).headers["etag"])
            for (tag, status) in [("", 200), (etag, 304)] {
                let answer: InlineResponse = try #require(deprecated.ask("m", "c", tag: tag))
                #expect(answer.status == status)
                let head = String(decoding: answer.head, as: UTF8.self)
                #expect(head.contains("\r\nDeprecation: @1705312800\r\n"), "\(head)")
                #expect(head.contains("\r\nSunset: Mon, 15 Jan 2024 10:00:00 GMT\r\n"), "\(head)")
            }
        }
    }
}

/// Asks the alias from memory, as the socket threads do.
private struct HotRead {
    private let handler: InlineHandler
    private let bearer: String

    init(_ harness: APIHarness) throws {
        let route: Route = try #require(
            harness.router.routes.first { $0.pattern == "/v1/models/{name}/aliases/{alias}" && $0.method == .get })
        self.init(harness, try #require(route.inline))
    }

    init(_ harness: APIHarness, _ handler: @escaping InlineHandler) {
        self.handler = handler
        bearer = "Bearer " + harness.admin
    }

    func ask(
        _ model: String, _ alias: String, authorization: String? = nil, consumer: String = "", tag: String = ""
    ) -> InlineResponse? {
        let texts: [String] = [model, alias, authorization ?? bearer, tag, consumer]
        let whole: [UInt8] = texts.flatMap { Array($0.utf8) }
        return whole.withUnsafeBytes { bytes in
            var start: Int = 0
            let parts: [UnsafeRawBufferPointer] = texts.map { text in
                defer { start += text.utf8.count }
                return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + text.utf8.count)])
            }
            return handler(
                InlineRequest(
                    isHead: false, parameters: [parts[0], parts[1]], authorization: parts[2], ifNoneMatch: parts[3],
                    consumer: parts[4]))
        }
    }
}

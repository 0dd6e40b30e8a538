import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct EventEndpointTests {
    private static func sequences(_ reply: Reply) -> [Int64] {
        (reply.json["items"]?.array ?? []).compactMap { $0["sequence"]?.integer }
    }

    /// Opens a stream of events as a browser would.
    private static func open(
        _ harness: APIHarness, _ target: String, _ fields: [(String, String)] = [], token: String? = nil
    ) async throws -> any BodyStream {
        let headers = HTTPFields(
            [
                ("host", "127.0.0.1:8080"),
                ("authorization", "Bearer " + (token ?? harness.registry.adminSecret)),
                ("accept", "text/event-stream"),
            ] + fields)
        let response = try await harness.router.respond(.get, target, headers: headers, body: .empty)
        #expect(response.status == 200 && response.headers["content-type"] == "text/event-stream")
        guard case .stream(_, let stream) = response.body else { throw Failure() }
        #expect(String(decoding: try await stream.next() ?? [], as: UTF8.self).hasPrefix("retry: "))
        return stream
    }

    private struct Failure: Error {}

    private static func make(_ harness: APIHarness, _ name: String) async {
        let reply = await harness.send(.post, "/v1/models", #"{"name":"\#(name)","owner":"Ada Private"}"#)
        #expect(reply.status == 201)
    }

    @Test func pagesFollowEachOtherInTheLogsOrder() async throws {
        try await APIHarness.with { harness in
            for index in 0..<7 { await EventEndpointTests.make(harness, "m\(index)") }
            _ = await harness.send(.delete, "/v1/models/absent", "{}")
            var after: Int64 = -1
            var seen: [Int64] = []
            var more: Bool = true
            while more {
                let reply: Reply = await harness.ask(.get, "/v1/events?limit=3&after=\(after)")
                #expect(reply.status == 200)
                seen += EventEndpointTests.sequences(reply)
                after = try #require(reply.json["next_after"]?.integer)
                more = reply.json["has_more"]?.bool == true
            }
            #expect(seen.count == 7 && seen == seen.sorted() && Set(seen).count == 7)
            let whole: Reply = await harness.ask(.get, "/v1/events")
            #expect(EventEndpointTests.sequences(whole) == seen)
            let first: JSONValue = try #require(whole.json["items"]?.array?.first)
            #expect(first["type"]?.string == "register_model" && first["resource"]?["model"]?.string == "m0")
            // The feed is public: it says nothing of people.
            #expect(!whole.text.contains("Ada") && !whole.text.contains("admin"))
            let rest: Reply = await harness.ask(.get, "/v1/events?after=\(after)")
            #expect(EventEndpointTests.sequences(rest).isEmpty && rest.json["next_after"]?.integer == after)
        }
    }

    @Test func filtersAndScopesNarrowIt() async throws {
        try await APIHarness.with { harness in
            for name in ["a_one", "b_two"] {
                try await harness.publish(name, "1.0.0")
                _ = await harness.send(.put, "/v1/models/\(name)/aliases/champion", #"{"version":"1.0.0"}"#)
            }
            let aliases: Reply = await harness.ask(.get, "/v1/events?types=set_alias")
            #expect(EventEndpointTests.sequences(aliases).count == 2)
            let both: Reply = await harness.ask(.get, "/v1/events?types=set_alias,delete_alias&model=a_one")
            #expect(EventEndpointTests.sequences(both).count == 1)
            let token: String = try await harness.registry.token("scoped", roles: ["reader"], models: ["b_*"])
            let scoped: Reply = await harness.ask(.get, "/v1/events", token: .secret(token))
            let models: Set<String> = Set(
                (scoped.json["items"]?.array ?? []).compactMap { $0["resource"]?["model"]?.string })
            #expect(models == ["b_two"])
            for query in [
                "after=-2", "after=9007199254740992", "after=\(Int64.max)", "after=\(Int64.min)", "wait=61", "wait=-1",
                "limit=0", "limit=501", "after=x",
            ] {
                #expect(await harness.ask(.get, "/v1/events?" + query).status == 422, "\(query)")
            }
        }
    }

    /// Whoever was answered finds the change in the feed at once.
    @Test func whatWasAnsweredIsThere() async throws {
        try await APIHarness.with { harness in
            var after: Int64 = try #require(await harness.ask(.get, "/v1/events").json["next_after"]?.integer)
            for index in 0..<40 {
                await EventEndpointTests.make(harness, "m\(index)")
                let reply: Reply = await harness.ask(.get, "/v1/events?after=\(after)")
                #expect(EventEndpointTests.sequences(reply) == [after + 1])
                after += 1
            }
        }
    }

    /// A long poll is answered by the change that it waits for, and by nothing else.
    @Test func aLongPollWaitsForItsChange() async throws {
        try await APIHarness.with { harness in
            await EventEndpointTests.make(harness, "before")
            let start: Reply = await harness.ask(.get, "/v1/events")
            let after: Int64 = try #require(start.json["next_after"]?.integer)
            async let waiting: Reply = harness.ask(.get, "/v1/events?after=\(after)&wait=60&model=wanted")
            await EventEndpointTests.make(harness, "other")
            await EventEndpointTests.make(harness, "wanted")
            let reply: Reply = await waiting
            #expect(EventEndpointTests.sequences(reply) == [after + 2])
            let empty: Reply = await harness.ask(.get, "/v1/events?after=\(after + 2)&wait=1")
            #expect(EventEndpointTests.sequences(empty).isEmpty)
        }
    }

    /// A place that the log has not reached yet is waited for.
    @Test func aPlaceBeyondTheEndIsWaitedFor() async throws {
        try await APIHarness.with { harness in
            await EventEndpointTests.make(harness, "first")
            let last: Int64 = try #require(await harness.ask(.get, "/v1/events").json["next_after"]?.integer)
            for after in [last + 2, CanonicalJSON.largestSafeInteger] {
                let reply: Reply = await harness.ask(.get, "/v1/events?after=\(after)")
                #expect(reply.status == 200 && EventEndpointTests.sequences(reply).isEmpty)
                #expect(reply.json["next_after"]?.integer == after && reply.json["has_more"]?.bool == false)
            }
            async let waiting: Reply = harness.ask(.get, "/v1/events?after=\(last + 2)&wait=60")
            for name in ["second", "third", "fourth"] { await EventEndpointTests.make(harness, name) }
            #expect(EventEndpointTests.sequences(await waiting) == [last + 3])
            let stream = try await EventEndpointTests.open(
                harness, "/v1/events", [("last-event-id", String(last + 2))])
            #expect(String(decoding: try await stream.next() ?? [], as: UTF8.self).hasPrefix("id: \(last + 3)\n"))
            for id in ["9007199254740992", String(Int64.max), "-2"] {
                let bad = await harness.ask(
                    .get, "/v1/events", [("accept", "text/event-stream"), ("last-event-id", id)])
                #expect(bad.status == 400, "\(id)")
            }
        }
    }

    /// Nothing is told any more to whose token was revoked, or whose person erased, while they waited.
    @Test(arguments: ["revoked", "expired", "erased"])
    func nothingIsToldAfterTheTokensEnd(_ end: String) async throws {
        try await APIHarness.with { harness in
            let body: String = #"{"subject":"wanda","roles":["reader"],"expires_at":"2024-01-16T10:00:00Z"}"#
            let made: JSONValue = await harness.send(.post, "/v1/tokens", body).json
            let secret: String = try #require(made["token"]?.string)
            let stream = try await EventEndpointTests.open(harness, "/v1/events", token: secret)
            let last: Int64 = try #require(await harness.ask(.get, "/v1/events").json["next_after"]?.integer)
            async let piece: [UInt8]? = stream.next()
            async let poll: Reply = harness.ask(.get, "/v1/events?after=\(last)&wait=60", token: .secret(secret))
            switch end {
            case "revoked":
                let id: String = try #require(made["id"]?.string)
                #expect(await harness.ask(.delete, "/v1/tokens/" + id).status == 204)
            case "expired": harness.clock.advance(milliseconds: 2 * 86_400_000)
            default:
                let erasure: Reply = await harness.send(
                    .post, "/v1/erasures", #"{"subject":"wanda","legal_basis":"other"}"#)
                #expect(erasure.status == 201, "\(erasure.text)")
            }
            await EventEndpointTests.make(harness, "later")
            #expect(try await piece == nil)
            let reply: Reply = await poll
            #expect(reply.status == 401 && !reply.text.contains("later"), "\(reply.text)")
        }
    }

    @Test func streamsGoOnWhereTheyBroke() async throws {
        try await APIHarness.with { harness in
            await EventEndpointTests.make(harness, "first")
            let stream = try await EventEndpointTests.open(harness, "/v1/events")
            async let piece: [UInt8]? = stream.next()
            await EventEndpointTests.make(harness, "second")
            let message = String(decoding: try await piece ?? [], as: UTF8.self)
            #expect(message.contains("event: register_model\n") && message.contains("\"second\""))
            #expect(!message.contains("\"first\"") && message.hasSuffix("\n\n"))
            let id: String = try #require(
                message.split(separator: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) })
            await EventEndpointTests.make(harness, "third")
            let again = try await EventEndpointTests.open(harness, "/v1/events", [("last-event-id", id)])
            let missed = String(decoding: try await again.next() ?? [], as: UTF8.self)
            #expect(missed.contains("\"third\"") && !missed.contains("\"second\""))
            let all = try await EventEndpointTests.open(harness, "/v1/events?after=-1")
            #expect(String(decoding: try await all.next() ?? [], as: UTF8.self).contains("\"first\""))
            await harness.registry.core.changes.close()
            _ = try await all.next()
            #expect(try await all.next() == nil, "a closing registry ends its streams")
            let bad = await harness.ask(.get, "/v1/events", [("accept", "text/event-stream"), ("last-event-id", "x")])
            #expect(bad.status == 400)
        }
    }
}

@Suite struct PastTests {
    /// Which version an alias pointed at on a day, who put it there and why, in one request.
    @Test func anAliasIsReadAsOfAMoment() async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "1.1.0"] { try await harness.publish("m", version) }
            let clock = harness.registry.clock
            let path: String = "/v1/models/m/aliases/champion"
            func at(_ moment: Timestamp) async -> Reply { await harness.ask(.get, path + "?as_of=\(moment)") }
            let before: Timestamp = clock.now
            clock.advance(milliseconds: 60_000)
            _ = await harness.send(.put, path, #"{"version":"1.0.0","rationale":"first"}"#)
            let first: Timestamp = clock.now
            clock.advance(milliseconds: 60_000)
            _ = await harness.send(.put, path, #"{"version":"1.1.0","rationale":"second"}"#)
            let second: Timestamp = clock.now
            clock.advance(milliseconds: 60_000)
            _ = await harness.ask(.delete, path)
            let removed: Timestamp = clock.now
            clock.advance(milliseconds: 60_000)
            #expect(await at(before).code == "alias_not_found")
            for (moment, version, why) in [
                (first, "1.0.0", "first"), (first.adding(milliseconds: 59_999), "1.0.0", "first"),
                (second, "1.1.0", "second"),
            ] {
                let reply: Reply = await at(moment)
                #expect(reply.status == 200 && reply.json["version"]?.string == version, "\(reply.text)")
                #expect(reply.json["rationale"]?.string == why && reply.json["by"]?.string == "admin")
            }
            #expect(await at(removed).code == "alias_not_found")
            #expect(await at(clock.now.adding(milliseconds: 1_000)).status == 422)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/latest?as_of=\(first)").code == "alias_computed")
            #expect(await harness.ask(.get, "/v1/models/absent/aliases/a?as_of=\(first)").status == 404)
            #expect(await harness.ask(.get, path + "?as_of=yesterday").status == 422)
        }
    }

    @Test func timelinesTellEverythingInOrder() async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "1.1.0"] { try await harness.publish("m", version) }
            try await harness.publish("other", "1.0.0")
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0","rationale":"why"}"#)
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"9.9.9"}"#)
            var items: [JSONValue] = []
            var target: String? = "/v1/models/m/timeline?limit=2"
            while let next = target {
                let reply: Reply = await harness.ask(.get, next)
                #expect(reply.status == 200)
                items += reply.json["items"]?.array ?? []
                target = reply.json["next_cursor"]?.string.map { "/v1/models/m/timeline?limit=2&cursor=" + $0 }
            }
            let sequences: [Int64] = items.compactMap { $0["sequence"]?.integer }
            #expect(sequences == sequences.sorted() && items.count >= 3)
            #expect(items.allSatisfy { $0["resource"]?["model"]?.string == "m" })
            #expect(items.last?["type"]?.string == "set_alias" && items.last?["rationale"]?.string == "why")
            #expect(items.last?["user"]?.string == "admin")
            let version: Reply = await harness.ask(.get, "/v1/models/m/versions/1.1.0/timeline")
            let ids: Set<String> = Set(
                (version.json["items"]?.array ?? []).compactMap { $0["resource"]?["version"]?.string })
            #expect(ids == ["1.1.0"])
            #expect(await harness.ask(.get, "/v1/models/absent/timeline").status == 404)
            #expect(await harness.ask(.get, "/v1/models/m/versions/9.9.9/timeline").status == 404)
        }
    }
}

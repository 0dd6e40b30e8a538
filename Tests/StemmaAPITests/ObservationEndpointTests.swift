import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct ObservationEndpointTests {
    private let target: String = "/v1/models/m/versions/1.0.0/observations"

    private func item(_ metric: String, _ value: Double, _ at: String? = nil, window: String? = nil) -> String {
        var members: [String] = [#""metric":"\#(metric)","value":\#(value)"#]
        if let at { members.append(#""at":"\#(at)""#) }
        if let window { members.append(#""window":\#(window)"#) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private func events(_ harness: APIHarness) async throws -> [AuditEvent] {
        try await harness.registry.events().filter { $0.record.action == "record_observations" }
    }

    @Test func aBatchIsTakenAndCounted() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let body: String = [
                item("auc", 0.9, "2024-01-14T10:00:00Z"), item("auc", 0.8, "2024-01-13T10:00:00+01:00"),
                item("daily_requests", 1_000, "2024-01-14", window: #""1d""#), item("now", 1),
            ].joined(separator: ",")
            let reply: Reply = await harness.send(.post, target, #"{"observations":[\#(body)]}"#)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(
                reply.text == #"{"model_id":"m_v1.0.0","accepted":4,"replaced":0,"#
                    + #""metrics":["auc","daily_requests","now"],"#
                    + #""from":"2024-01-13T09:00:00.000Z","to":"2024-01-15T10:00:00.000Z"}"#)
            let bare: Reply = await harness.send(.post, target, "[\(body),\(item("auc", 7, "2024-01-14T10:00:00Z"))]")
            #expect(bare.json["accepted"]?.integer == 5)
            #expect(bare.json["replaced"]?.integer == 5)
            let listed: Reply = await harness.ask(.get, target + "?resolution=point")
            #expect(listed.items("metric") == ["auc", "auc", "daily_requests", "now"])
            #expect(listed.json["items"]?.array?.compactMap { $0["last"]?.number } == [0.8, 7, 1_000, 1])
            #expect(listed.json["items"]?.array?[2]["window_seconds"]?.integer == 86_400)
            #expect(listed.headers["content-location"] == target)
            let noted: [AuditEvent] = try await events(harness)
            #expect(noted.count == 2)
            #expect(noted[0].detail["accepted"] == 4)
            #expect(noted[0].detail["replaced"] == 0)
            #expect(noted[0].detail["metrics"] == 3)
            #expect(noted[0].detail.members.count == 3)
            #expect(noted[0].record.resource.id == "m_v1.0.0")
            #expect(
                noted[0].record.privateValues.allSatisfy { !String(decoding: $0.value, as: UTF8.self).contains("0.9") })
        }
    }

    static let refusals: [(body: String, pointers: [String])] = [
        ("{}", ["/observations"]), ("[]", [""]), (#"{"observations":[]}"#, ["/observations"]),
        (#"{"observations":[],"x":1}"#, ["/observations", "/x"]), ("5", [""]),
        (#"[{"metric":"a"},{"value":1},5]"#, ["/0/value", "/1/metric", "/2"]),
        (#"[{"metric":"","value":1},{"metric":"a\nb","value":1}]"#, ["/0/metric", "/1/metric"]),
        (#"[{"metric":"a","value":"1"},{"metric":"a","value":null}]"#, ["/0/value", "/1/value"]),
        (#"[{"metric":"a","value":1e291}]"#, ["/0/value"]), (#"[{"metric":"a","value":-1e300}]"#, ["/0/value"]),
        (#"[{"metric":"a","value":1,"at":"yesterday"}]"#, ["/0/at"]),
        (#"[{"metric":"a","value":1,"at":1705312800}]"#, ["/0/at"]),
        (#"[{"metric":"a","value":1,"at":"1969-12-31T23:59:59Z"}]"#, ["/0/at"]),
        (#"[{"metric":"a","value":1,"window":"1y"},{"metric":"b","value":1,"window":0}]"#, ["/0/window", "/1/window"]),
        (#"[{"metric":"a","value":1},{"metric":"b","value":1},{"metric":"a","value":2}]"#, ["/2/at"]),
        (#"{"observations":[{"metric":"a","value":1,"unit":"ms"}]}"#, ["/observations/0/unit"]),
        (#"{"observations":[{"metric":"a","value":1,"at":"2024-01-15T10:05:00.001Z"}]}"#, ["/observations/0/at"]),
    ]

    @Test func everyItemsFaultsAreNamed() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            for row in ObservationEndpointTests.refusals {
                let reply: Reply = await harness.send(.post, target, row.body)
                #expect(reply.status == 422, "\(row.body): \(reply.text)")
                #expect(Set(reply.pointers) == Set(row.pointers), "\(row.body): \(reply.text)")
            }
            let name = String(repeating: "a", count: 201)
            #expect(await harness.send(.post, target, "[\(item(name, 1))]").pointers == ["/0/metric"])
            #expect(await harness.send(.post, target, "[\(item(String(name.dropLast()), 1))]").status == 200)
            // No JSON writes these.
            for text in ["NaN", "Infinity", "1e999"] {
                let reply: Reply = await harness.send(.post, target, #"[{"metric":"a","value":\#(text)}]"#)
                #expect(reply.code == "malformed_json", "\(text): \(reply.text)")
            }
            let many: String = (0..<300).map { _ in item("a", 1, "2024-01-16") }.joined(separator: ",")
            #expect(await harness.send(.post, target, "[\(many)]").pointers.count == 100)
            let allowed: String = "[\(item("a", 1, "2024-01-15T10:05:00.000Z"))]"
            #expect(await harness.send(.post, target, allowed).status == 200)
            #expect(try await events(harness).count == 2)
        }
    }

    @Test func tenThousandAreTakenAndOneMoreIsNot() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let name = String(repeating: "n", count: 190)
            func batch(_ count: Int) -> String {
                let items: [String] = (0..<count).map { index in
                    let at = harness.clock.now.adding(milliseconds: -Int64(index) * 60_000)
                    return item("\(name)\(index % 10)", Double(index), at.description, window: "60")
                }
                return #"{"observations":[\#(items.joined(separator: ","))]}"#
            }
            let full: String = batch(10_000)
            // More than other JSON bodies may have.
            #expect(full.utf8.count > Limits().jsonBodyBytes * 2)
            let reply: Reply = await harness.send(.post, target, full)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["accepted"]?.integer == 10_000)
            let more: Reply = await harness.send(.post, target, batch(10_001))
            #expect(more.status == 422)
            #expect(more.pointers == ["/observations"])
            let padding = String(repeating: " ", count: Limits().observationBodyBytes)
            #expect(await harness.send(.post, target, padding + "[]").status == 413)
            #expect(try await events(harness).count == 1)
            let summary: Reply = await harness.ask(.get, target + "/summary")
            let counts: [Int64]? = summary.json["metrics"]?.array?.compactMap { $0["count"]?.integer }
            #expect(counts == [Int64](repeating: 1_000, count: 10))
        }
    }

    @Test func onlyPublishedVersionsOfOnesOwnAreObserved() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.1.0","draft":true}"#)
            let body: String = "[\(item("a", 1))]"
            let base: String = "/v1/models/m/versions/"
            #expect(await harness.send(.post, base + "1.1.0/observations", body).code == "draft_version")
            #expect(await harness.send(.post, base + "9.0.0/observations", body).code == "version_not_found")
            #expect(await harness.send(.post, base + "latest/observations", body).code == "version_not_found")
            #expect(
                await harness.send(.post, "/v1/models/x/versions/1.0.0/observations", body).code == "model_not_found")
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("p", roles: ["publisher"]))
            let foreign: APIHarness.Token = .secret(
                try await harness.registry.token("f", roles: ["publisher"], models: ["x*"]))
            let refused: Reply = await harness.send(.post, target, body, token: reader)
            #expect(refused.status == 403)
            #expect(refused.json["detail"]?.string?.contains("observations:record") == true)
            #expect(await harness.send(.post, target, body, token: foreign).status == 404)
            #expect(await harness.send(.post, target, body, token: publisher).status == 200)
            #expect(await harness.ask(.get, target, token: reader).items("metric") == ["a"])
            #expect(await harness.ask(.get, target, token: foreign).status == 404)
            #expect(await harness.ask(.get, target + "/summary", token: foreign).status == 404)
            #expect(await harness.ask(.get, base + "latest/observations", token: reader).status == 200)
            _ = await harness.ask(.delete, base + "1.0.0")
            #expect(await harness.send(.post, target, body).code == "version_not_found")
            #expect(await harness.ask(.get, target).code == "version_not_found")
        }
    }

    @Test func aRepeatWithItsKeyIsAnsweredFromMemory() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let key: [(String, String)] = [("idempotency-key", "k")]
            let body: String = "[\(item("a", 1))]"
            let first: Reply = await harness.send(.post, target, body, key)
            harness.clock.advance(milliseconds: 1_000)
            let again: Reply = await harness.send(.post, target, body, key)
            #expect(first.status == 200)
            #expect(again.body == first.body)
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(await harness.send(.post, target, "[\(item("a", 2))]", key).code == "idempotency_key_reused")
            #expect(try await events(harness).count == 1)
            #expect(await harness.ask(.get, target).json["items"]?.array?.count == 1)
        }
    }

    @Test func listsComeInPagesAndResolutions() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let now: Timestamp = harness.clock.now
            for metric in ["b", "a"] {
                let items: [String] = (0..<1_200).map { index in
                    let at = now.adding(milliseconds: -Int64(index) * Timestamp.dayMilliseconds)
                    return item(metric, Double(index), at.description)
                }
                let reply: Reply = await harness.send(.post, target, "[\(items.joined(separator: ","))]")
                try #require(reply.status == 200, "\(reply.text)")
            }
            func walk(_ query: String) async -> [JSONValue] {
                var found: [JSONValue] = []
                var cursor: String = ""
                while true {
                    let reply: Reply = await harness.ask(.get, "\(target)?\(query)\(cursor)")
                    #expect(reply.status == 200, "\(reply.text)")
                    found += reply.json["items"]?.array ?? []
                    guard let next = reply.json["next_cursor"]?.string else { return found }
                    cursor = "&cursor=" + next
                }
            }
            func expectOrder(_ items: [JSONValue]) {
                let keys: [String] = items.map { ($0["metric"]?.string ?? "") + " " + ($0["at"]?.string ?? "") }
                #expect(keys == keys.sorted() && Set(keys).count == keys.count)
            }
            let points: [JSONValue] = await walk("resolution=point&limit=7")
            #expect(points.count == 72)
            expectOrder(points)
            let days: [JSONValue] = await walk("resolution=day&limit=100")
            expectOrder(days)
            let kept: Int64 = now.dayNumber - ObservationRetention(at: now, Limits()).firstDay + 1
            #expect(days.count == Int(kept) * 2)
            let months: [JSONValue] = await walk("resolution=month&limit=9")
            expectOrder(months)
            #expect(months.reduce(0) { $0 + ($1["count"]?.integer ?? 0) } == 2_400)
            #expect(months.first?["at"]?.string == "2020-10-01T00:00:00.000Z")
            #expect(months.last?["at"]?.string == "2024-01-01T00:00:00.000Z")
            #expect(await walk("resolution=month&limit=500").count == months.count)
            // What suits the span.
            for (query, resolution, count) in [
                ("metric=a", "month", 40), ("metric=a&from=2023-12-01", "day", 46),
                ("metric=a&from=2024-01-14", "point", 2), ("metric=a&from=2023-11-01&to=2023-11-03", "day", 2),
                ("metric=a&from=2021-01-01&to=2021-02-15", "month", 2),
                ("metric=a&from=2021-01-01&to=2021-02-15&resolution=day", "day", 0), ("metric=x", "day", 0),
                ("metric=A", "day", 0), ("metric=a&to=2020-01-01", "month", 0),
            ] {
                let found: [JSONValue] = await walk(query)
                #expect(found.count == count, "\(query)")
                #expect(found.allSatisfy { $0["resolution"]?.string == resolution }, "\(query)")
            }
            let day: JSONValue? = await walk("metric=a&from=2023-11-01&to=2023-11-02").first
            #expect(day?["at"]?.string == "2023-11-01T00:00:00.000Z")
            #expect(day?["last_at"]?.string == "2023-11-01T10:00:00.000Z")
            #expect(day?["mean"]?.number == 75)
            for (query, pointer) in [
                ("resolution=hour", "?resolution"), ("from=x", "?from"), ("from=2024-01-02&to=2024-01-02", "?to"),
                ("limit=0", "?limit"), ("limit=501", "?limit"), ("unit=x", "?unit"),
            ] {
                let reply: Reply = await harness.ask(.get, target + "?" + query)
                #expect(reply.status == 422, "\(query)")
                #expect(reply.pointers == [pointer], "\(query)")
            }
            let first: Reply = await harness.ask(.get, target + "?limit=1&metric=a")
            let cursor: String = try #require(first.json["next_cursor"]?.string)
            #expect(await harness.ask(.get, target + "?limit=1&metric=b&cursor=" + cursor).code == "invalid_cursor")
            #expect(await harness.ask(.get, target + "?cursor=x").code == "invalid_cursor")
        }
    }

    @Test func theSummaryTellsWhatIsKnownAndNothingElse() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let empty: Reply = await harness.ask(.get, target + "/summary")
            #expect(empty.text == #"{"model_id":"m_v1.0.0","as_of":"2024-01-15T10:00:00.000Z","metrics":[]}"#)
            let items: [String] = [
                item("a", 1, "2023-06-01T08:00:00Z"), item("a", 2, "2024-01-01T08:00:00Z"),
                item("a", 3, "2024-01-10T08:00:00Z"), item("a", 6, "2024-01-15T10:04:00Z"),
                item("old", 5, "2020-02-03T08:00:00Z"), item("old", 7, "2020-02-03T09:00:00Z"),
            ]
            _ = await harness.send(.post, target, "[\(items.joined(separator: ","))]")
            let summary: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/observations/summary")
            #expect(summary.headers["content-location"] == target + "/summary")
            #expect(
                summary.json["metrics"]?.description
                    == #"[{"metric":"a","first_at":"2023-06-01T08:00:00.000Z","last_at":"2024-01-15T10:04:00.000Z","#
                    + #""count":4,"mean_7d":4.5,"mean_30d":3.6666666666666665,"last":6},"#
                    + #"{"metric":"old","first_at":"2020-02-01T00:00:00.000Z","last_at":"2020-02-03T09:00:00.000Z","#
                    + #""count":2,"mean_7d":null,"mean_30d":null,"last":7}]"#)
        }
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct ListEndpointTests {
    /// Follows `Link` to the last page; answers what came.
    private func walk(_ harness: APIHarness, _ start: String, _ member: String) async throws -> [[String]] {
        var pages: [[String]] = []
        var target: String? = start
        while let next = target {
            let reply: Reply = await harness.ask(.get, next)
            try #require(reply.status == 200, "\(reply.text)")
            pages.append(reply.items(member))
            let link: String? = reply.headers["link"]
            let cursor: String? = reply.json["next_cursor"]?.string
            #expect((link == nil) == (cursor == nil))
            if let link, let cursor {
                #expect(link.hasSuffix(">; rel=\"next\"") && link.hasPrefix("<"))
                #expect(link.contains("cursor=" + cursor))
            }
            target = link.map { String($0.dropFirst().prefix(while: { $0 != ">" })) }
            try #require(pages.count < 100)
        }
        return pages
    }

    @Test func linksLeadThroughEveryPage() async throws {
        try await APIHarness.with { harness in
            for number in 10..<17 { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(number)"}"#) }
            let plain: [[String]] = try await walk(harness, "/v1/models?limit=3", "name")
            #expect(plain == [["m10", "m11", "m12"], ["m13", "m14", "m15"], ["m16"]])
            let other: String = "/v1/models?order_by=name%20desc&limit=5&filter=name%20!%3D%20%27m13%27"
            let ordered: [[String]] = try await walk(harness, other, "name")
            #expect(ordered == [["m16", "m15", "m14", "m12", "m11"], ["m10"]])
            let whole: [[String]] = try await walk(harness, "/v1/models?limit=7", "name")
            #expect(whole.count == 1)
            let events: [[String]] = try await walk(harness, "/v1/audit?limit=3", "action")
            #expect(events.joined().count == 8)
        }
    }

    /// Pages stay whole while others write: nothing that was there at the start is missed or comes twice.
    @Test func pagesAreStableUnderWrites() async throws {
        try await APIHarness.with { harness in
            for number in [10, 20, 30, 40] { _ = await harness.send(.post, "/v1/models", #"{"name":"m\#(number)"}"#) }
            let first: Reply = await harness.ask(.get, "/v1/models?limit=2")
            #expect(first.items("name") == ["m10", "m20"])
            _ = await harness.send(.post, "/v1/models", #"{"name":"m05"}"#)
            _ = await harness.ask(.delete, "/v1/models/m20")
            let cursor: String = try #require(first.json["next_cursor"]?.string)
            let second: Reply = await harness.ask(.get, "/v1/models?limit=2&cursor=" + cursor)
            #expect(second.items("name") == ["m30", "m40"])
        }
    }

    @Test func tokensAndHistoriesArePagedToo() async throws {
        try await APIHarness.with { harness in
            for number in 0..<5 { _ = try await harness.registry.token("s\(number)", roles: ["reader"]) }
            let pages = try await walk(harness, "/v1/tokens?limit=2", "id")
            #expect(pages.map(\.count) == [2, 2, 2])
            #expect(Set(pages.joined()).count == 6)
            for number in 0..<3 { try await harness.publish("m", "1.0.\(number)", more: #","use_case":"\#(number)""#) }
            for number in 0..<3 {
                _ = await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.0.\#(number)"}"#)
            }
            let moves = try await walk(harness, "/v1/models/m/aliases/c/history?limit=2", "to")
            #expect(moves == [["1.0.2", "1.0.1"], ["1.0.0"]])
        }
    }

    static let refusals: [(query: String, status: Int, code: String, pointers: [String])] = [
        ("limit=0", 422, "validation_failed", ["?limit"]), ("limit=501", 422, "validation_failed", ["?limit"]),
        ("limit=1000000000000000000000", 422, "validation_failed", ["?limit"]),
        ("limit=x", 422, "validation_failed", ["?limit"]),
        ("limit=", 422, "validation_failed", ["?limit"]), ("limit=+5", 422, "validation_failed", ["?limit"]),
        ("limit=1&limit=2", 422, "validation_failed", ["?limit"]), ("page=2", 422, "validation_failed", ["?page"]),
        ("page=2&sort=x", 422, "validation_failed", ["?page", "?sort"]), ("cursor=x", 400, "invalid_cursor", []),
        ("filter=name", 400, "invalid_filter", ["?filter"]),
        ("filter=name%20%3D%3D%20%27x%27", 400, "invalid_filter", ["?filter"]),
        ("filter=unknown%20%3D%201", 400, "invalid_filter", ["?filter"]),
        ("filter=%28", 400, "invalid_filter", ["?filter"]),
        ("filter=name%20%3D%20%27x", 400, "invalid_filter", ["?filter"]),
        ("order_by=unknown", 400, "invalid_filter", ["?order_by"]),
        ("order_by=name%20up", 400, "invalid_filter", ["?order_by"]),
        ("order_by=name,name", 400, "invalid_filter", ["?order_by"]),
        ("filter=%ff", 400, "invalid_request", []), ("filter=%0", 400, "invalid_request", []),
        ("filter=%00", 400, "invalid_request", []),
        ("dry_run=true", 422, "validation_failed", ["?dry_run"]),
        ("filter=name%20%3D%20%27x%27%3B%20DROP%20TABLE%20model", 400, "invalid_filter", ["?filter"]),
    ]

    @Test func queriesAreChecked() async throws {
        try await APIHarness.with { harness in
            for row in ListEndpointTests.refusals {
                let reply: Reply = await harness.ask(.get, "/v1/models?" + row.query)
                #expect(reply.status == row.status, "\(row.query)")
                #expect(reply.code == row.code, "\(row.query)")
                #expect(reply.pointers == row.pointers, "\(row.query)")
                if row.code == "invalid_filter" { #expect(reply.json["column"]?.integer != nil, "\(row.query)") }
            }
            for query in ["", "&", "limit=500", "limit=1&", "filter=", "order_by="] {
                #expect(await harness.ask(.get, "/v1/models?" + query).status == 200, "\(query)")
            }
            let column: Reply = await harness.ask(.get, "/v1/models?filter=name%20%3D%20%23")
            #expect(column.json["column"]?.integer == 8)
        }
    }

    @Test func booleansInQueriesAreTrueOrFalse() async throws {
        try await APIHarness.with { harness in
            for value in ["1", "yes", "TRUE", ""] {
                let reply: Reply = await harness.send(
                    .post, "/v1/models/m/versions?create_model=\(value)", #"{"version":"1.0.0"}"#)
                #expect(reply.status == 422, "\(value)")
                #expect(reply.pointers == ["?create_model"])
            }
            #expect(
                await harness.send(.post, "/v1/models/m/versions?create_model=false", #"{"version":"1.0.0"}"#).status
                    == 404)
            let dry: Reply = await harness.send(
                .post, "/v1/models/m/versions?create_model=true&dry_run=true", #"{"version":"1.0.0"}"#)
            #expect(dry.status == 201)
            #expect(await harness.ask(.get, "/v1/models/m").status == 404)
        }
    }

    @Test func filtersReachTheMetadata() async throws {
        try await APIHarness.with { harness in
            try await harness.publish(
                "m", "1.0.0",
                more:
                    #","framework":"xgboost","tags":{"team":"fraud"},"performance_metrics":{"auc_roc":0.98},"training_data":{"row_count":5000}"#
            )
            try await harness.publish(
                "m", "1.1.0",
                more:
                    #","framework":"sklearn","tags":{"team":"churn"},"performance_metrics":{"auc_roc":0.91},"training_data":{"row_count":10}"#
            )
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            for (filter, found) in [
                ("framework = 'xgboost'", ["1.0.0"]), ("tags.team IN ('churn', 'x')", ["1.1.0"]),
                ("metrics.auc_roc >= 0.95", ["1.0.0"]), ("metadata.training_data.row_count < 100", ["1.1.0"]),
                ("alias = 'champion'", ["1.0.0"]), ("state = 'development' AND NOT framework LIKE 'xg%'", ["1.1.0"]),
                ("created_at > '2030-01-01'", []),
                ("framework ILIKE 'XG%' OR tags.team = 'churn'", ["1.1.0", "1.0.0"]),
            ] as [(String, [String])] {
                let reply: Reply = await harness.ask(
                    .get, "/v1/models/m/versions?filter=" + ResourcePath.segment(filter))
                #expect(reply.items("version") == found, "\(filter): \(reply.text.prefix(200))")
            }
            let ordered: Reply = await harness.ask(.get, "/v1/models/m/versions?order_by=metrics.auc_roc")
            #expect(ordered.items("version") == ["1.1.0", "1.0.0"])
        }
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Lists: pages, order, cursors (API.md, section 1).
@Suite struct ListTests {
    @Test func pagesHaveAtMostTheLimitAndLinkOnwards() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("pages")
        for number in 0..<7 { try await registry.version(model, "1.\(number).0") }
        let target = "/v1/models/\(model)/versions"
        let first = try await registry.admin.get("\(target)?limit=3")
        #expect(first.json["items"]?.array?.count == 3)
        let link = try #require(first["Link"])
        let next = try #require(link.firstMatch(of: /<([^>]+)>; rel="next"/)?.1)
        let second = try await registry.admin.get(String(next).replacing(registry.daemon.endpoint.baseURL, with: ""))
        #expect(second.json["items"]?.array?.count == 3 && second.json["next_cursor"]?.string != nil)
        let cursor = try #require(second.json["next_cursor"]?.string)
        let third = try await registry.admin.get("\(target)?limit=3&cursor=\(encoded(cursor))")
        #expect(
            third.json["items"]?.array?.count == 1 && third.json["next_cursor"]?.isNull == true && third["Link"] == nil)
        let seen = [first, second, third].flatMap { $0.items("version") }
        #expect(Set(seen).count == 7)
    }

    @Test func everyListHasPages() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("lists")
        let digest = try await registry.blob([1])
        for version in ["1.0.0", "1.1.0"] {
            try await registry.version(model, version, ["artifacts": Metadata.artifacts(["a": digest, "b": digest])])
            for alias in ["champion", "candidate"] { try await registry.point(model, alias, at: version) }
        }
        _ = try await registry.client(roles: ["reader"])
        let base = "/v1/models/\(model)"
        for target in [
            "/v1/models", "\(base)/versions", "\(base)/aliases", "\(base)/aliases/champion/history",
            "\(base)/versions/1.0.0/artifacts", "/v1/audit", "/v1/tokens",
        ] {
            let first = try await registry.admin.get("\(target)?limit=1")
            #expect(first.status == 200 && first.json["items"]?.array?.count == 1, "\(target): \(first)")
            let cursor = first.json["next_cursor"]?.string
            #expect(cursor != nil, "\(target): \(first)")
            let next = try await registry.admin.get("\(target)?limit=1&cursor=\(encoded(cursor ?? ""))")
            #expect(
                next.json["items"]?.array?.count == 1 && next.json["items"] != first.json["items"], "\(target): \(next)"
            )
            expectProblem(try await registry.admin.get("\(target)?limit=0"), anyOf: [400, 422])
        }
    }

    @Test func defaultPageHasFiftyItems() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("fifty")
        for number in 0..<51 { try await registry.version(model, "0.0.\(number)") }
        let page = try await registry.admin.get("/v1/models/\(model)/versions")
        #expect(page.json["items"]?.array?.count == 50 && page.json["next_cursor"]?.string != nil)
    }

    /// Rows that come while a reader walks may be seen or not; those that were there are each seen once.
    @Test(arguments: [
        "", "&order_by=created_at", "&order_by=created_at%20desc", "&order_by=name", "&order_by=name%20desc",
    ])
    func walkIsStableUnderWrites(order: String) async throws {
        let registry = try await Registry.shared()
        let prefix = Registry.name("walk") + "_"
        for number in 0..<20 {
            let made = try await registry.admin.post("/v1/models", ["name": .string("\(prefix)b\(number)")])
            try #require(made.status == 201)
        }
        let filter = encoded("name LIKE '\(prefix)%'")
        var seen: [String] = []
        var cursor: String?
        var page = 0
        repeat {
            let from = cursor.map { "&cursor=\(encoded($0))" } ?? ""
            let reply = try await registry.admin.get("/v1/models?limit=4&filter=\(filter)\(order)\(from)")
            try #require(reply.status == 200, "\(reply)")
            seen += reply.items("name")
            cursor = reply.json["next_cursor"]?.string
            for place in ["a", "b5x", "z"] {
                _ = try await registry.admin.post("/v1/models", ["name": .string("\(prefix)\(place)\(page)")])
            }
            page += 1
        } while cursor != nil && page < 60
        #expect(Set(seen).count == seen.count, "a row came twice")
        #expect(Set(seen).isSuperset(of: (0..<20).map { "\(prefix)b\($0)" }), "a row was missed")
    }

    @Test func forgedAndForeignCursorsAreRefused() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("cursor")
        for number in 0..<4 { try await registry.version(model, "1.\(number).0") }
        let target = "/v1/models/\(model)/versions"
        let cursor = try #require(try await registry.admin.get("\(target)?limit=2").json["next_cursor"]?.string)
        let flipped = String(cursor.dropLast()) + (cursor.last == "A" ? "B" : "A")
        for bad in ["x", "AAAA", flipped, cursor + "A", String(repeating: "A", count: 3_000)] {
            expectProblem(
                try await registry.admin.get("\(target)?limit=2&cursor=\(encoded(bad))"), 400, "invalid_cursor")
        }
        let other = try await registry.model("cursor")
        expectProblem(
            try await registry.admin.get("/v1/models/\(other)/versions?limit=2&cursor=\(encoded(cursor))"), 400,
            "invalid_cursor")
        expectProblem(
            try await registry.admin.get("\(target)?limit=2&order_by=created_at&cursor=\(encoded(cursor))"), 400,
            "invalid_cursor")
    }

    private static let ordered = Task { () async throws -> String in
        let registry = try await Registry.shared()
        let model = try await registry.model("order")
        for (version, auc) in [("1.0.0", 0.5), ("1.1.0", 0.9), ("1.2.0", 0.7), ("1.10.0", 0.9), ("2.0.0-rc.1", 0.1)] {
            try await registry.version(model, version, ["performance_metrics": ["auc_roc": .double(auc)]])
        }
        try await registry.version(model, "2.0.0", ["performance_metrics": ["accuracy": 1]])
        return model
    }

    @Test(arguments: [
        ("metrics.auc_roc desc,created_at", ["1.1.0", "1.10.0", "1.2.0", "1.0.0", "2.0.0-rc.1"]),
        ("metrics.auc_roc desc,created_at desc", ["1.10.0", "1.1.0", "1.2.0", "1.0.0", "2.0.0-rc.1"]),
        ("metrics.auc_roc", ["2.0.0-rc.1", "1.0.0", "1.2.0"]),
        ("version", ["1.0.0", "1.1.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0"]),
        ("version desc", ["2.0.0", "2.0.0-rc.1", "1.10.0", "1.2.0", "1.1.0", "1.0.0"]),
        ("number desc", ["2.0.0", "2.0.0-rc.1", "1.10.0", "1.2.0", "1.1.0", "1.0.0"]),
    ])
    func orderIsAsAskedOverAllPages(order: String, expected: [String]) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.ordered.value
        let target = "/v1/models/\(model)/versions?order_by=\(encoded(order))"
        let whole = try await registry.all(target).compactMap { $0["version"]?.string }
        let paged = try await registry.all(target, limit: 2).compactMap { $0["version"]?.string }
        #expect(whole == paged && whole.count == 6 && Set(whole).count == 6)
        #expect(whole.filter(expected.contains) == expected, "\(whole)")
    }

    @Test(arguments: [
        "nonsense", "metrics.", "version up", "version desc desc", ",", "a'b", "metrics.a\"b; DROP TABLE x",
    ])
    func badOrderIsRefused(order: String) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.ordered.value
        expectProblem(
            try await registry.admin.get("/v1/models/\(model)/versions?order_by=\(encoded(order))"), anyOf: [400, 422])
    }
}

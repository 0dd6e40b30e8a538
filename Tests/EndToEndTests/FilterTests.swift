import StemmaJSON
import StemmaTesting
import Testing

/// The filter grammar that all lists share (API.md, section 1).
@Suite struct FilterTests {
    private static let prepared = Task { () async throws -> String in
        let registry = try await Registry.shared()
        let model = try await registry.model("filter")
        let rows: [(String, String, JSONValue, JSONValue, Int64, Bool)] = [
            ("1.0.0", "xgboost", ["auc_roc": 0.90], ["team": "risk"], 1_000, false),
            ("1.1.0", "xgboost", ["auc_roc": 0.95], ["team": "risk", "stage.env": "eu"], 2_000, false),
            ("1.2.0", "lightgbm", ["auc_roc": 0.97], ["team": "fraud"], 3_000, true),
            ("2.0.0", "sklearn", ["accuracy": 1], [:], 4_000, false),
            ("2.1.0-rc.1", "sklearn", ["auc_roc": 0.99], ["team": "o'neil"], 5_000, true),
        ]
        for (version, framework, metrics, tags, count, gpu) in rows {
            try await registry.version(
                model, version,
                [
                    "framework": .string(framework), "performance_metrics": metrics, "tags": tags,
                    "training_data": [
                        "dataset_id": "d", "data_version": "1", "row_count": .integer(count), "feature_count": 3,
                        "time_range": ["2023-01-01", "2024-01-01"],
                    ],
                    "infrastructure_requirements": [
                        "memory_mb": 1, "cpu_cores": 1, "gpu_required": .bool(gpu), "disk_space_mb": 1,
                    ],
                    "metadata": ["owner_id": .integer(count / 1_000)],
                ])
        }
        try await registry.point(model, "champion", at: "1.1.0")
        return model
    }

    static let all = ["1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0-rc.1"]

    static let good: [(filter: String, versions: [String])] = [
        ("framework = 'xgboost'", ["1.0.0", "1.1.0"]),
        ("framework='xgboost'", ["1.0.0", "1.1.0"]),
        ("framework != 'xgboost'", ["1.2.0", "2.0.0", "2.1.0-rc.1"]),
        ("NOT framework = 'xgboost'", ["1.2.0", "2.0.0", "2.1.0-rc.1"]),
        ("framework IN ('xgboost', 'lightgbm')", ["1.0.0", "1.1.0", "1.2.0"]),
        ("framework in ('xgboost') and version = '1.0.0'", ["1.0.0"]),
        ("framework LIKE 'xg%'", ["1.0.0", "1.1.0"]),
        ("framework LIKE 'XG%'", []),
        ("framework ILIKE 'XG%'", ["1.0.0", "1.1.0"]),
        ("framework LIKE '_gboost'", ["1.0.0", "1.1.0"]),
        ("metrics.auc_roc >= 0.95", ["1.1.0", "1.2.0", "2.1.0-rc.1"]),
        ("metrics.auc_roc > 0.95", ["1.2.0", "2.1.0-rc.1"]),
        ("metrics.auc_roc < 0.95", ["1.0.0"]),
        ("metrics.auc_roc <= 9.5e-1", ["1.0.0", "1.1.0"]),
        ("metrics.accuracy = 1", ["2.0.0"]),
        ("metrics.auc_roc IN (0.9, 0.99)", ["1.0.0", "2.1.0-rc.1"]),
        ("tags.team = 'risk'", ["1.0.0", "1.1.0"]),
        ("tags.team = 'o''neil'", ["2.1.0-rc.1"]),
        ("tags.team = 'risk' OR metrics.auc_roc > 0.98", ["1.0.0", "1.1.0", "2.1.0-rc.1"]),
        (
            "framework = 'sklearn' OR framework = 'xgboost' AND metrics.auc_roc < 0.92",
            ["1.0.0", "2.0.0", "2.1.0-rc.1"]
        ),
        ("(framework = 'sklearn' OR framework = 'xgboost') AND metrics.auc_roc < 0.92", ["1.0.0"]),
        ("NOT (framework = 'sklearn' OR framework = 'xgboost')", ["1.2.0"]),
        ("metadata.training_data.row_count > 2500", ["1.2.0", "2.0.0", "2.1.0-rc.1"]),
        ("metadata.infrastructure_requirements.gpu_required = true", ["1.2.0", "2.1.0-rc.1"]),
        ("metadata.infrastructure_requirements.gpu_required = false", ["1.0.0", "1.1.0", "2.0.0"]),
        ("metadata.owner_id = 3", ["1.2.0"]),
        ("created_at > '2020-01-01T00:00:00Z'", all),
        ("created_at < '2020-01-01T00:00:00.000Z'", []),
        ("alias = 'champion'", ["1.1.0"]),
        ("alias = 'absent'", []),
        ("version = '2.0.0'", ["2.0.0"]),
        ("framework = 'x'' OR ''1''=''1'", []),
        ("framework = '%'", []),
    ]

    @Test(arguments: good)
    func filterFinds(filter: String, versions: [String]) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let found = try await registry.all("/v1/models/\(model)/versions?filter=\(encoded(filter))", limit: 2)
        #expect(Set(found.compactMap { $0["version"]?.string }) == Set(versions))
    }

    @Test(arguments: [
        "framework =", "= 'x'", "AND", "framework = 'x", "(framework = 'x'", "framework = 'x')", "framework ~ 'x'",
        "framework == 'x'", "framework = 'a' AND", "framework 'x'", "framework IN ()", "framework IN 'x'", "NOT",
        "framework = 'x'; DROP TABLE models", "framework = 'x' -- ", "nonsense = 1", "metrics. = 1", "tags.a'b = 'x'",
        "created_at > 'yesterday'", "framework = 'a' framework = 'b'", "1 = 1", "metrics.auc_roc = 'high'",
        "framework LIKE 5",
    ])
    func syntaxErrorIsNamedWithItsColumn(filter: String) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let reply = try await registry.admin.get("/v1/models/\(model)/versions?filter=\(encoded(filter))")
        expectProblem(reply, 400, "invalid_filter")
        #expect(reply.text.contains("column"), "\(reply)")
    }

    @Test func columnPointsAtTheFault() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        for pad in [0, 30] {
            let filter = String(repeating: " ", count: pad) + "framework ~ 'x'"
            let reply = try await registry.admin.get("/v1/models/\(model)/versions?filter=\(encoded(filter))")
            let numbers = "\(reply.json)".split { !$0.isNumber }.compactMap { Int($0) }
            #expect(numbers.contains(pad + 11), "the tilde stands in column \(pad + 11): \(reply)")
        }
    }

    @Test func nestedBeyondReasonIsRefused() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let parentheses = String(repeating: "(", count: 2_000)
        let reply = try await registry.admin.get("/v1/models/\(model)/versions?filter=\(parentheses)")
        expectProblem(reply, 400, "invalid_filter")
        let long = (0..<150).map { "framework='\($0)'" }.joined(separator: "+OR+")
        let wide = try await registry.admin.get(
            "/v1/models/\(model)/versions?filter=\(long.replacing("'", with: "%27"))")
        #expect(wide.status == 200 || wide.status == 400, "\(wide)")
    }

    @Test func everyListHasTheGrammar() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        for (target, filter) in [
            ("/v1/models", "name = '\(model)'"), ("/v1/audit", "created_at > 'x'"),
            ("/v1/models/\(model)/aliases", "alias = 'champion'"), ("/v1/tokens", "subject = 'x'"),
        ] {
            let good = try await registry.admin.get("\(target)?filter=\(encoded(filter))")
            #expect([200, 400].contains(good.status), "\(target): \(good)")
            expectProblem(try await registry.admin.get("\(target)?filter=\(encoded("= ="))"), 400, "invalid_filter")
        }
    }
}

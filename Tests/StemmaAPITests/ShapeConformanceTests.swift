import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Every JSON answer has the shape that its operation declares, and every status is one of those it names.
@Suite struct ShapeConformanceTests {
    func check(_ harness: APIHarness, _ operation: String, _ reply: Reply) throws {
        let endpoint: Endpoint = try #require(harness.api.endpoints.first { $0.operation == operation }, "\(operation)")
        let answer: AnswerDescription = try #require(
            endpoint.answers.first { $0.status == reply.status }, "\(operation) answered \(reply.status): \(reply.text)"
        )
        switch answer.content {
        case .json(let shape):
            #expect(shape.faults(in: reply.json).isEmpty, "\(operation): \(shape.faults(in: reply.json))")
        case .list(let shape):
            #expect(reply.json.object?.members.map(\.name) == ["items", "next_cursor"], "\(operation)")
            let items: [JSONValue] = try #require(reply.json["items"]?.array)
            #expect(!items.isEmpty, "\(operation)")
            for item in items { #expect(shape.faults(in: item).isEmpty, "\(operation): \(shape.faults(in: item))") }
        case .empty: #expect(reply.body.isEmpty, "\(operation)")
        case .either(let one, let many):
            let isOne: Bool = one.faults(in: reply.json).isEmpty
            #expect(isOne || many.faults(in: reply.json).isEmpty, "\(operation): \(many.faults(in: reply.json))")
        case .jsonOr(let shape, _):
            if reply.headers["content-type"] == "application/json" {
                #expect(shape.faults(in: reply.json).isEmpty, "\(operation): \(shape.faults(in: reply.json))")
            }
        case .other: break
        }
        checked.insert(operation)
    }

    private final class Checked: @unchecked Sendable {
        var operations: Set<String> = []
        func insert(_ operation: String) { operations.insert(operation) }
    }

    private let checked = Checked()

    @Test func answersAreAsDeclared() async throws {
        try await APIHarness.with { harness in
            let bytes: [UInt8] = Array("weights".utf8)
            let blob: String = "/v1/blobs/" + APIHarness.digest(bytes)
            let version: String = "/v1/models/m/versions/1.0.0"
            let file: String = #"{"path":"f","digest":"\#(APIHarness.digest(bytes))"}"#
            try check(
                harness, "RegisterModel", await harness.send(.post, "/v1/models", #"{"name":"m","tags":{"a":"b"}}"#))
            try check(harness, "PutBlob", await harness.ask(.put, blob, body: .bytes(bytes)))
            try check(harness, "PutBlob", await harness.ask(.put, blob, body: .bytes(bytes)))
            let registration: String = #"{"version":"1.0.0","performance_metrics":{"auc":0.9},"artifacts":[\#(file)]}"#
            try check(harness, "RegisterVersion", await harness.send(.post, "/v1/models/m/versions", registration))
            try check(harness, "RegisterVersion", await harness.send(.post, "/v1/models/m/versions", registration))
            let draft: String = #"{"version":"1.1.0","draft":true}"#
            try check(harness, "RegisterVersion", await harness.send(.post, "/v1/models/m/versions", draft))
            let path: String = "/v1/models/m/versions/1.1.0/artifacts/x"
            try check(harness, "PutArtifact", await harness.ask(.put, path, body: .bytes([1])))
            try check(harness, "PutArtifact", await harness.ask(.put, path, body: .bytes([2])))
            try check(harness, "ReadVersion", await harness.ask(.get, "/v1/models/m/versions/1.1.0"))
            try check(harness, "DeleteArtifact", await harness.ask(.delete, path))
            try check(harness, "PublishVersion", await harness.ask(.post, "/v1/models/m/versions/1.1.0/publish"))
            try check(
                harness, "UpdateVersion",
                await harness.send(.patch, version, #"{"performance_metrics":{"auc":0.8,"n":1}}"#))
            try check(harness, "SetAlias", await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.0.0"}"#))
            try check(harness, "SetAlias", await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.1.0"}"#))
            try check(harness, "SetAlias", await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.1.0"}"#))
            try check(harness, "UpdateModel", await harness.send(.patch, "/v1/models/m", #"{"owner":"o"}"#))
            let upload: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1]))
            try check(harness, "CreateUpload", upload)
            let target: String = try #require(upload.headers["location"])
            try check(harness, "ReadUpload", await harness.ask(.get, target))
            let append: Reply = await harness.ask(
                .patch, target, [("content-type", "application/partial-upload"), ("upload-offset", "1")],
                body: .bytes([2]))
            try check(harness, "AppendUpload", append)
            try check(harness, "CompleteUpload", await harness.ask(.post, target + "/complete"))
            try check(harness, "CompleteUpload", await harness.ask(.post, target + "/complete"))
            let other: String = try #require(await harness.ask(.post, "/v1/uploads").headers["location"])
            try check(harness, "CancelUpload", await harness.ask(.delete, other))
            let token: Reply = await harness.send(.post, "/v1/tokens", #"{"subject":"s","roles":["reader"]}"#)
            try check(harness, "CreateToken", token)
            _ = await harness.ask(.get, "/v1/models", token: .none)
            _ = await harness.ask(.get, "/v1/models/m/versions/latest", [("stemma-consumer", "scorer")])
            try check(harness, "ListConsumers", await harness.ask(.get, "/v1/models/m/consumers"))
            harness.clock.advance(milliseconds: harness.registry.core.policy.consumerLifetimeMilliseconds)
            try await checkPolicies(harness)
            for (operation, path) in [
                ("ListModels", "/v1/models"), ("ReadModel", "/v1/models/m"), ("ListVersions", "/v1/models/m/versions"),
                ("ListAllVersions", "/v1/model-versions"), ("ReadVersion", version),
                ("ReadVersionByID", "/v1/model-versions/m_v1.0.0"),
                ("ReadMetricHistory", version + "/metrics"), ("ListArtifacts", version + "/artifacts"),
                ("ReadArtifact", version + "/artifacts/f"), ("ReadArchive", version + "/archive.tar"),
                ("ListAliases", "/v1/models/m/aliases"), ("ReadAlias", "/v1/models/m/aliases/c"),
                ("ReadAlias", "/v1/models/m/aliases/latest"), ("ReadAliasHistory", "/v1/models/m/aliases/c/history"),
                ("ReadAlias", "/v1/models/m/aliases/c?as_of=\(harness.registry.clock.now)"),
                ("ReadModelTimeline", "/v1/models/m/timeline"), ("ReadVersionTimeline", version + "/timeline"),
                ("ReadBlob", blob), ("ListAuditEvents", "/v1/audit?limit=500"), ("ListTokens", "/v1/tokens"),
                ("CheckLiveness", "/healthz"), ("CheckReadiness", "/readyz"), ("ReadMetrics", "/metrics"),
                ("ReadOpenAPI", "/openapi.json"), ("ReadVersionOfDaemon", "/version"),
            ] {
                try check(harness, operation, await harness.ask(.get, path))
            }
            try await checkDeployments(harness, version)
            try await checkReproducibility(harness, check)
            try await checkExperiments(harness, check)
            try check(harness, "ReadBlob", await harness.ask(.get, blob, [("range", "bytes=0-1")]))
            let observed: String = #"[{"metric":"auc","value":0.5,"at":"2024-01-14","window":"1d"}]"#
            try check(
                harness, "RecordObservations", await harness.send(.post, version + "/observations", observed))
            for resolution in ["point", "day", "month", "auto"] {
                let target: String = version + "/observations?resolution=" + resolution
                try check(harness, "ListObservations", await harness.ask(.get, target))
            }
            try check(harness, "SummarizeObservations", await harness.ask(.get, version + "/observations/summary"))
            try await checkLifecycle(harness, check)
            try await checkLineage(harness, check)
            try await checkPrivacy(harness, check)
            let event: String = try #require(await harness.ask(.get, "/v1/audit").items("audit_id").first)
            for (operation, path) in [
                ("ReadAuditCheckpoint", "checkpoint"), ("ReadAuditKey", "key"),
                ("ProveAuditInclusion", "proof?sequence=1"),
                ("ProveAuditConsistency", "consistency?from=1"), ("ReadAuditTile", "tile/0/000.p/2"),
            ] {
                try check(harness, operation, await harness.ask(.get, "/v1/audit/log/" + path))
            }
            try check(harness, "ReadEvents", await harness.ask(.get, "/v1/events"))
            try check(harness, "ExportAudit", await harness.ask(.get, "/v1/audit/export"))
            try check(harness, "ReadAuditEvent", await harness.ask(.get, "/v1/audit/" + event))
            try await checkGovernance(harness, version)
            try await checkPast(harness, check)
            try check(harness, "DeleteAlias", await harness.ask(.delete, "/v1/models/m/aliases/c"))
            try check(harness, "RevokeToken", await harness.ask(.delete, try #require(token.headers["location"])))
            try await checkRollouts(harness)
            try await checkComparisons(harness, check)
            try await checkCompliance(harness, check)
            try await checkWebhooks(harness, check)
            try check(harness, "DeleteVersion", await harness.ask(.delete, version))
            try check(harness, "DeleteModel", await harness.ask(.delete, "/v1/models/m"))
            #expect(checked.operations == Set(harness.api.endpoints.map(\.operation)))
        }
    }

    private func checkGovernance(_ harness: APIHarness, _ version: String) async throws {
        let reviewer: APIHarness.Token = .secret(
            try await harness.registry.token("reviewer", roles: ["reviewer:technical"]))
        for review in [
            #"{"gate":"technical","decision":"approve","evidence":{"a":1.5}}"#,
            #"{"gate":"technical","decision":"reject","items":{"code_quality":false},"comment":"c"}"#,
        ] {
            try check(
                harness, "ReviewVersion", await harness.send(.post, version + "/reviews", review, token: reviewer))
        }
        try check(harness, "ListReviews", await harness.ask(.get, version + "/reviews"))
        try check(harness, "ReadGates", await harness.ask(.get, version + "/gates"))
        for _ in 0..<2 {
            let reply: Reply = await harness.send(.put, version + "/quarantine", #"{"reason":"r"}"#)
            try check(harness, "QuarantineVersion", reply)
        }
        try check(harness, "ListQuarantines", await harness.ask(.get, version + "/quarantine"))
        try check(harness, "LiftQuarantine", await harness.ask(.delete, version + "/quarantine?reason=x"))
        try check(harness, "ListQuarantines", await harness.ask(.get, version + "/quarantine"))
    }

    private func checkDeployments(_ harness: APIHarness, _ version: String) async throws {
        let made: Reply = await harness.deploy("m", "1.0.0", to: "development", more: #","annotations":{"a":"b"}"#)
        try check(harness, "CreateDeployment", made)
        let target: String = try #require(made.headers["location"])
        try check(harness, "UpdateDeployment", await harness.send(.patch, target, #"{"status":"deployed"}"#))
        let config: String = version + "/deployment-config?environment=development&format=compose&image=serve:1"
        for (operation, path) in [
            ("ReadDeployment", target), ("ListDeployments", "/v1/deployments"), ("ReadDeploymentConfig", config),
            ("ReadReadiness", version + "/readiness?environment=production"),
        ] {
            try check(harness, operation, await harness.ask(.get, path))
        }
        try check(harness, "ReadDeployment", await harness.ask(.get, target, [("if-none-match", "*")]))
    }

    private func checkPolicies(_ harness: APIHarness) async throws {
        let body: String = #"{"name":"p","kind":"retirement","criteria":{"age":{}},"states":["development"]}"#
        let made: Reply = await harness.send(.post, "/v1/policies", body)
        try check(harness, "CreatePolicy", made)
        let policy: String = try #require(made.headers["location"])
        let run: Reply = await harness.ask(.post, policy + "/run")
        try check(harness, "RunPolicy", run)
        let path: String = try #require(run.headers["content-location"])
        for (operation, path) in [
            ("ListPolicies", "/v1/policies"), ("ReadPolicy", policy), ("ListPolicyRuns", policy + "/runs"),
            ("ReadPolicyRun", path), ("ListPolicyDecisions", path + "/decisions"),
        ] {
            try check(harness, operation, await harness.ask(.get, path))
        }
        try check(harness, "ReadPolicy", await harness.ask(.get, policy, [("if-none-match", "*")]))
        let other: String = #"{"name":"q","kind":"promotion","criteria":{"metric":{"metric":"auc","minimum":1}}}"#
        try check(harness, "ReplacePolicy", await harness.send(.put, policy, other))
        try check(harness, "RunPolicy", await harness.ask(.post, policy + "/run?dry_run=true"))
        try check(harness, "DeletePolicy", await harness.ask(.delete, policy))
    }

    /// Reads that can answer 304 say so in their declaration.
    @Test func answersWithoutABodyAreDeclaredToo() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", files: [("f", [1])])
            _ = await harness.send(.put, "/v1/models/m/aliases/c", #"{"version":"1.0.0"}"#)
            for (operation, path) in [
                ("ReadModel", "/v1/models/m"), ("ReadVersion", "/v1/models/m/versions/1.0.0"),
                ("ReadGates", "/v1/models/m/versions/1.0.0/gates"),
                ("ReadReproducibility", "/v1/models/m/versions/1.0.0/reproducibility"),
                ("ReadVersionByID", "/v1/model-versions/m_v1.0.0"), ("ReadAlias", "/v1/models/m/aliases/c"),
                ("ReadArtifact", "/v1/models/m/versions/1.0.0/artifacts/f"),
                ("ReadArchive", "/v1/models/m/versions/1.0.0/archive.tar"),
            ] {
                try check(harness, operation, await harness.ask(.get, path, [("if-none-match", "*")]))
            }
        }
    }
}

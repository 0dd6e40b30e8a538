import StemmaJSON
import StemmaTesting
import Testing

/// How a reference in a path finds its version (API.md, section 2).
@Suite struct ReferenceTests {
    private static let prepared = Task { () async throws -> String in
        let registry = try await Registry.shared()
        let model = try await registry.model("refs")
        for version in ["1.0.0", "1.2.0", "1.10.0", "2.1.0", "2.1.3", "2.3.0", "3.0.0-beta.2", "3.0.0-beta.11"] {
            try await registry.version(model, version)
        }
        try await registry.point(model, "champion", at: "2.1.0")
        let draft = try await registry.register(model, ["version": "9.0.0", "draft": true])
        try #require(draft.status == 201, "\(draft)")
        return model
    }

    static let good: [(ref: String, version: String)] = [
        ("2.1.3", "2.1.3"), ("v2.1.3", "2.1.3"), ("3.0.0-beta.2", "3.0.0-beta.2"), ("@champion", "2.1.0"),
        ("latest", "2.3.0"), ("^2.1", "2.3.0"), ("^2.1.0", "2.3.0"), ("~2.1.0", "2.1.3"), ("~2.1", "2.1.3"),
        ("2.x", "2.3.0"), ("2.1.x", "2.1.3"), ("1.x", "1.10.0"), ("^1.0.0", "1.10.0"), ("9.0.0", "9.0.0"),
    ]

    @Test(arguments: good)
    func referenceFinds(ref: String, version: String) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        for segment in [encoded(ref), ref] where segment == encoded(ref) || !ref.contains("^") {
            let reply = try await registry.admin.get("/v1/models/\(model)/versions/\(segment)")
            #expect(reply.status == 200 && reply.json["version"] == .string(version), "\(segment): \(reply)")
            #expect(reply["Content-Location"] == "/v1/models/\(model)/versions/\(version)")
        }
    }

    @Test(arguments: [
        "^4", "~2.2.0", "5.x", "9.x", "^9.0.0", "2.1.4", "@absent", "3.x", "^3.0.0", "v", "V2.1.3", "nonsense", "^",
    ])
    func referenceFindsNothing(ref: String) async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        expectProblem(
            try await registry.admin.get("/v1/models/\(model)/versions/\(encoded(ref))"), anyOf: [400, 404, 422])
    }

    @Test func artifactsFollowReferencesToo() async throws {
        let registry = try await Registry.shared()
        let model = try await Self.prepared.value
        let reply = try await registry.admin.get("/v1/models/\(model)/versions/@champion/artifacts/model.pkl")
        #expect(reply.status == 200 && reply.text == "weights of \(model)")
        #expect(reply["Content-Location"]?.hasPrefix("/v1/models/\(model)/versions/2.1.0") == true, "\(reply)")
    }

    @Test func latestFollowsPrecedenceAndNeverADraft() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("latestorder")
        expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/latest"), 404)
        for (version, latest) in [
            ("1.9.0", "1.9.0"), ("1.10.0", "1.10.0"), ("1.10.1-rc.1", "1.10.0"), ("1.2.0", "1.10.0"),
        ] {
            try await registry.version(model, version)
            let reply = try await registry.admin.get("/v1/models/\(model)/versions/latest")
            #expect(reply.json["version"] == .string(latest))
        }
        #expect(try await registry.admin.delete("/v1/models/\(model)/versions/1.10.0").isSuccess)
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/latest").json["version"] == "1.9.0")
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Drafts: versions that are filled file by file before anyone can resolve them (API.md, section 3).
@Suite struct DraftTests {
    private func draft(_ registry: Registry, _ purpose: String) async throws -> String {
        let model = try await registry.model(purpose)
        let body = Metadata.specification.with(["version": "1.0.0", "draft": true])
        let reply = try await registry.admin.post("/v1/models/\(model)/versions", .object(body))
        try #require(reply.status == 201 && reply.json["status"] == "draft", "\(reply)")
        return model
    }

    @Test func draftIsFilledAndPublished() async throws {
        let registry = try await Registry.shared()
        let model = try await draft(registry, "draft")
        let base = "/v1/models/\(model)/versions/1.0.0"
        let weights = noise(300_000, seed: 24)
        for (path, bytes) in [
            ("model.bin", weights), ("docs/card.md", Array("old".utf8)), ("docs/card.md", Array("# Card".utf8)),
        ] {
            let reply = try await registry.admin.upload("\(base)/artifacts/\(path)", bytes)
            #expect(reply.isSuccess, "\(reply)")
        }
        let published = try await registry.admin.send("POST", "\(base)/publish", body: [])
        #expect(published.isSuccess && published.json["status"] == "ready", "\(published)")
        #expect(published.json["size_bytes"] == 300_006)
        let items = try await registry.all("\(base)/artifacts")
        #expect(items.compactMap { $0["path"]?.string } == ["docs/card.md", "model.bin"])
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/latest/artifacts/model.bin").body == weights)
        #expect(try await registry.admin.get("\(base)/artifacts/docs/card.md").text == "# Card")
        expectProblem(try await registry.admin.upload("\(base)/artifacts/late.bin", [1]), 409)
        expectProblem(try await registry.admin.upload("\(base)/artifacts/model.bin", [1]), 409)
    }

    @Test func draftIsFoundByItsExactVersionOnly() async throws {
        let registry = try await Registry.shared()
        let model = try await draft(registry, "hidden")
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0").json["status"] == "draft")
        for ref in ["latest", "%5E1.0", "1.x", "~1.0.0"] {
            expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/\(ref)"), 404)
        }
        expectProblem(try await registry.register(model, ["version": "1.0.0"]), 409)
    }

    @Test func draftCanBeDropped() async throws {
        let registry = try await Registry.shared()
        let model = try await draft(registry, "dropped")
        #expect(try await registry.admin.delete("/v1/models/\(model)/versions/1.0.0").isSuccess)
        expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0"), 404)
        expectProblem(
            try await registry.admin.send("POST", "/v1/models/\(model)/versions/1.0.0/publish", body: []), 404)
    }

    @Test(arguments: ["..%2f..%2fx", "a%00b", "a//b", "a/../b", "%5cx", ""])
    func badPathIsRefused(path: String) async throws {
        let registry = try await Registry.shared()
        let model = try await draft(registry, "path")
        let reply = try await registry.admin.upload("/v1/models/\(model)/versions/1.0.0/artifacts/\(path)", [1])
        expectProblem(reply, anyOf: [400, 404, 405, 422])
        #expect(try await registry.all("/v1/models/\(model)/versions/1.0.0/artifacts").isEmpty)
    }

    @Test func publishedVersionIsNoDraft() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("published")
        try await registry.version(model, "1.0.0")
        expectProblem(try await registry.admin.upload("/v1/models/\(model)/versions/1.0.0/artifacts/x", [1]), 409)
        let again = try await registry.admin.send("POST", "/v1/models/\(model)/versions/1.0.0/publish", body: [])
        #expect(again.status == 200 || again.status == 409, "\(again)")
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Aliases: the pointers that deploy tooling follows (API.md, sections 2 and 3).
@Suite struct AliasTests {
    @Test func aliasAnswersAllThatADeploymentNeeds() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("deploy")
        let version = try await registry.version(model, "1.0.0")
        try await registry.point(model, "champion", at: "1.0.0")
        let reply = try await registry.admin.get("/v1/models/\(model)/aliases/champion")
        #expect(reply.status == 200)
        #expect(reply.json["model"] == .string(model) && reply.json["alias"] == "champion")
        #expect(reply.json["version"] == "1.0.0" && reply.json["model_id"] == version["model_id"])
        #expect(reply.json["state"] == version["state"])
        #expect(reply.json["manifest_digest"] == version["manifest_digest"])
        #expect(reply.json["updated_at"]?.string?.hasSuffix("Z") == true)
        #expect(reply.json["updated_by"]?.string?.isEmpty == false)
        let uri = try #require(reply.json["artifacts_uri"]?.string)
        let path = uri.replacing(registry.daemon.endpoint.baseURL, with: "")
        let artifacts = try await registry.list(path)
        #expect(artifacts.first?["path"] == "model.pkl", "\(uri)")
    }

    @Test func moveNamesTheDisplacedVersionAndIsKept() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("history")
        for version in ["1.0.0", "1.1.0"] { try await registry.version(model, version) }
        let target = "/v1/models/\(model)/aliases/champion"
        let first = try await registry.admin.put(target, ["version": "1.0.0", "rationale": "first release"])
        #expect(first.isSuccess && !first.json.mentions("1.1.0"))
        let second = try await registry.admin.put(target, ["version": "1.1.0", "rationale": "better recall"])
        #expect(second.status == 200 && second.json["version"] == "1.1.0", "\(second)")
        #expect(second.json.mentions("1.0.0"), "the displaced version is named: \(second)")
        let history = try await registry.all("\(target)/history")
        #expect(history.count == 2, "\(history)")
        for (text, from, to) in [
            ("first release", JSONValue.null, JSONValue.string("1.0.0")), ("better recall", "1.0.0", "1.1.0"),
        ] {
            let move = try #require(history.first { $0.mentions(text) })
            #expect((move["from"] ?? .null) == from && move["to"] == to, "\(move)")
        }
        let versions = try await registry.all("/v1/models/\(model)/versions")
        for version in versions {
            #expect(version["aliases"] == (version["version"] == "1.1.0" ? ["champion"] : []), "\(version)")
        }
    }

    @Test func historyOutlivesTheAlias() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("gone")
        try await registry.version(model, "1.0.0")
        try await registry.point(model, "candidate", at: "1.0.0")
        let target = "/v1/models/\(model)/aliases/candidate"
        #expect(try await registry.admin.delete(target).isSuccess)
        expectProblem(try await registry.admin.get(target), 404, "alias_not_found")
        expectProblem(try await registry.admin.delete(target), 404)
        expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/@candidate"), 404)
        #expect(try await registry.all("\(target)/history").count == 2)
        try await registry.point(model, "candidate", at: "1.0.0")
        #expect(try await registry.all("\(target)/history").count == 3)
    }

    @Test func aliasesAreListedInOneShape() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("listed")
        try await registry.version(model, "1.0.0")
        for alias in ["b", "a", "champion"] { try await registry.point(model, alias, at: "1.0.0") }
        let list = try await registry.list("/v1/models/\(model)/aliases")
        #expect(Set(list.compactMap { $0["alias"]?.string }).subtracting(["latest"]) == ["a", "b", "champion"])
        for item in list {
            let alias = try #require(item["alias"]?.string)
            #expect(try await registry.admin.get("/v1/models/\(model)/aliases/\(alias)").json == item)
        }
        let version = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0").json
        #expect(Set((version["aliases"]?.array ?? []).compactMap(\.string)) == ["a", "b", "champion"])
    }

    @Test func aliasNeedsAVersionThatIsThere() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("target")
        let target = "/v1/models/\(model)/aliases/champion"
        expectProblem(try await registry.admin.put(target, ["version": "1.0.0"]), anyOf: [404, 409, 422])
        expectProblem(try await registry.admin.put(target, ["version": "nonsense"]), anyOf: [404, 422])
        expectProblem(try await registry.admin.put(target, [:]), 422)
        expectProblem(try await registry.admin.put(target, ["version": "1.0.0", "force": true]), 422)
        let draft = try await registry.register(model, ["version": "2.0.0", "draft": true])
        try #require(draft.status == 201, "\(draft)")
        expectProblem(try await registry.admin.put(target, ["version": "2.0.0"]), anyOf: [404, 409, 422])
        expectProblem(try await registry.admin.get(target), 404, "alias_not_found")
    }

    @Test func moveToTheSameVersionChangesNothing() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("same")
        try await registry.version(model, "1.0.0")
        try await registry.point(model, "champion", at: "1.0.0")
        let target = "/v1/models/\(model)/aliases/champion"
        let again = try await registry.admin.put(target, ["version": "1.0.0"])
        #expect(again.status == 200, "\(again)")
        #expect(try await registry.admin.get(target).json["version"] == "1.0.0")
    }

    /// While the alias moves, every reader sees one of the two versions, whole, and the last acknowledged move in the end.
    @Test func readersSeeOneVersionWhole() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("whole")
        var manifests: [String: JSONValue] = [:]
        for version in ["1.0.0", "1.1.0"] {
            manifests[version] = try await registry.version(
                model, version, ["description": .string(version)])["manifest_digest"]
        }
        try await registry.point(model, "champion", at: "1.0.0")
        let target = "/v1/models/\(model)/aliases/champion"
        let expected = manifests
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<30 {
                    let version = round % 2 == 0 ? "1.1.0" : "1.0.0"
                    try await registry.point(model, "champion", at: version)
                    #expect(
                        try await registry.admin.get(target).json["version"] == .string(version),
                        "a read after the move")
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<60 {
                        let read = try await registry.admin.get(target).json
                        let version = try #require(read["version"]?.string)
                        #expect(read["manifest_digest"] == expected[version], "\(read)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

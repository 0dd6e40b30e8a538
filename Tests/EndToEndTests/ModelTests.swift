import StemmaJSON
import StemmaTesting
import Testing

/// Models: register, read, change, delete (API.md, section 3).
@Suite struct ModelTests {
    @Test func registeredModelIsOneShapeEverywhere() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("shape")
        let body: JSONValue = [
            "name": .string(name), "description": "Finds fraud", "domain": "payments", "use_case": "card fraud",
            "owner": "risk-team", "tags": ["team": "risk", "tier": "1"],
            "metadata": ["ticket": 7, "deep": ["a": [1, nil]]],
        ]
        let made = try await registry.admin.post("/v1/models", body)
        try #require(made.status == 201, "\(made)")
        #expect(made["Location"] == "/v1/models/\(name)")
        for member in body.object?.members ?? [] { #expect(made.json[member.name] == member.value, "\(member.name)") }
        #expect(
            made.json["aliases"]?.array?.isEmpty == true || made.json["aliases"]?.object?.isEmpty == true, "\(made)")
        #expect(made.etag.wholeMatch(of: /"[^"]+"/) != nil, "a strong tag: \(made.etag)")
        let read = try await registry.admin.get("/v1/models/\(name)")
        #expect(read.json == made.json && read.etag == made.etag)
        let listed = try await registry.all("/v1/models?filter=\(encoded("name = '\(name)'"))")
        #expect(listed == [read.json])
    }

    @Test func sameNameIsTaken() async throws {
        let registry = try await Registry.shared()
        let name = try await registry.model("taken")
        expectProblem(try await registry.admin.post("/v1/models", ["name": .string(name)]), 409, "model_exists")
    }

    @Test func modelTellsItsAliasesAndVersions() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("summary")
        for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] { try await registry.version(model, version) }
        try await registry.point(model, "champion", at: "1.0.0")
        let read = try await registry.admin.get("/v1/models/\(model)").json
        #expect(read["latest_version"]?.mentions("1.1.0") == true, "\(read)")
        #expect(read["version_count"] == 3, "\(read)")
        #expect("\(read["aliases"] ?? .null)".contains("champion"), "\(read)")
        let listed = try await registry.all("/v1/models?filter=\(encoded("name = '\(model)'"))")
        #expect(listed == [read])
    }

    @Test func mergePatchChangesWhatItNamesOnly() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model(
            "patch",
            [
                "description": "old", "owner": "a", "tags": ["keep": "1", "drop": "2"],
                "metadata": ["x": ["y": 1, "z": 2]],
            ])
        let before = try await registry.admin.get("/v1/models/\(model)")
        let patched = try await registry.admin.patch(
            "/v1/models/\(model)",
            ["description": "new", "tags": ["drop": nil, "add": "3"], "metadata": ["x": ["y": nil]], "owner": nil])
        try #require(patched.status == 200, "\(patched)")
        #expect(patched.json["description"] == "new")
        #expect(patched.json["tags"] == ["keep": "1", "add": "3"])
        #expect(patched.json["metadata"] == ["x": ["z": 2]])
        #expect(patched.json["owner"]?.isNull != false)
        #expect(patched.etag != before.etag)
        #expect(try await registry.admin.get("/v1/models/\(model)").json == patched.json)
    }

    @Test func patchRefusesWhatItCannotChange() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("fixed")
        for (body, pointer) in [
            (["nmae": "x"], "/nmae"), (["description": 7], "/description"), (["tags": ["a": 1]], "/tags/a"),
        ] as [(JSONValue, String)] {
            let reply = try await registry.admin.patch("/v1/models/\(model)", body)
            expectProblem(reply, 422)
            #expect(reply.pointers == [pointer])
        }
        expectProblem(try await registry.admin.patch("/v1/models/\(model)", ["name": "other"]), anyOf: [409, 422])
        expectProblem(try await registry.admin.patch("/v1/models/\(model)", ["created_at": "x"]), anyOf: [409, 422])
        let text = try await registry.admin.send(
            "PATCH", "/v1/models/\(model)", body: Array("{}".utf8), fields: ["Content-Type": "text/plain"])
        expectProblem(text, 415)
    }

    @Test func deletedNameIsRetiredAndItsTrailStays() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("retired")
        try await registry.version(model, "1.0.0")
        #expect(try await registry.admin.delete("/v1/models/\(model)").isSuccess)
        expectProblem(try await registry.admin.get("/v1/models/\(model)"), 404, "model_not_found")
        expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0"), 404)
        expectProblem(try await registry.admin.delete("/v1/models/\(model)"), 404)
        expectProblem(try await registry.admin.post("/v1/models", ["name": .string(model)]), 409, "name_retired")
        let names = try await registry.all("/v1/models").compactMap { $0["name"]?.string }
        #expect(!names.contains(model))
        let trail = try await registry.all("/v1/audit?model=\(model)")
        #expect(trail.count >= 3, "\(trail)")
    }

    @Test func modelInServiceCannotBeDeleted() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("inuse")
        try await registry.version(model, "1.0.0")
        try await registry.stage(model, "1.0.0")
        for query in ["", "?dry_run=true"] {
            let reply = try await registry.admin.delete("/v1/models/\(model)\(query)")
            expectProblem(reply, 409, "model_in_use")
            #expect(reply.text.contains("1.0.0") || reply.text.contains("staging"), "it names what blocks: \(reply)")
        }
        let version = try await registry.admin.delete("/v1/models/\(model)/versions/1.0.0")
        expectProblem(version, 409, "version_in_use")
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0").status == 200)
    }

    @Test func dryRunOfADeletionHasNoEffect() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("dry")
        try await registry.version(model, "1.0.0")
        try await registry.point(model, "candidate", at: "1.0.0")
        let before = try await registry.all("/v1/audit?model=\(model)")
        for target in ["/v1/models/\(model)", "/v1/models/\(model)/aliases/candidate"] {
            let reply = try await registry.admin.delete("\(target)?dry_run=true")
            #expect(reply.isSuccess, "\(reply)")
            #expect(try await registry.admin.get(target).status == 200)
        }
        expectProblem(try await registry.admin.delete("/v1/models/\(model)?dry_run=perhaps"), anyOf: [400, 422])
        #expect(try await registry.all("/v1/audit?model=\(model)") == before)
        try await registry.version(model, "1.1.0")
        #expect(try await registry.admin.delete("/v1/models/\(model)/versions/1.1.0?dry_run=true").isSuccess)
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/1.1.0").status == 200)
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Names that are refused and names that are kept exactly (API.md, section 2; audit-security.md, section 5, rows 1 and 2).
@Suite struct NameTests {
    static let badModelNames: [String] = [
        "", ".", "..", ".hidden", "../etc", "a/b", "a:b", "a@b", "a\u{0}b", "a\nb", "a\u{1b}[31m", "a\u{7f}b",
        "a\u{85}b",
        String(repeating: "n", count: 201),
    ]

    @Test(arguments: badModelNames)
    func badModelNameIsRefusedInABody(name: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.post("/v1/models", ["name": .string(name)])
        expectProblem(reply, anyOf: [400, 422])
        #expect(reply.status == 422 ? reply.pointers == ["/name"] : true, "\(reply)")
    }

    @Test(arguments: [
        "..", "%2e%2e", "%2e%2e%2f", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "a%00b", "a%0ab", "a%0d%0aX:y",
        "a%5cb",
        "..%5c..%5cx", "%c0%ae%c0%ae", "%ff", "%", "%zz", "%2", "a%1b%5b31m", "%e2%80%ae",
    ])
    func badModelNameInAPathFindsNothing(segment: String) async throws {
        let registry = try await Registry.shared()
        for target in ["/v1/models/\(segment)", "/v1/models/\(segment)/versions", "/v1/model-versions/\(segment)"] {
            expectProblem(try await registry.admin.get(target), anyOf: [400, 404, 422])
            expectProblem(try await registry.admin.delete(target), anyOf: [400, 404, 405, 422])
        }
    }

    @Test(arguments: [
        "plain", "with space", "dots.and-dashes_1", "percent%2fsign", "plus+and&and=", "quote'\"`", "semi;colon,comma",
        "modèle", "модель", "模型", "🙂", "<b>", "a\\b", "--", "latest", "%", "?#",
    ])
    func otherNamesAreKeptExactly(text: String) async throws {
        let registry = try await Registry.shared()
        let name = Registry.name(text)
        let made = try await registry.admin.post("/v1/models", ["name": .string(name)])
        try #require(made.status == 201, "\(made)")
        let location = try #require(made["Location"])
        #expect(location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        for target in [location, "/v1/models/\(encoded(name))"] {
            let read = try await registry.admin.get(target)
            #expect(read.status == 200 && read.json["name"] == .string(name), "\(target): \(read)")
        }
    }

    @Test func nameOfTwoHundredCharactersIsAllowed() async throws {
        let registry = try await Registry.shared()
        let name = String((Registry.name("long") + String(repeating: "é", count: 200)).prefix(200))
        let made = try await registry.admin.post("/v1/models", ["name": .string(name)])
        #expect(made.status == 201, "\(made)")
    }

    @Test func namesAreComparedExactly() async throws {
        let registry = try await Registry.shared()
        let base = Registry.name("Exact_é")
        for spelling in [base, base.lowercased(), base.replacing("é", with: "e\u{301}"), base + " "] {
            let made = try await registry.admin.post("/v1/models", ["name": .string(spelling)])
            #expect(made.status == 201, "\(spelling): \(made)")
        }
        expectProblem(try await registry.admin.post("/v1/models", ["name": .string(base)]), 409, "model_exists")
    }

    @Test(arguments: [
        "1.0", "1", "", "v1.0.0", "01.0.0", "1.0.00", "1.0.0-", "1.0.0-01", "1.0.0+", "1.0.0-a..b", "1.0.0-ä", " 1.0.0",
        "1.0.0 ", "-1.0.0", "1.0.0.0", "latest", "1.0.x", "^1.0.0",
    ])
    func badVersionIsRefused(version: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("badversion")
        let reply = try await registry.register(model, ["version": .string(version)])
        expectProblem(reply, 422)
        #expect(reply.pointers.contains("/version"), "\(reply)")
    }

    @Test(arguments: [
        "0.0.0", "1.0.0-alpha.1", "1.0.0-0a.b-c", "1.2.3+build.7", "1.2.3-rc.1+exp.sha.5114f85", "10.20.30",
    ])
    func goodVersionIsKeptExactly(version: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("goodversion")
        let made = try await registry.version(model, version)
        #expect(made["version"] == .string(version) && made["model_id"] == .string("\(model)_v\(version)"))
        let read = try await registry.admin.get("/v1/models/\(model)/versions/\(encoded(version))")
        #expect(read.status == 200 && read.json["version"] == .string(version), "\(read)")
        let byId = try await registry.admin.get("/v1/model-versions/\(encoded("\(model)_v\(version)"))")
        #expect(byId.json == read.json)
    }

    @Test(arguments: [
        "1.0.0", "v1.0.0", "1.0.0-rc.1", "-a", ".a", "_a", "a b", "a%20b", "a%2fb", "%2e%2e", "a%00", "ä",
        String(repeating: "a", count: 65),
    ])
    func badAliasIsRefused(alias: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("badalias")
        try await registry.version(model, "1.0.0")
        let segment = encoded(alias).replacing("%25", with: "%")
        let reply = try await registry.admin.put("/v1/models/\(model)/aliases/\(segment)", ["version": "1.0.0"])
        expectProblem(reply, anyOf: [400, 404, 422])
        #expect(try await registry.all("/v1/models/\(model)/aliases").isEmpty)
    }

    @Test func latestCannotBeSet() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("latest")
        try await registry.version(model, "1.0.0")
        let reply = try await registry.admin.put("/v1/models/\(model)/aliases/latest", ["version": "1.0.0"])
        expectProblem(reply, anyOf: [409, 422])
    }

    static let badPaths: [String] = [
        "", "/", "/etc/passwd", "..", "../x", "a/../b", "a/./b", "./a", "a//b", "a/", "a\\b", "..\\x", "a\u{0}b",
        "a\nb",
        "a\u{7f}", "e\u{301}.bin", String(repeating: "a", count: 1_025),
    ]

    @Test(arguments: badPaths)
    func badArtifactPathIsRefused(path: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("badpath")
        let digest = try await registry.blob([1, 2, 3])
        let reply = try await registry.register(
            model, ["version": "1.0.0", "artifacts": [["path": .string(path), "digest": .string(digest)]]])
        expectProblem(reply, 422)
        #expect(reply.pointers == ["/artifacts/0/path"], "\(reply)")
        #expect(try await registry.all("/v1/models/\(model)/versions").isEmpty)
    }

    @Test func clashingArtifactPathsAreRefused() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("clash")
        let digest = try await registry.blob([4, 5, 6])
        for paths in [["a.bin", "a.bin"], ["dir", "dir/file"]] {
            let list = paths.map { ["path": .string($0), "digest": .string(digest)] as JSONValue }
            let reply = try await registry.register(model, ["version": "1.0.0", "artifacts": .array(list)])
            expectProblem(reply, 422)
        }
    }

    @Test(arguments: [
        "%2e%2e/%2e%2e/registry.sqlite", "..%2f..%2fadmin.token", "/etc/passwd", "%2fetc%2fpasswd", "..", "a%00",
        "%5c..",
        "..%252f..%252fadmin.token", "model.pkl/..", "model.pkl%00.txt", "./model.pkl", "MODEL.PKL",
    ])
    func artifactPathsAreKeysAndNothingElse(path: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("keys")
        try await registry.version(model, "1.0.0")
        let reply = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/artifacts/\(path)")
        expectProblem(reply, anyOf: [400, 404, 422])
        #expect(!reply.text.contains("stm_") && !reply.text.contains("root:"))
    }

    @Test(arguments: [
        "sha256:abc", "sha256:\(String(repeating: "A", count: 64))", "md5:\(String(repeating: "a", count: 32))",
        String(repeating: "a", count: 64), "sha256:..%2f..%2fadmin.token",
        "sha256:\(String(repeating: "a", count: 63))g",
    ])
    func badDigestIsRefused(digest: String) async throws {
        let registry = try await Registry.shared()
        expectProblem(try await registry.admin.get("/v1/blobs/\(digest)"), anyOf: [400, 404, 422])
        expectProblem(try await registry.admin.upload("/v1/blobs/\(digest)", [1]), anyOf: [400, 404, 422])
    }
}

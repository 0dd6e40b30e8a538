import StemmaJSON
import StemmaTesting
import Testing

/// Registration in one call with `multipart/form-data` (API.md, section 3; RFC 7578).
@Suite struct FormTests {
    struct Part {
        var name: String
        var filename: String?
        var type: String?
        var content: [UInt8]
    }

    private func send(
        _ registry: Registry, _ model: String, _ parts: [Part], boundary: String = "x-stemma-boundary",
        ends: Bool = true
    ) async throws -> WireReply {
        var body: [UInt8] = []
        for part in parts {
            var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\""
            if let filename = part.filename { head += "; filename=\"\(filename)\"" }
            if let type = part.type { head += "\r\nContent-Type: \(type)" }
            body += Array((head + "\r\n\r\n").utf8) + part.content + Array("\r\n".utf8)
        }
        if ends { body += Array("--\(boundary)--\r\n".utf8) }
        return try await registry.admin.send(
            "POST", "/v1/models/\(model)/versions", body: body,
            fields: ["Content-Type": "multipart/form-data; boundary=\(boundary)"])
    }

    private func metadata(_ version: String) -> Part {
        let object = Metadata.specification.with(["version": .string(version)])
        return Part(name: "metadata", type: "application/json", content: Array("\(JSONValue.object(object))".utf8))
    }

    @Test func filesAndMetadataBecomeAVersion() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("form")
        let tricky = Array("\r\n--x-stemma-boundar\r\n--x\r\n".utf8) + noise(2_000_000, seed: 21)
        let reply = try await send(
            registry, model,
            [
                metadata("1.0.0"),
                Part(name: "file", filename: "model.pkl", type: "application/octet-stream", content: tricky),
                Part(name: "docs/card.md", filename: nil, content: Array("# Card".utf8)),
                Part(name: "empty.txt", filename: "empty.txt", content: []),
            ])
        try #require(reply.status == 201, "\(reply)")
        #expect(
            reply.json["status"] == "ready" && reply.json["training_data"] == Metadata.specification["training_data"])
        let base = "/v1/models/\(model)/versions/1.0.0/artifacts"
        #expect(
            Set(try await registry.all(base).compactMap { $0["path"]?.string }) == [
                "model.pkl", "docs/card.md", "empty.txt",
            ])
        #expect(try await registry.admin.get("\(base)/model.pkl").body == tricky)
        #expect(try await registry.admin.get("\(base)/docs/card.md").text == "# Card")
    }

    @Test func formOfCurlIsUnderstood() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("curl")
        let folder = try ScratchFolder("form")
        try FileAccess.write(noise(70_000, seed: 22), to: folder.file("model.joblib"))
        try FileAccess.write(metadata("1.0.0").content, to: folder.file("metadata.json"))
        let run = try await ChildProcess.run(
            "curl",
            [
                "-sS", "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(registry.daemon.adminToken)",
                "-F", "metadata=<metadata.json;type=application/json", "-F", "model=@model.joblib",
                "\(registry.daemon.endpoint.baseURL)/v1/models/\(model)/versions",
            ], folder: folder.path)
        #expect(run.output.hasSuffix("\n201"), "\(run.output)")
        let reply = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/artifacts/model.joblib")
        #expect(reply.body == noise(70_000, seed: 22))
    }

    @Test(arguments: ["../../etc/passwd", "/abs", "a\\b", "a//b", ".."])
    func filenameIsNoWayOut(filename: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("escape")
        let reply = try await send(
            registry, model, [metadata("1.0.0"), Part(name: "file", filename: filename, content: [1])])
        expectProblem(reply, 422)
        #expect(try await registry.all("/v1/models/\(model)/versions").isEmpty)
    }

    @Test func incompleteFormsLeaveNothing() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("broken")
        let file = Part(name: "file", filename: "m.bin", content: noise(1_000, seed: 23))
        let bad = Part(name: "metadata", type: "application/json", content: Array(#"{"version":"1.0.0","x":}"#.utf8))
        let replies = [
            ("no metadata", try await send(registry, model, [file])),
            ("metadata twice", try await send(registry, model, [metadata("1.0.0"), metadata("1.0.0"), file])),
            ("the same file twice", try await send(registry, model, [metadata("1.0.0"), file, file])),
            ("bad JSON", try await send(registry, model, [bad, file])),
            ("no end", try await send(registry, model, [metadata("1.0.0"), file], ends: false)),
            ("no boundary", try await send(registry, model, [metadata("1.0.0"), file], boundary: "")),
        ]
        for (name, reply) in replies {
            #expect([400, 422].contains(reply.status), "\(name): \(reply)")
            expectProblem(reply, anyOf: [400, 422])
        }
        #expect(try await registry.all("/v1/models/\(model)/versions").isEmpty)
    }

    @Test func metadataMayComeLast() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("last")
        let reply = try await send(
            registry, model, [Part(name: "f", filename: "m.bin", content: [1, 2, 3]), metadata("1.0.0")])
        #expect(reply.status == 201, "\(reply)")
    }
}

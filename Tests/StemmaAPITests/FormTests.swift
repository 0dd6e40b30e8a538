import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Registrations as `multipart/form-data`.
@Suite struct FormTests {
    private struct Part {
        let name: String
        var filename: String?
        var type: String?
        let content: [UInt8]

        init(_ name: String, _ content: String, filename: String? = nil, type: String? = nil) {
            self.name = name
            self.filename = filename
            self.type = type
            self.content = Array(content.utf8)
        }
    }

    private static func form(_ parts: [Part], boundary: String = "XX") -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            var head: String = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\""
            if let filename = part.filename { head += "; filename=\"\(filename)\"" }
            if let type = part.type { head += "\r\nContent-Type: \(type)" }
            bytes += Array((head + "\r\n\r\n").utf8) + part.content + [13, 10]
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    private func post(
        _ harness: APIHarness, _ bytes: [UInt8], piece: Int = 65_536, type: String = "multipart/form-data; boundary=XX",
        _ fields: [(String, String)] = [], model: String = "m"
    ) async -> Reply {
        await harness.ask(
            .post, "/v1/models/\(model)/versions?create_model=true", [("content-type", type)] + fields,
            body: .chunked(bytes, piece: piece))
    }

    private static let tricky: String = "line\r\n--X\r\n--\r\n--XY no\r\n-\r\n\r\n"

    /// The same form, cut at every size of piece.
    @Test func filesComeInWhereverTheyAreCut() async throws {
        try await APIHarness.with { harness in
            let whole: [UInt8] = FormTests.form([
                Part("metadata", #"{"bump":"auto","framework":"x"}"#),
                Part("file", FormTests.tricky, filename: "dir/model.bin"),
                Part("weights/a.txt", "text", filename: "local.txt", type: "text/x-own"),
                Part("empty", "", filename: "e"),
            ])
            for piece in [1, 2, 3, 5, 7, 11, 64, 100_000] {
                let reply: Reply = await post(harness, whole, piece: piece)
                #expect(reply.status == 201, "\(piece): \(reply.text)")
                let paths: [String] = (reply.json["artifacts"]?.array ?? []).compactMap { $0["path"]?.string }
                #expect(paths == ["dir/model.bin", "empty", "weights/a.txt"])
                #expect(reply.json["artifacts"]?.array?.last?["media_type"]?.string == "text/x-own")
                let read: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/artifacts/dir/model.bin")
                #expect(read.text == FormTests.tricky)
            }
        }
    }

    @Test func theMetadataMayComeLastOrAsAFile() async throws {
        try await APIHarness.with { harness in
            let last: Reply = await post(
                harness, FormTests.form([Part("a", "1", filename: "a"), Part("metadata", #"{"version":"1.0.0"}"#)]))
            #expect(last.status == 201)
            let file: Reply = await post(
                harness,
                FormTests.form([
                    Part(
                        "metadata", #"{"version":"1.0.1","use_case":"x"}"#, filename: "metadata.json",
                        type: "application/json"),
                    Part("a", "1", filename: "a"),
                ]))
            #expect(file.json["version"]?.string == "1.0.1")
        }
    }

    @Test func malformedFormsAreRefused() async throws {
        try await APIHarness.with { harness in
            let metadata = Part("metadata", #"{"version":"1.0.0"}"#)
            let good: [UInt8] = FormTests.form([metadata, Part("a", "1", filename: "a")])
            for cut in [0, 1, 10, 60, good.count - 5] {
                let reply: Reply = await post(harness, Array(good.prefix(cut)))
                #expect(reply.status == 400, "\(cut)")
            }
            for type in [
                "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other",
                "multipart/form-data; boundary=" + String(repeating: "x", count: 71),
            ] {
                #expect(await post(harness, good, type: type).status == 400, "\(type)")
            }
            let noMetadata: Reply = await post(harness, FormTests.form([Part("a", "1", filename: "a")]))
            #expect(noMetadata.status == 400)
            #expect(noMetadata.code == "invalid_request")
            #expect(await post(harness, FormTests.form([])).status == 400)
            for body in ["[]", "1"] {
                #expect(await post(harness, FormTests.form([Part("metadata", body)])).status == 400, "\(body)")
            }
            #expect(await post(harness, FormTests.form([Part("metadata", "{")])).code == "malformed_json")
            #expect(await post(harness, FormTests.form([Part("metadata", #"{"version":"x"}"#)])).status == 422)
            let escape: Reply = await post(harness, FormTests.form([metadata, Part("../x", "1", filename: "x")]))
            #expect(escape.status == 422)
            let twice: Reply = await post(
                harness, FormTests.form([metadata, Part("a", "1", filename: "a"), Part("a", "2", filename: "a")]))
            #expect(twice.status == 422)
            let encoded: Reply = await post(harness, good, [("content-encoding", "gzip")])
            #expect(encoded.status == 415)
            #expect(await harness.ask(.get, "/v1/models/m").status == 404)
        }
    }

    @Test func theNumberOfPartsHasALimit() async throws {
        try await APIHarness.with { harness in
            // Parts of the same name and nothing in them, so that only counting stops them.
            let part: [UInt8] = Array("--XX\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n".utf8)
            let file: [UInt8] = Array(
                "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\r\n".utf8)
            var bytes: [UInt8] = part
            for _ in 0..<10_000 { bytes += file }
            bytes += Array("--XX--\r\n".utf8)
            let reply: Reply = await post(harness, bytes)
            #expect(reply.status == 400)
            #expect(reply.json["detail"]?.string?.contains("10000 parts") == true)
        }
    }

    @Test func aRepeatedFormIsTheSameRequest() async throws {
        try await APIHarness.with { harness in
            let whole: [UInt8] = FormTests.form([
                Part("metadata", #"{"version":"1.0.0"}"#), Part("a", "1", filename: "a"),
            ])
            let fields: [(String, String)] = [("idempotency-key", "k")]
            #expect(await post(harness, whole, fields).status == 201)
            let again: Reply = await post(harness, whole, fields)
            #expect(again.headers["idempotent-replayed"] == "true")
            let other: [UInt8] = FormTests.form([
                Part("metadata", #"{"version":"1.0.0"}"#), Part("a", "2", filename: "a"),
            ])
            #expect(await post(harness, other, fields).code == "idempotency_key_reused")
            #expect(await post(harness, whole).status == 200)
            #expect(await post(harness, other).code == "version_exists")
        }
    }
}

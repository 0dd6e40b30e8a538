import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

/// The bytes of a version: downloads, ranges, the archive (API.md, section 3; RFC 9110, section 14).
@Suite struct ArtifactTests {
    static let content = noise(300_000, seed: 5)

    private static let prepared = Task { () async throws -> (target: String, digest: String) in
        let registry = try await Registry.shared()
        let model = try await registry.model("bytes")
        let digest = try await registry.blob(content)
        let html = try await registry.blob(Array("<script>alert(1)</script>".utf8))
        try await registry.version(
            model, "1.0.0",
            [
                "artifacts": [
                    ["path": "model.bin", "digest": .string(digest)],
                    ["path": "report.html", "digest": .string(html), "media_type": "text/html"],
                ]
            ])
        return ("/v1/models/\(model)/versions/1.0.0/artifacts", digest)
    }

    /// The two places that serve the same bytes under the same rules.
    private func targets() async throws -> [String] {
        let prepared = try await Self.prepared.value
        return ["\(prepared.target)/model.bin", "/v1/blobs/\(prepared.digest)"]
    }

    @Test func downloadIsTheUploadAndSaysWhatItIs() async throws {
        let registry = try await Registry.shared()
        let digest = try await Self.prepared.value.digest
        for target in try await targets() {
            let reply = try await registry.admin.get(target)
            #expect(reply.status == 200 && reply.carries(Self.content))
            #expect(reply.etag == "\"\(digest)\"", "\(reply.etag)")
            let base64 = Base64.encode(SHA256Hasher.digest(Self.content).bytes)
            #expect(reply["Repr-Digest"] == "sha-256=:\(base64):")
            #expect(reply["Accept-Ranges"] == "bytes" && reply["Content-Length"] == "300000")
            let head = try await registry.admin.head(target)
            #expect(head.status == 200 && head.body.isEmpty)
            for name in ["ETag", "Repr-Digest", "Accept-Ranges", "Content-Length", "Content-Type"] {
                #expect(head[name] == reply[name], "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-99", 0..<100), ("bytes=100-", 100..<300_000), ("bytes=-100", 299_900..<300_000),
        ("bytes=299999-", 299_999..<300_000), ("bytes=299999-400000", 299_999..<300_000),
        ("bytes=-400000", 0..<300_000),
        ("bytes=0-299999", 0..<300_000), ("BYTES=5-9", 5..<10),
    ])
    func rangeIsServed(range: String, expected: Range<Int>) async throws {
        let registry = try await Registry.shared()
        for target in try await targets() {
            let reply = try await registry.admin.get(target, ["Range": range])
            #expect(reply.status == 206, "\(reply.status)")
            #expect(reply["Content-Range"] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/300000")
            #expect(reply.carries(Self.content[expected]))
        }
    }

    @Test(arguments: ["bytes=300000-", "bytes=300000-300001", "bytes=-0", "bytes=9223372036854775807-"])
    func rangeBeyondTheEndIsRefused(range: String) async throws {
        let registry = try await Registry.shared()
        for target in try await targets() {
            let reply = try await registry.admin.get(target, ["Range": range])
            expectProblem(reply, 416, "range_not_satisfiable")
            #expect(reply["Content-Range"] == "bytes */300000")
        }
    }

    /// A server ignores what is no valid range (RFC 9110, section 14.2), and may ignore several at once.
    @Test(arguments: [
        "bytes=5-2", "bytes=a-b", "bytes=", "bytes", "lines=0-1", "bytes=--5", "bytes=0-1,5-6",
        "bytes=99999999999999999999-",
    ])
    func otherRangesAreIgnoredOrRefused(range: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get(try await targets()[0], ["Range": range])
        #expect([200, 400, 416].contains(reply.status), "\(reply.status)")
        if reply.status == 200 { #expect(reply.carries(Self.content)) }
    }

    @Test func rangeHoldsOnlyForTheSameBytes() async throws {
        let registry = try await Registry.shared()
        for target in try await targets() {
            let tag = try await registry.admin.head(target).etag
            let same = try await registry.admin.get(target, ["Range": "bytes=0-9", "If-Range": tag])
            #expect(same.status == 206)
            for other in ["\"other\"", "W/\(tag)", "Wed, 21 Oct 2015 07:28:00 GMT"] {
                let reply = try await registry.admin.get(target, ["Range": "bytes=0-9", "If-Range": other])
                #expect(reply.status == 200 && reply.carries(Self.content), "\(other): \(reply.status)")
            }
            #expect(try await registry.admin.get(target, ["If-None-Match": tag]).status == 304)
            expectProblem(try await registry.admin.get(target, ["If-Match": "\"other\""]), 412)
        }
    }

    @Test func storedHTMLNeverRunsInABrowser() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.get("\(try await Self.prepared.value.target)/report.html")
        #expect(reply.status == 200)
        #expect(reply["X-Content-Type-Options"] == "nosniff")
        #expect(reply["Content-Disposition"]?.hasPrefix("attachment") == true)
        #expect(reply["Content-Security-Policy"]?.contains("sandbox") == true)
    }

    @Test func listTellsPathDigestSizeAndFormat() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("formats")
        let header = Array(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
        let tensors = [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [0, 0, 0, 0]
        let files: [(String, [UInt8], String)] = [
            ("a.safetensors", tensors, "safetensors"), ("b.pkl", [0x80, 4, 0x4b, 1, 0x2e], "pickle"),
            ("c.zip", [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18), "zip"),
            ("d.json", Array("{}".utf8), "json"),
        ]
        var list: [JSONValue] = []
        for (path, bytes, _) in files {
            list.append(["path": .string(path), "digest": .string(try await registry.blob(bytes))])
        }
        try await registry.version(model, "1.0.0", ["artifacts": .array(list)])
        let items = try await registry.list("/v1/models/\(model)/versions/1.0.0/artifacts")
        #expect(items.compactMap { $0["path"]?.string } == files.map(\.0))
        for (item, file) in zip(items, files) {
            #expect(item["digest"] == .string(digest(of: file.1)))
            #expect(item["size_bytes"] == .integer(Int64(file.1.count)), "\(item)")
            #expect(item["media_type"]?.string?.contains("/") == true, "\(item)")
            #expect(item["format"] == .string(file.2), "\(item)")
        }
    }

    @Test(arguments: [
        "deep/er/and/deeper/file.bin", "with space.txt", "percent%2f.bin", "ünï.bin", "plus+&=?#.bin", "..hidden",
        "a..b/c",
        "-dash", "quote'\".txt", String(repeating: "d/", count: 511) + "ff",
        String(repeating: "n", count: 250) + ".bin",
    ])
    func unusualPathsAreServedExactly(path: String) async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("paths")
        let bytes = Array("content of \(path)".utf8)
        let digest = try await registry.blob(bytes)
        try await registry.version(model, "1.0.0", ["artifacts": [["path": .string(path), "digest": .string(digest)]]])
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).map { encoded(String($0)) }
        let reply = try await registry.admin.get(
            "/v1/models/\(model)/versions/1.0.0/artifacts/\(segments.joined(separator: "/"))")
        #expect(reply.status == 200 && reply.carries(bytes), "\(reply)")
    }

    @Test func archiveUnpacksWithTar() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("archive")
        let files: [(String, [UInt8])] = [
            ("z.bin", noise(70_000, seed: 3)), ("a/b.bin", noise(512, seed: 4)), ("empty", []), ("ünï/é.txt", [1]),
            (String(repeating: "long/", count: 60) + "file.bin", noise(100, seed: 6)),
        ]
        var list: [JSONValue] = []
        for (path, bytes) in files {
            list.append(["path": .string(path), "digest": .string(try await registry.blob(bytes))])
        }
        let version = try await registry.version(model, "1.0.0", ["artifacts": .array(list)])
        let reply = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/archive.tar")
        #expect(
            reply.status == 200 && reply.mediaType == "application/x-tar", "\(reply.status) \(reply.mediaType ?? "")")
        let folder = try ScratchFolder("archive")
        try FileAccess.write(reply.body, to: folder.file("whole.tar"))
        let names = try await ChildProcess.run(
            "tar", ["-tf", "whole.tar", "--quoting-style=literal"], folder: folder.path)
        let sorted = files.map(\.0).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        #expect(names.output.split(separator: "\n").map(String.init) == ["metadata.json"] + sorted)
        let unpacked = try await ChildProcess.run("tar", ["-xf", "whole.tar"], folder: folder.path)
        #expect(unpacked.ending == .exited(0), "\(unpacked.output)")
        for (path, bytes) in files { #expect(try FileAccess.read(folder.file(path)) == bytes, "\(path)") }
        let metadata = try JSONParser.parse(try FileAccess.read(folder.file("metadata.json")))
        #expect(metadata["model_id"] == version["model_id"] && metadata["training_data"] == version["training_data"])
        let again = try await registry.admin.get("/v1/models/\(model)/versions/latest/archive.tar")
        #expect(again.carries(reply.body), "the same version is the same archive")
        #expect(try await registry.admin.head("/v1/models/\(model)/versions/1.0.0/archive.tar").body.isEmpty)
    }

    @Test func absentArtifactIsNotFound() async throws {
        let registry = try await Registry.shared()
        let target = try await Self.prepared.value.target
        expectProblem(try await registry.admin.get("\(target)/absent.bin"), 404, "artifact_not_found")
        expectProblem(try await registry.admin.get("\(target)/model.bin/more"), 404)
    }
}

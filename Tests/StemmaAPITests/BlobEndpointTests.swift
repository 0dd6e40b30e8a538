import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct BlobEndpointTests {
    private static let bytes: [UInt8] = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test(arguments: [true, false])
    func storesOnceAndAnswersByDigest(inFiles: Bool) async throws {
        try await APIHarness.with(blobs: inFiles ? .files : .memory(capacity: nil)) { harness in
            let bytes: [UInt8] = BlobEndpointTests.bytes
            let target: String = "/v1/blobs/" + APIHarness.digest(bytes)
            #expect(await harness.ask(.head, target).status == 404)
            let made: Reply = await harness.ask(.put, target, body: .chunked(bytes, piece: 7))
            #expect(made.status == 201)
            #expect(made.headers["location"] == target)
            #expect(made.json["size_bytes"]?.integer == 1_000)
            // Known bytes are not read again.
            #expect(await harness.ask(.put, target, body: .untouchable(length: 1_000)).status == 200)
            let read: Reply = await harness.ask(.get, target)
            #expect(read.body == bytes)
            #expect(read.headers["etag"] == "\"\(APIHarness.digest(bytes))\"")
            #expect(read.headers["repr-digest"] == APIHarness.reprDigest(bytes))
            #expect(read.headers["accept-ranges"] == "bytes")
            #expect(read.headers["content-type"] == "application/octet-stream")
            #expect(read.headers["content-disposition"]?.hasPrefix("attachment") == true)
            #expect(read.headers["content-security-policy"]?.contains("sandbox") == true)
            let head: Reply = await harness.ask(.head, target)
            #expect(head.status == 200)
            #expect(head.headers == read.headers)
            #expect(await harness.ask(.put, "/v1/blobs/" + APIHarness.digest([]), body: .empty).status == 201)
            #expect(await harness.ask(.get, "/v1/blobs/" + APIHarness.digest([])).body.isEmpty)
        }
    }

    @Test func aMismatchKeepsNothing() async throws {
        try await APIHarness.with { harness in
            let target: String = "/v1/blobs/" + APIHarness.digest([1])
            for body in [RequestBody.bytes([2]), .bytes([]), .chunked([1, 1])] {
                let reply: Reply = await harness.ask(.put, target, body: body)
                #expect(reply.status == 422)
                #expect(reply.code == "digest_mismatch")
            }
            let broken: Reply = await harness.ask(.put, target, body: .brokenOff(after: [1]))
            #expect(broken.status == 400)
            #expect(broken.code == "incomplete_body")
            for digest in [[1], [2], [], [1, 1]] as [[UInt8]] {
                #expect(await harness.ask(.head, "/v1/blobs/" + APIHarness.digest(digest)).status == 404)
            }
            let memory: MemoryBlobStore = try #require(harness.memory)
            #expect(try await memory.stagedIDs().isEmpty)
            #expect(try await memory.list(after: nil, limit: 10).isEmpty)
        }
    }

    @Test(arguments: [
        "x", "sha256:", "sha256:abc", "SHA256:" + String(repeating: "a", count: 64),
        "sha256:" + String(repeating: "A", count: 64),
        "sha256:" + String(repeating: "a", count: 63), "sha256:" + String(repeating: "a", count: 65),
    ])
    func malformedDigestsAreRefused(digest: String) async throws {
        try await APIHarness.with { harness in
            for method in [HTTPMethod.get, .put] {
                let reply: Reply = await harness.ask(method, "/v1/blobs/" + digest, body: .untouchable(length: 1))
                #expect(reply.status == 400)
                #expect(reply.code == "invalid_request")
            }
            try await harness.publish("still", "1.0.0")
        }
    }

    @Test func sizeAndSpaceHaveLimits() async throws {
        var policy = RegistryPolicy()
        policy.limits.blobBytes = 100
        try await APIHarness.with(blobs: .memory(capacity: 150), policy: policy) { harness in
            let bytes = [UInt8](repeating: 1, count: 101)
            let target: String = "/v1/blobs/" + APIHarness.digest(bytes)
            for body in [RequestBody.untouchable(length: 101), .chunked(bytes, piece: 10)] {
                let reply: Reply = await harness.ask(.put, target, body: body)
                #expect(reply.status == 413)
                #expect(reply.code == "payload_too_large")
            }
            _ = try await harness.putBlob([UInt8](repeating: 2, count: 100))
            let full: Reply = await harness.ask(
                .put, "/v1/blobs/" + APIHarness.digest([UInt8](repeating: 3, count: 60)),
                body: .chunked([UInt8](repeating: 3, count: 60), piece: 10))
            #expect(full.status == 507)
            #expect(full.code == "insufficient_storage")
            let memory: MemoryBlobStore = try #require(harness.memory)
            #expect(try await memory.stagedIDs().isEmpty)
            #expect(
                await harness.ask(
                    .put, target, [("content-encoding", "gzip")], body: .untouchable(length: 5)
                ).code == "unsupported_media_type")
        }
    }

    @Test func damagedBytesAreNeverServed() async throws {
        try await APIHarness.with { harness in
            let bytes: [UInt8] = BlobEndpointTests.bytes
            try await harness.publish("m", "1.0.0", files: [("f", bytes)])
            let memory: MemoryBlobStore = try #require(harness.memory)
            let digest = try #require(try await memory.list(after: nil, limit: 1).first)
            for damage in [[UInt8](repeating: 0, count: 1_000), [1], []] {
                memory.damage(digest, with: damage)
                for target in [
                    "/v1/blobs/" + APIHarness.digest(bytes), "/v1/models/m/versions/1.0.0/artifacts/f",
                    "/v1/models/m/versions/1.0.0/archive.tar",
                ] {
                    let reply: Reply = await harness.ask(.get, target)
                    #expect(reply.status == 500, "\(target)")
                    #expect(reply.code == "blob_corrupt")
                }
            }
            // Bringing the bytes again mends them.
            let target: String = "/v1/blobs/" + APIHarness.digest(bytes)
            #expect(await harness.ask(.put, target, body: .bytes(bytes)).status < 300)
            #expect(await harness.ask(.get, target).body == bytes)
            let log: Reply = await harness.ask(.get, "/v1/audit?filter=action%20%3D%20%27read_blob%27")
            #expect(log.text.contains("blob_corrupt"))
            try await memory.delete(digest)
            #expect(await harness.ask(.get, "/v1/blobs/" + APIHarness.digest(bytes)).code == "blob_corrupt")
            #expect(await harness.ask(.put, "/v1/blobs/" + APIHarness.digest(bytes), body: .bytes(bytes)).status < 300)
            #expect(await harness.ask(.get, "/v1/blobs/" + APIHarness.digest(bytes)).body == bytes)
        }
    }

    struct RangeRow: Sendable {
        let range: String
        let status: Int
        let first: Int
        let count: Int

        init(_ range: String, _ status: Int, _ first: Int = 0, _ count: Int = 1_000) {
            self.range = range
            self.status = status
            self.first = first
            self.count = count
        }
    }

    static let ranges: [RangeRow] = [
        RangeRow("bytes=0-0", 206, 0, 1), RangeRow("bytes=0-", 206, 0, 1_000), RangeRow("bytes=10-19", 206, 10, 10),
        RangeRow("bytes=990-2000", 206, 990, 10), RangeRow("bytes=999-", 206, 999, 1),
        RangeRow("bytes=-1", 206, 999, 1),
        RangeRow("bytes=-1000", 206, 0, 1_000), RangeRow("bytes=-5000", 206, 0, 1_000), RangeRow("bytes=1000-", 416),
        RangeRow("bytes=1000-1001", 416), RangeRow("bytes=-0", 416), RangeRow("bytes=5-4", 200),
        RangeRow("bytes=-", 200),
        RangeRow("bytes=", 200), RangeRow("bytes=a-b", 200), RangeRow("bytes=+1-2", 200), RangeRow("lines=0-1", 200),
        RangeRow("bytes=0-1,5-6", 200), RangeRow("bytes=0-99999999999999999999", 206, 0, 1_000),
        RangeRow("bytes=99999999999999999999-", 416), RangeRow("bytes=-99999999999999999999", 206, 0, 1_000),
        RangeRow("bytes = 0-1", 200), RangeRow("bytes=0-1-2", 200),
    ]

    @Test(arguments: [true, false])
    func rangesFollowTheTable(inFiles: Bool) async throws {
        try await APIHarness.with(blobs: inFiles ? .files : .memory(capacity: nil)) { harness in
            let bytes: [UInt8] = BlobEndpointTests.bytes
            try await harness.publish("m", "1.0.0", files: [("f", bytes)])
            for target in ["/v1/blobs/" + APIHarness.digest(bytes), "/v1/models/m/versions/latest/artifacts/f"] {
                for row in BlobEndpointTests.ranges {
                    let reply: Reply = await harness.ask(.get, target, [("range", row.range)])
                    #expect(reply.status == row.status, "\(row.range)")
                    switch row.status {
                    case 206:
                        #expect(reply.body == Array(bytes[row.first..<(row.first + row.count)]), "\(row.range)")
                        #expect(
                            reply.headers["content-range"] == "bytes \(row.first)-\(row.first + row.count - 1)/1000")
                    case 416:
                        #expect(reply.headers["content-range"] == "bytes */1000")
                        #expect(reply.code == "range_not_satisfiable")
                    default:
                        #expect(reply.body == bytes)
                        #expect(reply.headers["content-range"] == nil)
                    }
                }
            }
        }
    }

    @Test func rangesDependOnTheirConditions() async throws {
        try await APIHarness.with { harness in
            let bytes: [UInt8] = BlobEndpointTests.bytes
            let target: String = "/v1/blobs/" + (try await harness.putBlob(bytes))
            let etag: String = "\"\(APIHarness.digest(bytes))\""
            for (condition, status) in [
                (etag, 206), ("\"other\"", 200), ("W/" + etag, 200), ("Mon, 15 Jan 2024 10:00:00 GMT", 200),
            ] {
                let reply: Reply = await harness.ask(.get, target, [("range", "bytes=0-9"), ("if-range", condition)])
                #expect(reply.status == status, "\(condition)")
                #expect(reply.body.count == (status == 206 ? 10 : 1_000))
            }
            let cached: Reply = await harness.ask(.get, target, [("range", "bytes=0-9"), ("if-none-match", etag)])
            #expect(cached.status == 304)
            let empty: String = "/v1/blobs/" + (try await harness.putBlob([]))
            #expect(await harness.ask(.get, empty, [("range", "bytes=0-")]).status == 416)
            #expect(await harness.ask(.get, empty, [("range", "bytes=-1")]).status == 416)
        }
    }

    @Test func artifactsAreListedAndRead() async throws {
        try await APIHarness.with { harness in
            let files: [(path: String, bytes: [UInt8])] = [
                ("model.pkl", [0x80, 4, 0x95]), ("dir/README.md", Array("# hi".utf8)),
                ("a b/é\".html", Array("<p>".utf8)),
            ].map { ($0.0.split(separator: "\"").joined(separator: "'"), $0.1) }
            try await harness.publish("m", "1.0.0", files: files)
            let list: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/artifacts")
            #expect(list.items("path") == ["a b/é'.html", "dir/README.md", "model.pkl"])
            #expect(list.items("format") == ["markup", "text", "pickle"])
            #expect(list.items("media_type") == ["text/html", "text/markdown", "application/octet-stream"])
            #expect(list.json["next_cursor"]?.isNull == true)
            #expect(list.headers["content-location"] == "/v1/models/m/versions/1.0.0/artifacts")
            let html: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/artifacts/a%20b/%C3%A9'.html")
            #expect(html.body == Array("<p>".utf8))
            #expect(html.headers["content-type"] == "text/html")
            #expect(html.headers["content-disposition"]?.hasPrefix("attachment; filename=\"_'.html\"") == true)
            #expect(html.headers["content-disposition"]?.hasSuffix("filename*=UTF-8''%C3%A9%27.html") == true)
            #expect(html.headers["cache-control"] == "private, no-cache")
            for path in ["absent", "dir", "dir/", "dir/readme.md", "..%2f..%2fetc%2fpasswd", "model.pkl/"] {
                let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/artifacts/" + path)
                #expect([400, 404].contains(reply.status), "\(path)")
            }
        }
    }
}

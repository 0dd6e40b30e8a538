import StemmaJSON
import StemmaTesting
import Testing

/// Blobs: what is kept, and what leaves no trace (API.md, section 5; audit-security.md, section 5, rows 22 and 23).
@Suite struct BlobTests {
    /// Files of the data directory that hold these bytes or a beginning of them.
    private func copies(of bytes: [UInt8], in registry: Registry) -> [String] {
        FileAccess.files(below: registry.daemon.dataFolder).filter {
            let content = (try? FileAccess.read($0)) ?? []
            return content.count > 64 && content.count <= bytes.count && bytes.starts(with: content)
        }
    }

    @Test(arguments: [0, 1, 4_095, 4_096, 65_536, 1_000_003])
    func blobComesBack(size: Int) async throws {
        let registry = try await Registry.shared()
        let bytes = noise(size, seed: UInt64(size) + 100)
        let target = "/v1/blobs/\(digest(of: bytes))"
        let first = try await registry.admin.upload(target, bytes)
        let second = try await registry.admin.upload(target, bytes)
        #expect((first.status == 201 || size == 0) && second.status == 200, "\(first) \(second)")
        let read = try await registry.admin.get(target)
        #expect(read.status == 200 && read.body == bytes)
        #expect(try await registry.admin.head(target)["Content-Length"] == "\(size)")
    }

    @Test func chunkedUploadIsKept() async throws {
        let registry = try await Registry.shared()
        let bytes = noise(200_001, seed: 31)
        var wire: [UInt8] = []
        var rest = bytes[...]
        for size in [1, 15, 16, 4_097, 100_000, 1_000_000] where !rest.isEmpty {
            let part = rest.prefix(size)
            rest = rest.dropFirst(size)
            wire += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8)
        }
        let reply = try await registry.admin.send(
            "PUT", "/v1/blobs/\(digest(of: bytes))",
            fields: ["Transfer-Encoding": "chunked", "Content-Type": "application/octet-stream"],
            after: wire + Array("0\r\n\r\n".utf8))
        #expect(reply.status == 201, "\(reply)")
        #expect(try await registry.admin.get("/v1/blobs/\(digest(of: bytes))").body == bytes)
    }

    @Test func otherBytesThanDeclaredAreRefusedAndNotKept() async throws {
        let registry = try await Registry.fresh()
        let bytes = noise(100_000, seed: 41)
        let wrong = digest(of: noise(10, seed: 42))
        expectProblem(try await registry.admin.upload("/v1/blobs/\(wrong)", bytes), 422, "digest_mismatch")
        #expect(try await registry.admin.head("/v1/blobs/\(wrong)").status == 404)
        #expect(try await registry.admin.head("/v1/blobs/\(digest(of: bytes))").status == 404)
        let left = copies(of: bytes, in: registry)
        #expect(left.isEmpty, "\(left)")
        try await registry.daemon.stop()
    }

    @Test(arguments: [true, false])
    func bytesOfAClientThatWentAwayAreNotKept(resets: Bool) async throws {
        let registry = try await Registry.fresh()
        let bytes = noise(2_000_000, seed: 51)
        let target = "/v1/blobs/\(digest(of: bytes))"
        let connection = try await WireConnection(registry.daemon.endpoint)
        try await connection.send(registry.admin.head("PUT", target, length: bytes.count) + bytes[..<1_500_000])
        if resets { connection.reset() } else { connection.close() }
        try await Patience.wait(for: "the clean-up", limit: .seconds(10)) {
            let left = copies(of: bytes, in: registry)
            return left.isEmpty ? () : nil
        }
        #expect(try await registry.admin.head(target).status == 404)
        #expect(try await registry.admin.upload(target, bytes).status == 201)
        try await registry.daemon.stop()
    }

    @Test func bodyShorterThanItsLengthIsNotKept() async throws {
        let registry = try await Registry.shared()
        let bytes = noise(50_000, seed: 61)
        let target = "/v1/blobs/\(digest(of: bytes))"
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        try await connection.send(registry.admin.head("PUT", target, length: bytes.count + 1) + bytes)
        connection.finishWriting()
        do { expectProblem(try await connection.reply(), 400) } catch WireError.closed {}
        #expect(try await registry.admin.head(target).status == 404)
    }

    @Test func knownBlobIsNotAskedForAgain() async throws {
        let registry = try await Registry.shared()
        let bytes = noise(10_000, seed: 81)
        let target = "/v1/blobs/\(digest(of: bytes))"
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        let head = registry.admin.head(
            "PUT", target, length: bytes.count, fields: ["Expect": "100-continue"], keepOpen: true)
        try await connection.send(head)
        #expect(try await connection.anyReply().status == 100)
        try await connection.send(bytes)
        #expect(try await connection.reply().status == 201)
        let second = try await WireConnection(registry.daemon.endpoint)
        defer { second.close() }
        try await second.send(head)
        #expect(try await second.anyReply().status == 200, "answered at once, without 100 Continue")
    }

    @Test func refusedUploadIsNotAskedFor() async throws {
        let registry = try await Registry.shared()
        let reader = try await registry.client(roles: ["reader"])
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        let target = "/v1/blobs/\(digest(of: noise(9, seed: 82)))"
        try await connection.send(reader.head("PUT", target, length: 1 << 40, fields: ["Expect": "100-continue"]))
        expectProblem(try await connection.anyReply(), 403)
    }

    @Test func unknownExpectationFails() async throws {
        let registry = try await Registry.shared()
        expectProblem(try await registry.admin.get("/v1/models", ["Expect": "coffee"]), 417)
    }

    @Test func encodedUploadIsRefused() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.upload("/v1/blobs/\(digest(of: [1]))", [1], ["Content-Encoding": "gzip"])
        expectProblem(reply, 415)
    }

    @Test func twoUploadsOfTheSameBytesBothSucceed() async throws {
        let registry = try await Registry.shared()
        let bytes = noise(3_000_000, seed: 83)
        let target = "/v1/blobs/\(digest(of: bytes))"
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await registry.admin.upload(target, bytes).status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == 201 || $0 == 200 } && statuses.contains(201), "\(statuses)")
        let stored = copies(of: bytes, in: registry)
        #expect(stored.count == 1, "\(stored)")
    }

    @Test func unknownBlobIsNotFound() async throws {
        let registry = try await Registry.shared()
        let target = "/v1/blobs/\(digest(of: noise(11, seed: 84)))"
        expectProblem(try await registry.admin.get(target), 404, "blob_not_found")
        #expect(try await registry.admin.head(target).status == 404)
    }
}

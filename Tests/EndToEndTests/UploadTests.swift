import StemmaJSON
import StemmaTesting
import Testing

/// Resumable uploads (API.md, section 5; the IETF draft on resumable uploads for HTTP).
@Suite struct UploadTests {
    static let content = noise(1_000_000, seed: 13)

    private func begin(_ client: DaemonClient, length: Int? = nil) async throws -> String {
        var fields: WireFields = ["Upload-Complete": "?0"]
        if let length { fields.pairs.append(.init(name: "Upload-Length", value: "\(length)")) }
        let reply = try await client.send("POST", "/v1/uploads", body: [], fields: fields)
        try #require(reply.status == 201, "\(reply)")
        return try #require(reply["Location"]).replacing(client.endpoint.baseURL, with: "")
    }

    private func append(
        _ client: DaemonClient, _ target: String, _ part: ArraySlice<UInt8>, complete: Bool = false
    ) async throws -> WireReply {
        try await client.send(
            "PATCH", target, body: Array(part),
            fields: [
                "Content-Type": "application/partial-upload", "Upload-Offset": "\(part.startIndex)",
                "Upload-Complete": complete ? "?1" : "?0",
            ])
    }

    private func offset(_ client: DaemonClient, _ target: String) async throws -> Int? {
        let reply = try await client.head(target)
        try #require(reply.isSuccess, "\(reply)")
        return reply["Upload-Offset"].flatMap { Int($0) }
    }

    private func complete(_ client: DaemonClient, _ target: String, _ digest: String?) async throws -> WireReply {
        try await client.post("\(target)/complete", digest.map { ["digest": .string($0)] } ?? [:])
    }

    @Test(arguments: [true, false])
    func partsBecomeABlob(declares: Bool) async throws {
        let registry = try await Registry.shared()
        let bytes = Self.content + (declares ? [1] : [2])
        let target = try await begin(registry.admin, length: declares ? bytes.count : nil)
        #expect(try await offset(registry.admin, target) == 0)
        for range in [0..<1, 1..<400_000, 400_000..<bytes.count] {
            let reply = try await append(
                registry.admin, target, bytes[range], complete: range.upperBound == bytes.count)
            #expect(reply.isSuccess, "\(reply)")
            #expect(try await offset(registry.admin, target) == range.upperBound)
        }
        if declares { #expect(try await registry.admin.head(target)["Upload-Length"] == "\(bytes.count)") }
        let done = try await complete(registry.admin, target, declares ? digest(of: bytes) : nil)
        #expect(done.isSuccess && done.json["digest"] == .string(digest(of: bytes)), "\(done)")
        #expect(try await registry.admin.get("/v1/blobs/\(digest(of: bytes))").body == bytes)
    }

    @Test func wrongOffsetIsAConflictThatTellsTheRightOne() async throws {
        let registry = try await Registry.shared()
        let target = try await begin(registry.admin)
        #expect(try await append(registry.admin, target, Self.content[0..<1_000]).isSuccess)
        for range in [0..<10, 999..<1_010, 1_001..<1_010] {
            let reply = try await append(registry.admin, target, Self.content[range])
            expectProblem(reply, 409, "upload_offset_conflict")
            #expect(reply["Upload-Offset"] == "1000", "\(reply)")
        }
        #expect(try await offset(registry.admin, target) == 1_000)
    }

    @Test func wrongDigestKeepsNothing() async throws {
        let registry = try await Registry.shared()
        let bytes = noise(5_000, seed: 14)
        let target = try await begin(registry.admin)
        #expect(try await append(registry.admin, target, bytes[...], complete: true).isSuccess)
        expectProblem(try await complete(registry.admin, target, digest(of: [1])), 422, "digest_mismatch")
        #expect(try await registry.admin.head("/v1/blobs/\(digest(of: bytes))").status == 404)
        #expect(try await registry.admin.head("/v1/blobs/\(digest(of: [1]))").status == 404)
    }

    @Test func moreBytesThanDeclaredAreRefused() async throws {
        let registry = try await Registry.shared()
        let target = try await begin(registry.admin, length: 100)
        expectProblem(
            try await append(registry.admin, target, Self.content[0..<101], complete: true),
            anyOf: [400, 409, 413, 422])
        #expect(try await append(registry.admin, target, Self.content[0..<50]).isSuccess)
        expectProblem(try await complete(registry.admin, target, nil), anyOf: [400, 409, 422])
    }

    @Test func cancelledUploadIsGone() async throws {
        let registry = try await Registry.shared()
        let target = try await begin(registry.admin)
        #expect(try await append(registry.admin, target, Self.content[0..<1_000]).isSuccess)
        #expect(try await registry.admin.delete(target).isSuccess)
        #expect(try await registry.admin.head(target).status == 404)
        expectProblem(try await append(registry.admin, target, Self.content[1_000..<1_001]), 404, "upload_not_found")
        expectProblem(try await complete(registry.admin, target, nil), 404)
    }

    @Test func appendingNeedsItsMediaTypeAndOffset() async throws {
        let registry = try await Registry.shared()
        let target = try await begin(registry.admin)
        let type = try await registry.admin.send(
            "PATCH", target, body: [1],
            fields: ["Content-Type": "application/octet-stream", "Upload-Offset": "0", "Upload-Complete": "?0"])
        expectProblem(type, 415)
        for offset in ["", "-1", "x", "0x0", "1e3"] {
            let reply = try await registry.admin.send(
                "PATCH", target, body: [1],
                fields: [
                    "Content-Type": "application/partial-upload", "Upload-Offset": offset, "Upload-Complete": "?0",
                ])
            expectProblem(reply, anyOf: [400, 422])
        }
        #expect(try await offset(registry.admin, target) == 0)
    }

    @Test func uploadBelongsToItsMaker() async throws {
        let registry = try await Registry.shared()
        let target = try await begin(registry.admin)
        let other = try await registry.client(roles: ["publisher"])
        #expect(try await other.head(target).status == 404)
        expectProblem(try await append(other, target, Self.content[0..<10]), 404)
        expectProblem(try await other.delete(target), 404)
        #expect(try await offset(registry.admin, target) == 0)
    }

    @Test func brokenPartIsResumedWhereItEnded() async throws {
        let registry = try await Registry.shared()
        let bytes = Self.content + [3]
        let target = try await begin(registry.admin, length: bytes.count)
        let connection = try await WireConnection(registry.daemon.endpoint)
        let head = registry.admin.head(
            "PATCH", target, length: bytes.count,
            fields: ["Content-Type": "application/partial-upload", "Upload-Offset": "0", "Upload-Complete": "?1"])
        try await connection.send(head + bytes[..<600_000])
        connection.close()
        try await resume(registry, target, bytes, sent: 600_000)
    }

    @Test(arguments: [true, false])
    func uploadSurvivesARestart(kills: Bool) async throws {
        let first = try await Registry.fresh()
        let bytes = Self.content + [4]
        let target = try await begin(first.admin, length: bytes.count)
        #expect(try await append(first.admin, target, bytes[..<300_000]).isSuccess)
        let connection = try await WireConnection(first.daemon.endpoint)
        let head = first.admin.head(
            "PATCH", target, length: bytes.count - 300_000,
            fields: ["Content-Type": "application/partial-upload", "Upload-Offset": "300000", "Upload-Complete": "?1"])
        try await connection.send(head + bytes[300_000..<500_000])
        if kills { try await first.daemon.kill() } else { try await first.daemon.stop(within: .seconds(60)) }
        connection.close()
        let second = try await first.restarted()
        let kept = try #require(try await offset(second.admin, target))
        #expect(kept >= 300_000, "acknowledged bytes were lost")
        try await resume(second, target, bytes, sent: 500_000)
        try await second.daemon.stop()
    }

    /// Goes on from the offset that the daemon tells and checks the whole.
    private func resume(_ registry: Registry, _ target: String, _ bytes: [UInt8], sent: Int) async throws {
        let reply = try await Patience.wait(for: "the end of the broken part") { () -> WireReply? in
            let kept = try await offset(registry.admin, target) ?? -1
            #expect((0...sent).contains(kept), "\(kept)")
            let reply = try await append(registry.admin, target, bytes[max(0, kept)...], complete: true)
            return reply.status == 409 ? nil : reply
        }
        #expect(reply.isSuccess, "\(reply)")
        let done = try await complete(registry.admin, target, nil)
        #expect(done.json["digest"] == .string(digest(of: bytes)), "\(done)")
        #expect(try await registry.admin.get("/v1/blobs/\(digest(of: bytes))").body == bytes)
    }
}

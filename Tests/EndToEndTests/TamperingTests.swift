import StemmaJSON
import StemmaTesting
import Testing

/// Blobs that somebody changed behind the daemon's back are never served (audit-security.md, section 5, row 3).
@Suite struct TamperingTests {
    enum Change: String, CaseIterable {
        case otherBytes, cutShort, longer, emptied, linkElsewhere, removed
    }

    @Test(arguments: Change.allCases, [true, false])
    func changedBlobIsNotServed(change: Change, restarts: Bool) async throws {
        var registry = try await Registry.fresh()
        let bytes = noise(400_000, seed: 7)
        let model = try await registry.model("tampered")
        let digest = try await registry.blob(bytes)
        try await registry.version(model, "1.0.0", ["artifacts": Metadata.artifacts(["model.bin": digest])])
        let artifact = "/v1/models/\(model)/versions/1.0.0/artifacts/model.bin"
        #expect(try await registry.admin.get(artifact).body == bytes)
        if restarts { try await registry.daemon.stop() }
        try apply(change, to: bytes, in: registry.daemon.dataFolder + "/blobs")
        if restarts { registry = try await registry.restarted() }
        for target in [artifact, "/v1/blobs/\(digest)", "/v1/models/\(model)/versions/1.0.0/archive.tar"] {
            do {
                let reply = try await registry.admin.get(target)
                expectProblem(reply, anyOf: [404, 500], change == .removed ? nil : "blob_corrupt")
            } catch WireError.truncated(let part) {
                Issue.record(
                    "\(change): \(target) began to serve the changed blob: \(part.status), \(part.body.count) bytes")
            }
        }
        let part = try await registry.admin.get(artifact, ["Range": "bytes=0-99"])
        #expect(!part.isSuccess, "\(change): a range of a changed blob: \(part.status)")
        #expect(
            try await registry.admin.get("/v1/models/\(model)/versions/1.0.0").status == 200, "metadata stays readable")
        try await registry.daemon.stop()
    }

    /// A planted file under a digest that it does not have is no blob.
    @Test func plantedBlobIsNotServed() async throws {
        let registry = try await Registry.fresh()
        let known = noise(1_000, seed: 8)
        let digest = try await registry.blob(known)
        let path = try #require(
            try FileAccess.files(below: registry.daemon.dataFolder + "/blobs").first {
                try FileAccess.read($0) == known
            })
        let hex = String(digest.dropFirst(7))
        let wanted = String(repeating: "ab", count: 32)
        let planted = path.replacing(hex, with: wanted)
        try #require(planted != path, "the file of a blob has its digest for a name: \(path)")
        try FileAccess.write(Array("planted".utf8), to: planted)
        let reply = try await registry.admin.get("/v1/blobs/sha256:\(wanted)")
        expectProblem(reply, anyOf: [404, 500])
        let model = try await registry.model("planted")
        let registered = try await registry.register(
            model, ["version": "1.0.0", "artifacts": Metadata.artifacts(["m": "sha256:\(wanted)"])])
        #expect(!registered.isSuccess, "\(registered)")
        try await registry.daemon.stop()
    }

    @Test func corruptionIsAnAuditEvent() async throws {
        let registry = try await Registry.fresh()
        let bytes = noise(5_000, seed: 9)
        let digest = try await registry.blob(bytes)
        try apply(.otherBytes, to: bytes, in: registry.daemon.dataFolder + "/blobs")
        expectProblem(try await registry.admin.get("/v1/blobs/\(digest)"), 500, "blob_corrupt")
        try await Patience.wait(for: "an event about the blob", limit: .seconds(30), pause: .milliseconds(200)) {
            let events = try await registry.all("/v1/audit")
            return events.contains { "\($0)".contains("corrupt") && "\($0)".contains(digest) } ? () : nil
        }
        try await registry.daemon.stop()
    }

    private func apply(_ change: Change, to bytes: [UInt8], in folder: String) throws {
        let path = try #require(try FileAccess.files(below: folder).first { try FileAccess.read($0) == bytes })
        try FileAccess.allowWriting(path)
        switch change {
        case .otherBytes:
            var other = bytes
            other[bytes.count / 2] ^= 1
            try FileAccess.write(other, to: path)
        case .cutShort: try FileAccess.write(Array(bytes.dropLast()), to: path)
        case .longer: try FileAccess.write(bytes + [0], to: path)
        case .emptied: try FileAccess.write([], to: path)
        case .linkElsewhere: try FileAccess.replaceWithLink(path, to: "/etc/passwd")
        case .removed: FileAccess.remove(path)
        }
    }
}

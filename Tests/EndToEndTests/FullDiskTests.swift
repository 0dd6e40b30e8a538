import Glibc
import StemmaJSON
import StemmaTesting
import Testing

/// A full disk: refusals with 507, nothing half kept, reads go on (audit-security.md, section 5, row 22).
@Suite(.serialized) struct FullDiskTests {
    /// Whether this process may mount a small file system for the data.
    static let canMount: Bool = {
        guard geteuid() == 0, let folder = try? ScratchFolder("probe") else { return false }
        guard (try? folder.mountMemory(bytes: 1 << 20)) != nil else { return false }
        folder.unmount()
        return true
    }()

    @Test(.enabled(if: canMount, "only root may mount a small file system"))
    func fullDiskRefusesAndRecovers() async throws {
        let folder = try ScratchFolder("full")
        try folder.mountMemory(bytes: 96 << 20)
        defer { folder.unmount() }
        let registry = Registry(daemon: try await DaemonProcess.start(in: folder.path))
        let model = try await registry.model("full")
        let kept = noise(1_000_000, seed: 16)
        let keptDigest = try await registry.blob(kept)
        try await registry.version(model, "1.0.0", ["artifacts": Metadata.artifacts(["m": keptDigest])])
        let refused = try await fill(registry, seeds: 1_000..<1_020)
        #expect(refused.count > 1, "the disk of 96 MiB took 20 uploads of 12 MiB")
        for bytes in refused { #expect(try await registry.admin.head("/v1/blobs/\(digest(of: bytes))").status == 404) }
        try fillToTheBrim(folder)
        let write = try await registry.admin.post(
            "/v1/models", ["name": "no-room", "description": .string(String(repeating: "x", count: 60_000))])
        if !write.isSuccess { expectProblem(write, anyOf: [503, 507]) }
        let upload = noise(500_000, seed: 17)
        expectProblem(try await registry.admin.upload("/v1/blobs/\(digest(of: upload))", upload), anyOf: [503, 507])
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0/artifacts/m").body == kept)
        #expect(try await registry.anonymous.get("/healthz").status == 200)
        #expect(try await registry.anonymous.get("/readyz").status == 503, "a full disk is not ready")
        FileAccess.remove(folder.file("ballast"))
        try await registry.daemon.stop()
        let again = Registry(daemon: try await DaemonProcess.start(in: folder.path))
        #expect(try await again.admin.get("/v1/models/\(model)/versions/1.0.0/artifacts/m").body == kept)
        #expect(try await again.admin.get("/v1/models").status == 200)
        try await again.daemon.stop()
    }

    /// Room that a refused upload took is free again: many refusals do not make the disk fuller.
    @Test(.enabled(if: canMount, "only root may mount a small file system"))
    func refusedUploadsGiveTheirRoomBack() async throws {
        let folder = try ScratchFolder("room")
        try folder.mountMemory(bytes: 80 << 20)
        defer { folder.unmount() }
        let registry = Registry(daemon: try await DaemonProcess.start(in: folder.path))
        let big = noise(90_000_000, seed: 18)
        for _ in 0..<2 {
            expectProblem(
                try await registry.admin.upload("/v1/blobs/\(digest(of: big))", big), 507, "insufficient_storage")
        }
        let small = noise(1_000_000, seed: 19)
        let reply = try await registry.admin.upload("/v1/blobs/\(digest(of: small))", small)
        #expect(reply.status == 201, "\(reply)")
        try await registry.daemon.stop()
    }

    /// Uploads of 12 MiB; answers those that were refused.
    private func fill(_ registry: Registry, seeds: Range<UInt64>) async throws -> [[UInt8]] {
        var refused: [[UInt8]] = []
        for seed in seeds where refused.count < 3 {
            let bytes = noise(12 << 20, seed: seed)
            let reply = try await registry.admin.upload("/v1/blobs/\(digest(of: bytes))", bytes)
            guard reply.status != 201 else { continue }
            expectProblem(reply, 507, "insufficient_storage")
            refused.append(bytes)
        }
        return refused
    }

    private func fillToTheBrim(_ folder: ScratchFolder) throws {
        #expect(throws: SystemFailure.self) {
            try FileAccess.write([UInt8](repeating: 1, count: 128 << 20), to: folder.file("ballast"))
        }
    }
}

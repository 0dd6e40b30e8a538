import Foundation
import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import Testing

/// Running out of room, by the store's own floor and for real.
@Suite struct FullDiskTests {
    @Test func belowTheFloorNothingBegins() async throws {
        let directory = TemporaryDirectory()
        let options = FileBlobStoreOptions(minimumFreeBytes: Int64.max / 2)
        let store = try FileBlobStore(directory: directory.blobs, options: options)
        #expect(try await store.freeBytes() == 0)
        let id = try #require(StagingID("upload"))
        for _ in 0..<2 { #expect(await refusal { _ = try await store.begin(id) } == .insufficientStorage) }
        #expect(directory.files().isEmpty)
    }

    @Test(.enabled(if: SmallDisk.isAvailable))
    func appendingStopsAtTheFloor() async throws {
        let disk = try SmallDisk(bytes: 8 << 20)
        let options = FileBlobStoreOptions(minimumFreeBytes: 4 << 20)
        let store = try FileBlobStore(directory: disk.path + "/blobs", options: options)
        let free: Int64 = try #require(await store.freeBytes())
        #expect(free > 3 << 20 && free <= 4 << 20)
        let staged: any StagedBlob = try await store.begin(try #require(StagingID("upload")))
        let piece: [UInt8] = testBytes(64 << 10)
        while await refusal(of: { try await staged.append(piece) }) == nil {}
        let taken: Int64 = await staged.offset
        #expect(taken > 3 << 20 && taken <= 4 << 20)
        #expect(await refusal { try await staged.append(piece) } == .insufficientStorage)
        await staged.cancel()
        #expect(try await store.freeBytes() == free)
    }

    @Test(.enabled(if: SmallDisk.isAvailable))
    func aPieceThatDoesNotFitIsTakenBack() async throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let store = try FileBlobStore(
            directory: disk.path + "/blobs", options: FileBlobStoreOptions(minimumFreeBytes: -1 << 40))
        let staged: any StagedBlob = try await store.begin(try #require(StagingID("upload")))
        let fitting: [UInt8] = testBytes(3 << 20)
        try await staged.append(fitting)
        for _ in 0..<3 {
            #expect(await refusal { try await staged.append(testBytes(2 << 20)) } == .insufficientStorage)
            #expect(await staged.offset == 3 << 20)
        }
        var status = stat()
        #expect(stat(disk.path + "/blobs/staging/upload", &status) == 0 && status.st_size == 3 << 20)
        try await staged.append([1, 2, 3])
        let committed: CommittedBlob = try await staged.commit(expected: SHA256Hasher.digest(fitting + [1, 2, 3]))
        #expect(try await content(of: committed.digest, in: store) == fitting + [1, 2, 3])
    }
}

/// A file system of a few megabytes in memory, for whoever may mount one.
final class SmallDisk {
    static let isAvailable: Bool = geteuid() == 0 && (try? SmallDisk(bytes: 1 << 20)) != nil

    let path: String
    private let directory: TemporaryDirectory = TemporaryDirectory()

    init(bytes: Int) throws {
        path = directory.path + "/disk"
        try #require(mkdir(path, 0o700) == 0)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else { throw POSIXError(.EPERM) }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }
}

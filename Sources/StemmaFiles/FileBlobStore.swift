internal import Dispatch
internal import Glibc
package import StemmaDigest
package import StemmaRegistry

/// Blobs in a local directory.
///
/// ```
/// DIR/lock               held by the one process that uses the directory
/// DIR/sha256/ab/cd/<hex> stored blobs, mode 0400, named by their digest
/// DIR/staging/<id>       uploads under way, mode 0600, and <id>.len, how much of them was acknowledged
/// ```
///
/// A commit syncs the staged file, renames it into place and syncs the directory, so a crash leaves staged bytes at most,
/// never half a blob. Bytes are handed out only from plain files that were hashed in this process's life and not touched
/// since. The directory must be on a local file system: its locks, renames and change times are relied upon.
package final class FileBlobStore: BlobStore {
    /// Blocking work at a time: opening and reading, writing uploads. Hashing has a lane a processor.
    private static let fileLaneCount: Int = 8
    private static let writeLaneCount: Int = 16

    private let watch: SyncWatch = SyncWatch()
    private let lock: Descriptor
    private let staging: StagingArea
    private let vault: BlobVault
    private let space: FreeSpace
    private let fileLanes: WorkerLanes = WorkerLanes("file", count: fileLaneCount)
    private let writeLanes: WorkerLanes = WorkerLanes("write", count: writeLaneCount)
    private let hashLanes: WorkerLanes

    /// Opens the blob directory, making it (mode 0700) where its parent exists. Blocks for a moment.
    ///
    /// Throws where it cannot be made or written to, or where another process uses it.
    package init(
        directory path: String, options: FileBlobStoreOptions = FileBlobStoreOptions()
    ) throws(BlobStoreStartError) {
        do {
            let root: Directory = try Self.openRoot(path, watch)
            lock = try Self.lock(root)
            let blobs: Directory = try root.directoryMakingIfAbsent("sha256")
            let uploads: Directory = try root.directoryMakingIfAbsent("staging")
            try root.sync()
            staging = StagingArea(uploads)
            try staging.sweepRecords()
            space = FreeSpace(directory: uploads, floor: options.minimumFreeBytes)
            hashLanes = WorkerLanes("hash", count: max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
            vault = BlobVault(
                tree: BlobTree(blobs), rememberedFiles: options.rememberedFiles, fileLanes: fileLanes,
                writeLanes: writeLanes, hashLanes: hashLanes)
        } catch let error as StemmaError {
            throw BlobStoreStartError(path: path, reason: error.cause ?? error.detail)
        } catch let error as StartFault {
            throw BlobStoreStartError(path: path, reason: error.reason)
        } catch {
            throw BlobStoreStartError(path: path, reason: "\(error)")
        }
    }

    /// Calls `handler` once with what happened when a sync fails, after which the store takes no more bytes. Reading goes
    /// on.
    package func onSyncFailure(_ handler: @escaping @Sendable (String) -> Void) { watch.onFailure(handler) }

    package func begin(_ id: StagingID) async throws -> any StagedBlob {
        try watch.requireSound()
        let hold: StagingArea.Hold = try staging.hold(id)
        let file: Descriptor = try await fileLanes.run { [space, staging] in
            try space.require(0)
            return try staging.create(id)
        }
        return FileStagedBlob(hold, StagingArea.Kept(file: file, record: nil), in: surroundings)
    }

    package func resume(_ id: StagingID) async throws -> (any StagedBlob)? {
        let hold: StagingArea.Hold = try staging.hold(id)
        guard let kept = try await fileLanes.run({ [staging] in try staging.reopen(id) }) else { return nil }
        return FileStagedBlob(hold, kept, in: surroundings)
    }

    package func open(_ digest: Digest) async throws -> (any BlobReader)? {
        guard let blob = try await vault.open(digest) else { return nil }
        return FileBlobReader(blob, lanes: fileLanes)
    }

    package func size(of digest: Digest) async throws -> Int64? {
        try await vault.size(of: digest)
    }

    package func delete(_ digest: Digest) async throws {
        try await vault.delete(digest)
    }

    package func list(after digest: Digest?, limit: Int) async throws -> [Digest] {
        try await vault.list(after: digest, limit: limit)
    }

    package func stagedIDs() async throws -> [StagingID] {
        try await fileLanes.run { [staging] in try staging.ids() }
    }

    package func discard(_ id: StagingID) async throws {
        let hold: StagingArea.Hold = try staging.hold(id)
        try await fileLanes.run { [staging] in
            try staging.remove(id)
            withExtendedLifetime(hold) {}
        }
    }

    package func freeBytes() async throws -> Int64? {
        try await fileLanes.run { [space] in try space.usableBytes() }
    }

    private var surroundings: FileStagedBlob.Surroundings {
        FileStagedBlob.Surroundings(
            staging: staging, vault: vault, space: space, writeLanes: writeLanes, hashLanes: hashLanes)
    }

    /// A reason that is no failed call inside the directory.
    private struct StartFault: Error {
        let reason: String
    }

    private static func openRoot(_ path: String, _ watch: SyncWatch) throws -> Directory {
        do {
            _ = try systemCall { mkdir(path, 0o700) }
        } catch {
            // Existing is the usual case.
            if error.code != EEXIST {
                throw StartFault(reason: "it cannot be made: \(String(cString: strerror(error.code)))")
            }
        }
        do {
            // The operator may well point to it by a link; below it no link is followed.
            let number: Int32 = try systemCall { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            return Directory(Descriptor(number, name: path, watch: watch))
        } catch {
            throw StartFault(reason: "it cannot be opened: \(String(cString: strerror(error.code)))")
        }
    }

    /// The lock belongs to the open file and goes with it, however the process ends.
    private static func lock(_ root: Directory) throws -> Descriptor {
        guard let file = try root.createFile("lock") ?? root.updateFile("lock") else {
            throw StartFault(reason: "its lock file vanished")
        }
        // Whoever is just ending, or was just started by a process that held the directory, lets go within moments.
        for attempt in 0...lockAttempts {
            do {
                _ = try systemCall { flock(file.number, LOCK_EX | LOCK_NB) }
                return file
            } catch {
                guard error.code == EWOULDBLOCK else {
                    throw StartFault(reason: "it cannot be locked: \(String(cString: strerror(error.code)))")
                }
                if attempt < lockAttempts { usleep(lockPauseMicroseconds) }
            }
        }
        throw StartFault(reason: "another process uses it; stop that one first or give each its own directory")
    }

    private static let lockAttempts: Int = 50
    private static let lockPauseMicroseconds: UInt32 = 20_000
}

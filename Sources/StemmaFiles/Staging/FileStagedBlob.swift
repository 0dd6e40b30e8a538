internal import Dispatch
internal import StemmaDigest
internal import StemmaRegistry

/// A staged file being written. Writing runs on this actor's queue, hashing on another, so the two overlap; the kernel is
/// told to write early, so the last sync is short.
actor FileStagedBlob: StagedBlob {
    /// What it works with, all of the store's.
    struct Surroundings: Sendable {
        let staging: StagingArea
        let vault: BlobVault
        let space: FreeSpace
        let writeLanes: WorkerLanes
        let hashLanes: WorkerLanes
    }

    private enum State {
        case open
        /// A write or sync failed in a way that leaves the file's content unknown. It can only be cancelled or suspended;
        /// what was acknowledged before can be resumed.
        case broken
        case closed
    }

    /// Pieces that may wait to be hashed: enough to smooth the two queues, and 1 MiB at most with pieces of 256 KiB.
    private static let waitingPiecesLimit: Int = 4
    /// How many written bytes are handed to the disk at a time.
    private static let writingWindow: Int64 = 16 << 20

    private nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let id: StagingID
    /// Let go at the end, so that the space of a dropped upload is free at once.
    private var file: Descriptor?
    private let around: Surroundings
    private let hasher: StreamHasher
    private var hold: StagingArea.Hold?
    private var record: LengthRecord?
    private var state: State = .open
    /// The digest of all bytes, once no more come.
    private var sealed: Digest?
    private var written: Int64
    /// How many of the first bytes the hasher has. Less than `written` after a resume only.
    private var hashed: Int64 = 0
    /// How many of the first bytes the disk was told to write.
    private var started: Int64

    /// Takes a staged file of which the record's length, or nothing, is there.
    init(_ hold: StagingArea.Hold, _ kept: StagingArea.Kept, in surroundings: Surroundings) {
        executor = QueueExecutor(surroundings.writeLanes.makeQueue())
        hasher = StreamHasher(on: surroundings.hashLanes.makeQueue())
        id = hold.id
        file = kept.file
        around = surroundings
        self.hold = hold
        record = kept.record
        written = kept.record?.length ?? 0
        started = written
    }

    var offset: Int64 { written }

    func append(_ bytes: [UInt8]) async throws {
        try await hashResumedBytes()
        try openFile().watch.requireSound()
        guard sealed == nil else { throw over }
        await hasher.settle(below: Self.waitingPiecesLimit)
        let file: Descriptor = try openFile()
        try around.space.require(bytes.count)
        do {
            try file.write(bytes, at: written)
        } catch {
            takeBack(file)
            throw error
        }
        hasher.add(bytes)
        written += Int64(bytes.count)
        hashed = written
        if written - started >= Self.writingWindow {
            file.startWriting(from: started, count: written - started)
            started = written
        }
    }

    func sync() async throws {
        try syncNow()
    }

    func seal() async throws -> Digest {
        if let sealed { return sealed }
        try await hashResumedBytes()
        _ = try openFile()
        let digest: Digest = await hasher.finish()
        sealed = digest
        return digest
    }

    func commit(expected: Digest?) async throws -> CommittedBlob {
        let digest: Digest = try await seal()
        let file: Descriptor = try openFile()
        try file.watch.requireSound()
        // Whatever goes wrong from here on, this value commits nothing any more.
        state = .broken
        if let expected, expected != digest {
            drop()
            throw StemmaError(
                .digestMismatch, "The bytes received have the digest \(digest), not \(expected). Nothing was kept.")
        }
        let wasStored: Bool = try await around.vault.publish(
            file, size: written, named: id.text, from: around.staging.directory, as: digest)
        if wasStored {
            drop()
        } else {
            try? around.staging.removeRecord(id)
            close()
        }
        return CommittedBlob(digest: digest, size: written, alreadyStored: wasStored)
    }

    func cancel() async {
        if state != .closed { drop() }
    }

    func suspend() async {
        // Bytes that cannot be synced now are lost to the resumed upload, which is told by its offset.
        try? syncNow()
        if state != .closed { close() }
    }

    private func openFile() throws -> Descriptor {
        guard state == .open, let file else { throw over }
        return file
    }

    private var over: StemmaError {
        StemmaError(
            .internalError, "This upload has ended or failed and takes no more bytes here.",
            cause: "staged blob \(id) is \(state)\(sealed == nil ? "" : " and sealed")")
    }

    /// After a resume the hasher has to catch up with the file. Cancelling the task leaves it where it is.
    private func hashResumedBytes() async throws {
        let file: Descriptor = try openFile()
        while hashed < written {
            try Task.checkCancellation()
            let count: Int64 = try await hasher.addTurn(of: file, in: hashed..<written)
            guard count > 0 else {
                state = .broken
                throw StemmaError(.internalError, "The upload's bytes are damaged.", cause: "\(id) ends at \(hashed)")
            }
            hashed += count
        }
    }

    private func syncNow() throws {
        let file: Descriptor = try openFile()
        guard record == nil || record?.length != written else { return }
        do {
            try file.syncData()
            if record == nil { record = try around.staging.makeRecord(id) }
            try record?.store(written)
        } catch {
            // A second sync might succeed without the bytes being there.
            state = .broken
            throw error
        }
    }

    /// Undoes a write that failed in the middle.
    private func takeBack(_ file: Descriptor) {
        do {
            try file.truncate(to: written)
        } catch {
            state = .broken
        }
    }

    private func drop() {
        // What cannot be removed now is still listed by `stagedIDs`, and swept by whoever asks.
        try? around.staging.remove(id)
        close()
    }

    private func close() {
        state = .closed
        file = nil
        hold = nil
    }
}

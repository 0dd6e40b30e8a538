internal import Dispatch
internal import StemmaDigest
internal import StemmaRegistry
internal import Synchronization

/// A SHA-256 that is computed on its own queue while its owner goes on writing.
///
/// Pieces are hashed in the order of the calls, which one task at a time makes.
final class StreamHasher: @unchecked Sendable {
    private struct Load {
        var waitingPieces: Int = 0
        var waiter: (limit: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    /// How much of a file one turn on the queue reads: long enough to make the turn cheap, short enough to be fair.
    private static let turnBytes: Int64 = 4 << 20
    private static let readBytes: Int = 256 << 10

    private let queue: DispatchQueue
    /// Touched on `queue` only, which is what makes the class sendable.
    private let hasher: SHA256Hasher = SHA256Hasher()
    private let load: Mutex<Load> = Mutex(Load())

    /// `queue` must be serial and this hasher's own.
    init(on queue: DispatchQueue) {
        self.queue = queue
    }

    /// Adds bytes without waiting for them to be hashed. `settle` bounds how many pieces may wait.
    func add(_ bytes: [UInt8]) {
        load.withLock { $0.waitingPieces += 1 }
        queue.async {
            self.hasher.update(bytes)
            self.finishPiece()
        }
    }

    /// Waits until fewer than `limit` pieces wait. Stays on the caller's executor: two more thread switches a piece would
    /// cost more than hashing it.
    nonisolated(nonsending) func settle(below limit: Int) async {
        if load.withLock({ $0.waitingPieces < limit }) { return }
        await withCheckedContinuation { continuation in
            let isSettled: Bool = load.withLock { load in
                if load.waitingPieces < limit { return true }
                load.waiter = (limit, continuation)
                return false
            }
            if isSettled { continuation.resume() }
        }
    }

    /// Reads and adds the next bytes of a file in `range`, at most one turn's worth. The answer is how many there were:
    /// zero where the range is empty or the file ends before it.
    nonisolated(nonsending) func addTurn(of file: Descriptor, in range: Range<Int64>) async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.hashTurn(of: file, in: range) })
            }
        }
    }

    /// The digest of everything added. May be called once.
    nonisolated(nonsending) func finish() async -> Digest {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.hasher.finish()) }
        }
    }

    private func hashTurn(of file: Descriptor, in range: Range<Int64>) throws -> Int64 {
        let end: Int64 = min(range.upperBound, range.lowerBound + Self.turnBytes)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 64)
        defer { buffer.deallocate() }
        var position: Int64 = range.lowerBound
        while position < end {
            let wanted: Int = min(Self.readBytes, Int(end - position))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            let count: Int = try file.read(into: target, at: position)
            hasher.update(UnsafeRawBufferPointer(rebasing: target[..<count]))
            position += Int64(count)
            if count < wanted { break }
        }
        return position - range.lowerBound
    }

    private func finishPiece() {
        let ready: CheckedContinuation<Void, Never>? = load.withLock { load in
            load.waitingPieces -= 1
            guard let waiter = load.waiter, load.waitingPieces < waiter.limit else { return nil }
            load.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }
}

internal import StemmaDigest
internal import Synchronization

/// Lets one task at a time publish, verify or delete the bytes of a digest. Others wait, first come first served.
final class DigestGate: Sendable {
    /// The digests being worked on, each with those who wait.
    private let busy: Mutex<[Digest: [CheckedContinuation<Void, Never>]]> = Mutex([:])

    /// Runs `body` while no other body runs for the same digest.
    func pass<Value: Sendable>(_ digest: Digest, _ body: () async throws -> Value) async rethrows -> Value {
        await enter(digest)
        defer { leave(digest) }
        return try await body()
    }

    private func enter(_ digest: Digest) async {
        await withCheckedContinuation { continuation in
            let isFree: Bool = busy.withLock { busy in
                if busy[digest] == nil {
                    busy[digest] = []
                    return true
                }
                busy[digest]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave(_ digest: Digest) {
        let next: CheckedContinuation<Void, Never>? = busy.withLock { busy in
            guard busy[digest]?.isEmpty == false else {
                busy[digest] = nil
                return nil
            }
            return busy[digest]?.removeFirst()
        }
        next?.resume()
    }
}

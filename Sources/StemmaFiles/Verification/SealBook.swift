internal import StemmaDigest
internal import Synchronization

/// Remembers which files were verified, up to a number of them. A forgotten one is verified again when it is next opened.
///
/// Full, it drops the first entry in turn that was not asked for since the last round (the clock algorithm) and that no
/// reader holds.
final class SealBook: Sendable {
    private struct Entry {
        var seal: Seal
        var slot: Int
        var wasAskedFor: Bool = false
    }

    private struct State {
        var entries: [Digest: Entry] = [:]
        /// The digests of all entries, each at its slot.
        var ring: [Digest] = []
        var hand: Int = 0
    }

    private let limit: Int
    private let state: Mutex<State> = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The seal of a file that was verified under exactly this stamp.
    func seal(of digest: Digest, fitting stamp: FileStamp) -> Seal? {
        state.withLock { state in
            guard let entry = state.entries[digest], entry.seal.fits(stamp) else { return nil }
            state.entries[digest]?.wasAskedFor = true
            return entry.seal
        }
    }

    /// The seal of the digest's file, whatever its stamp.
    func seal(of digest: Digest) -> Seal? {
        state.withLock { $0.entries[digest]?.seal }
    }

    /// Records that the file was verified under this stamp.
    @discardableResult
    func put(_ digest: Digest, _ stamp: FileStamp) -> Seal {
        let seal = Seal(stamp)
        state.withLock { state in
            if let slot = state.entries[digest]?.slot {
                state.entries[digest] = Entry(seal: seal, slot: slot)
                return
            }
            if state.entries.count >= limit { Self.dropOne(&state) }
            state.entries[digest] = Entry(seal: seal, slot: state.ring.count)
            state.ring.append(digest)
        }
        return seal
    }

    func forget(_ digest: Digest) {
        state.withLock { Self.remove(digest, from: &$0) }
    }

    /// How many files are remembered.
    var count: Int { state.withLock { $0.entries.count } }

    private static func dropOne(_ state: inout State) {
        // After two rounds everything is in use. Then the book grows: readers are far fewer than its limit.
        for _ in 0..<(2 * state.ring.count) {
            state.hand = (state.hand + 1) % state.ring.count
            let digest: Digest = state.ring[state.hand]
            guard var entry = state.entries.removeValue(forKey: digest) else { continue }
            let isHeld: Bool = !isKnownUniquelyReferenced(&entry.seal)
            let isKept: Bool = isHeld || entry.wasAskedFor
            entry.wasAskedFor = false
            state.entries[digest] = entry
            if !isKept { return remove(digest, from: &state) }
        }
    }

    private static func remove(_ digest: Digest, from state: inout State) {
        guard let entry = state.entries.removeValue(forKey: digest) else { return }
        // The last one moves into the gap, so that the ring has none.
        let last: Digest = state.ring.removeLast()
        if last != digest {
            state.ring[entry.slot] = last
            state.entries[last]?.slot = entry.slot
        }
    }
}

internal import Synchronization

/// What a consumer read: the version, and the reference that led to it.
package struct ConsumerTarget: Sendable {
    package let modelID: Int64
    package let versionID: Int64
    /// E.g. `@production`.
    package let ref: String

    package init(modelID: Int64, versionID: Int64, ref: String) {
        self.modelID = modelID
        self.versionID = versionID
        self.ref = ref
    }

    /// Nil for a draft, which nobody relies on yet and which may vanish with its row.
    package init?(_ version: VersionRecord, ref: String) {
        guard version.status == .ready else { return nil }
        self.init(modelID: version.modelID, versionID: version.id, ref: ref)
    }

    /// What a read of an alias is a read of.
    package init(_ alias: AliasRecord) {
        let isComputed: Bool = alias.alias == AliasService.computed
        self.init(
            modelID: alias.modelID, versionID: alias.versionID, ref: isComputed ? alias.alias : "@" + alias.alias)
    }
}

/// Reads counted in memory by model, version and consumer. Socket threads count here, so it neither waits nor grows
/// without bound: only so many entries are told apart until they are taken out, and reads beyond are only counted.
final class ConsumerTable: Sendable {
    struct Key: Hashable, Sendable {
        let modelID: Int64
        let versionID: Int64
        let name: ConsumerName
    }

    struct Entry: Sendable {
        let key: Key
        /// Of the last read.
        var ref: String
        var reads: Int64
        var last: Timestamp
    }

    /// One lock each, so that socket threads seldom meet.
    private final class Shard: Sendable {
        let entries = Mutex<[Key: Entry]>([:])
    }

    private static let shardCount: Int = 16
    private let shards: [Shard] = (0..<ConsumerTable.shardCount).map { _ in Shard() }
    private let entriesMax: Int
    private let entryCount = Atomic<Int>(0)
    private let dropped = Atomic<Int64>(0)

    /// `entriesMax` is the number of entries told apart.
    init(entriesMax: Int) { self.entriesMax = entriesMax }

    /// Reads that were not counted because the table was full, since the start.
    var droppedReads: Int64 { dropped.load(ordering: .relaxed) }

    /// Counts reads that no entry can hold.
    func drop(_ reads: Int64) { dropped.add(reads, ordering: .relaxed) }

    /// Counts one read.
    func note(_ target: ConsumerTarget, _ name: ConsumerName, at now: Timestamp) {
        let key = Key(modelID: target.modelID, versionID: target.versionID, name: name)
        add(Entry(key: key, ref: target.ref, reads: 1, last: now))
    }

    /// Adds reads, those of an entry that was taken out and could not be stored, too.
    func add(_ entry: Entry) {
        // Cheaper than the key's hash, which the shard takes anyway, and as good for telling consumers apart.
        let spread: Int =
            Int(truncatingIfNeeded: entry.key.versionID) &* 31 &+ (entry.key.name.text.utf8.last.map { Int($0) } ?? 0)
        let shard: Shard = shards[spread & (ConsumerTable.shardCount - 1)]
        shard.entries.withLock { entries in
            if let index = entries.index(forKey: entry.key) {
                entries.values[index].reads += entry.reads
                if entry.last >= entries.values[index].last {
                    entries.values[index].last = entry.last
                    entries.values[index].ref = entry.ref
                }
            } else if entryCount.add(1, ordering: .relaxed).newValue <= entriesMax {
                entries[entry.key] = entry
            } else {
                entryCount.subtract(1, ordering: .relaxed)
                drop(entry.reads)
            }
        }
    }

    /// Takes everything out.
    func drain() -> [Entry] {
        var taken: [Entry] = []
        for shard in shards {
            let entries: [Key: Entry] = shard.entries.withLock { entries in
                let all: [Key: Entry] = entries
                entries = [:]
                return all
            }
            entryCount.subtract(entries.count, ordering: .relaxed)
            taken += entries.values
        }
        return taken
    }
}

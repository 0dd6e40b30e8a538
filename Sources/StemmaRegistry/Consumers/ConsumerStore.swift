/// Reading who uses versions.
package protocol ConsumerReader {
    /// Consumers of a version that have not expired, by name.
    func liveConsumers(version id: Int64, at moment: Timestamp) throws -> [ConsumerRecord]

    /// How many consumers of a model's versions have not expired.
    func liveConsumerCount(model id: Int64, at moment: Timestamp) throws -> Int

    /// Consumers of a model by name and version after `last`, expired ones included where `at` is nil.
    func consumers(model id: Int64, at moment: Timestamp?, after last: (name: String, version: Int64)?, limit: Int)
        throws -> [ConsumerRecord]
}

package protocol ConsumerWriter {
    /// Adds reads of a consumer and moves its times forward, never back. One that is new, or had expired at `last`, is
    /// registered where `mayRegister`, and otherwise left as it is.
    func countReads(
        model: Int64, version: Int64, name: String, ref: String, reads: Int64, last: Timestamp, expires: Timestamp,
        mayRegister: Bool
    ) throws -> ReadCounting

    /// Drops consumers that expired before that moment, at most `limit`; answers how many.
    func removeConsumers(expiredBefore moment: Timestamp, limit: Int) throws -> Int
}

/// What became of reads that were to be counted.
package enum ReadCounting: Sendable {
    /// The consumer was live and is so for longer.
    case renewed
    /// It was new or had expired, and is live now.
    case registered
    /// It was new or had expired, and was not to be registered.
    case refused
}

/// A named user of a version.
package struct ConsumerRecord: Sendable {
    package let name: String
    package let versionID: Int64
    package let version: String
    /// The reference it used last, e.g. `@production`.
    package let ref: String
    package let firstSeen: Timestamp
    package let lastSeen: Timestamp
    package let expires: Timestamp
    package let reads: Int64

    package init(
        name: String, versionID: Int64, version: String, ref: String, firstSeen: Timestamp, lastSeen: Timestamp,
        expires: Timestamp, reads: Int64
    ) {
        self.name = name
        self.versionID = versionID
        self.version = version
        self.ref = ref
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.expires = expires
        self.reads = reads
    }
}

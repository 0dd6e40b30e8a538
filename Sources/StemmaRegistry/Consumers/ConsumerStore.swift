/// Reading who uses versions.
package protocol ConsumerReader {
    /// Consumers of a version that have not expired, by name.
    func liveConsumers(version id: Int64, at moment: Timestamp) throws -> [ConsumerRecord]

    /// Consumers of a model by name and version after `last`, expired ones included where `at` is nil.
    func consumers(model id: Int64, at moment: Timestamp?, after last: (name: String, version: Int64)?, limit: Int)
        throws -> [ConsumerRecord]
}

package protocol ConsumerWriter {
    /// Adds reads of a consumer, registering it where it is new: answers whether it was new or had expired.
    func countReads(
        model: Int64, version: Int64, name: String, ref: String, reads: Int64, last: Timestamp, expires: Timestamp
    ) throws -> Bool

    /// Drops consumers that expired before that moment, at most `limit`; answers how many.
    func removeConsumers(expiredBefore moment: Timestamp, limit: Int) throws -> Int
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

/// Reading what the retention of events is judged by.
package protocol RetentionReader {
    /// Events from `start` on that still have their texts, of which both the time that the event itself promises and
    /// `cutoff` have passed: in order, at most `limit`, prunings left out.
    func expiredEvents(from start: Int64, promisedBefore now: Timestamp, writtenBefore cutoff: Timestamp, limit: Int)
        throws -> [ExpiredEvent]

    /// Every range of events that the log says were pruned, in the order in which they were. No other event was: what a
    /// legal hold kept lies between two of them.
    func prunedRanges() throws -> [Range<Int64>]

    /// The first event that still has its text, from `start` on.
    func firstKeptEvent(from start: Int64) throws -> (sequence: Int64, at: Timestamp)?
}

package protocol RetentionWriter {
    /// Takes the texts and private values of every event in these ranges away. Their places, times and hashes stay.
    func pruneEvents(_ ranges: [Range<Int64>]) throws
}

/// An event whose time has passed, with what legal holds look at.
package struct ExpiredEvent: Sendable {
    package let sequence: Int64
    package let model: String?
    package let version: String?
    /// Whose private values it has, and who did it.
    package let people: [Int64]

    package init(sequence: Int64, model: String?, version: String?, people: [Int64]) {
        self.sequence = sequence
        self.model = model
        self.version = version
        self.people = people
    }
}

package import StemmaDigest

extension AuditReader {
    /// The first event after a moment; nil where there is none.
    package func auditSequence(after moment: Timestamp) throws -> Int64? {
        try auditSequence(since: moment.adding(milliseconds: 1))
    }

    /// Where the next event will stand, and the time that one made now will have: the log's never runs backwards, whatever
    /// the clock does.
    func nextAuditEvent(_ now: Timestamp) throws -> (sequence: Int64, time: Timestamp) {
        guard let last = try lastAuditEvent() else { return (0, now) }
        return (last.sequence + 1, max(now, last.time))
    }
}

/// Reading the log.
package protocol AuditReader {
    /// How many events there are; the next one's sequence.
    func auditSize() throws -> Int64

    /// The first event at a moment or after it; nil where there is none.
    func auditSequence(since moment: Timestamp) throws -> Int64?

    /// Where the last event stands, and its time; nil in an empty log.
    func lastAuditEvent() throws -> (sequence: Int64, time: Timestamp)?

    func auditEvent(sequence: Int64) throws -> AuditRecord?

    /// Events in order of `query.ordering`. Sort and filter fields: those of `FilterSchema.audit`. Events about models
    /// outside `query.scope` are left out.
    func auditEvents(_ query: ListQuery, range: AuditRange) throws -> Page<AuditRecord>

    /// Events about one alias, those of transitions that moved it included, newest first, before `sequence`.
    func aliasEvents(model: String, alias: String, before sequence: Int64?, limit: Int) throws -> [AuditRecord]
}

package protocol AuditWriter {
    /// Appends at `sequence`, which must be the log's size.
    func appendAuditEvent(
        sequence: Int64, at moment: Timestamp, leaf: [UInt8], leafHash: Digest, retainUntil: Timestamp, action: String,
        outcome: String, principal: Int64?, resource: ResourceID, privateValues: [PrivateValue]) throws

    /// Notes what else the event at `sequence` was about.
    func addAuditSubjects(sequence: Int64, _ resources: [ResourceID]) throws
}

/// The part of the log that is asked for; nil members do not narrow it.
package struct AuditRange: Sendable {
    /// Inclusive.
    package var from: Timestamp?
    /// Exclusive.
    package var to: Timestamp?
    package var model: String?
    /// A principal's row key.
    package var principal: Int64?
    package var action: String?
    /// Who asks. Where their scope is limited, events about no model are answered only if they are their own.
    package var viewer: Int64?

    package init(
        from: Timestamp? = nil, to: Timestamp? = nil, model: String? = nil, principal: Int64? = nil,
        action: String? = nil, viewer: Int64? = nil
    ) {
        self.viewer = viewer
        self.from = from
        self.to = to
        self.model = model
        self.principal = principal
        self.action = action
    }
}

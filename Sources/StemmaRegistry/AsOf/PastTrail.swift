internal import StemmaJSON

/// The events about one thing, on both sides of a moment.
struct PastTrail {
    /// Up to the moment, oldest first.
    let before: [AuditEvent]
    /// Since the moment, oldest first.
    let after: [AuditEvent]
    /// Whether events up to the moment may have been pruned, and since.
    let hasLostBefore: Bool
    let hasLostAfter: Bool

    init(_ records: [AuditRecord], _ moment: PastMoment, hasLostBefore: Bool, hasLostAfter: Bool) throws {
        let events: [AuditEvent] = try records.map { try AuditEvent($0) }
        self.init(
            before: events.filter { $0.record.sequence < moment.end },
            after: events.filter { $0.record.sequence >= moment.end }, hasLostBefore, hasLostAfter)
    }

    private init(before: [AuditEvent], after: [AuditEvent], _ hasLostBefore: Bool, _ hasLostAfter: Bool) {
        self.before = before
        self.after = after
        self.hasLostBefore = hasLostBefore
        self.hasLostAfter = hasLostAfter
    }

    /// Without what happened before the last event of that action up to the moment: a draft that was removed gave its number
    /// back, and what became of it is not what became of the next one.
    func since(_ action: String) -> PastTrail {
        let first: Int = before.lastIndex { $0.record.action == action } ?? 0
        return PastTrail(before: Array(before[first...]), after: after, hasLostBefore, hasLostAfter)
    }

    /// The member as it was, by events that keep what was `before` and what is `after` them.
    enum Known {
        /// No event changed it since.
        case present
        case value(JSONValue)
        /// What told it was erased or pruned.
        case unknown
    }

    /// `actions` are those whose `changes` have the member whenever they may have changed it.
    func member(_ name: String, by actions: Set<String>) -> Known {
        // Of a change that was pruned nothing tells, not even that there was one.
        guard !hasLostAfter else { return .unknown }
        guard let first = after.first(where: { actions.contains($0.record.action) }) else { return .present }
        if let value = first.change("before")?[name] { return .value(value) }
        if let last = before.last(where: { actions.contains($0.record.action) }),
            let value = last.change("after")?[name]
        {
            return .value(value)
        }
        return .unknown
    }
}

extension AuditEvent {
    /// `before` or `after` of what the event keeps of its change; nil where that was erased, or there is none.
    func change(_ side: String) -> JSONValue? {
        personal["changes"]?[side].flatMap { $0.isNull ? nil : $0 }
    }

    /// Whether the event still keeps its change.
    var keepsChange: Bool { personal["changes"] != nil }
}

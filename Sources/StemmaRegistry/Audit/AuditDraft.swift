package import StemmaJSON

/// What an event will say, before it has a place in the log.
///
/// `detail` is public and stays for ever: it holds identifiers, states, digests and integers, never names of people, free
/// text or fractions. Everything else belongs into `personal`, which the log only commits to.
package struct AuditDraft: Sendable {
    package let resource: ResourceID
    /// Members of the leaf's `detail`.
    package var detail: [String: JSONValue]
    /// Private fields by name, e.g. `rationale`, `changes`, `evidence`, `approvers`, `rollback_plan`.
    package var personal: [String: JSONValue]
    /// Whose data a private field is, by the principal's row key, where it is not the actor's own.
    package var owners: [String: Int64] = [:]
    /// What else the event was about: an alias that moved, a version that was displaced.
    package var also: [ResourceID] = []

    package init(_ resource: ResourceID, detail: [String: JSONValue] = [:], personal: [String: JSONValue] = [:]) {
        self.resource = resource
        self.detail = detail
        self.personal = personal
    }

    /// The private field `changes`: what was, and what is now.
    package mutating func recordChange(before: JSONValue?, after: JSONValue?) {
        personal["changes"] = .object(
            JSONObject([
                JSONObject.Member(name: "before", value: before ?? .null),
                JSONObject.Member(name: "after", value: after ?? .null),
            ]))
    }
}

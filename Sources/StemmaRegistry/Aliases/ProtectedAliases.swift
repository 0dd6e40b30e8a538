internal import StemmaJSON

/// The aliases that are protected, and those that were at the time of an event.
///
/// The event of a move says itself whether its alias was protected. Of older events the lifecycle tells that was in force
/// then, since its revisions are kept; what the configuration protected then is not kept, so that today's counts.
struct ProtectedAliases: Sendable {
    private struct Revision: Sendable {
        let since: Timestamp
        let aliases: Set<String>
    }

    /// The member of an event's detail that says whether the alias was protected.
    static let member: String = "protected"

    private let configured: Set<String>
    /// Newest first.
    private let revisions: [Revision]

    /// Reads the lifecycles that were in force at `start` or after it; all there ever were for nil.
    init(_ policy: RegistryPolicy, since start: Timestamp?, _ reader: any MetadataReader) throws {
        configured = policy.protectedAliases
        var revisions: [Revision] = []
        var number: Int64 = try reader.lifecycleRevisionInForce()
        while number >= 1, let record = try reader.lifecycleDefinition(number) {
            let definition = try LifecycleDefinition(.object(try StoredJSON.object(record.json)))
            revisions.append(Revision(since: record.created, aliases: definition.guardedAliases))
            if let start, record.created <= start { break }
            number -= 1
        }
        self.revisions = revisions
    }

    /// Every alias that was protected at some moment since the start, by name, but for those that only a configuration of
    /// before protected.
    var ever: [String] { revisions.reduce(configured) { $0.union($1.aliases) }.sorted() }

    /// Whether the alias was protected when the event happened.
    func contains(_ alias: String, at event: AuditEvent) -> Bool {
        if let told = event.detail[ProtectedAliases.member]?.bool { return told }
        return configured.contains(alias)
            || revisions.first { $0.since <= event.record.timestamp }?.aliases.contains(alias) == true
    }
}

extension LifecycleDefinition {
    /// Aliases that are bound to a state, or that may point only at versions in certain ones.
    var guardedAliases: Set<String> {
        Set(states.compactMap(\.alias)).union(protectedAliases.map(\.alias))
    }
}

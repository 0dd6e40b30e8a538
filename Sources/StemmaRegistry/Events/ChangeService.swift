/// Answers the change feed.
package struct ChangeService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// The longest that a request may wait for a change, in seconds.
    package static let waitSecondsMax: Int = 60
    /// Entries of one answer at most.
    package static let pageMax: Int = 500

    /// Somebody's view of the feed. `types` are operations separated by commas; nil for all. Throws `permissionDenied`.
    package func follow(
        model: String?, types: String?, _ principal: Principal
    ) throws -> ChangeFilter {
        try principal.require(.readModels)
        let wanted: [Substring] = types?.split(separator: ",") ?? []
        return ChangeFilter(model: model, types: Set(wanted.map(String.init)), scope: principal.scope)
    }

    /// Entries after `sequence`, -1 for all of them.
    package func read(
        after sequence: Int64, _ filter: ChangeFilter, limit: Int, waitSeconds: Int
    ) async throws -> ChangeFeed.Page {
        try await core.changes.read(
            after: sequence, filter, limit: limit, until: .now.advanced(by: .seconds(waitSeconds)))
    }

    /// The sequence of the last entry of the log, -1 where there is none.
    package func last() async throws -> Int64 { try await core.changes.head() - 1 }

    /// Whether the registry is being closed.
    package var hasEnded: Bool { get async { await core.changes.hasEnded } }
}

/// Answers the change feed.
package struct ChangeService: Sendable {
    private let core: RegistryCore
    private let tokens: TokenDirectory

    package init(core: RegistryCore, tokens: TokenDirectory) {
        self.core = core
        self.tokens = tokens
    }

    /// The longest that nothing is looked at, neither the feed nor the token that waits for it.
    package static let heartbeatSeconds: Int = 15
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

    /// Entries after `sequence`, -1 for all of them. Throws `unauthenticated` where the token was revoked or has expired
    /// while the answer waited: nothing is told any more to whom it is taken.
    package func read(
        after sequence: Int64, _ filter: ChangeFilter, limit: Int, waitSeconds: Int, _ principal: Principal
    ) async throws -> ChangeFeed.Page {
        var (position, rest): (Int64, Int) = (sequence, waitSeconds)
        while true {
            let seconds: Int = min(rest, ChangeService.heartbeatSeconds)
            let page: ChangeFeed.Page = try await core.changes.read(
                after: position, filter, limit: limit, until: .now.advanced(by: .seconds(seconds)))
            guard tokens.isValid(principal, at: core.environment.now()) else {
                throw StemmaError(.unauthenticated, "the token was revoked or has expired")
            }
            (position, rest) = (page.next, rest - seconds)
            if !page.events.isEmpty || rest == 0 || Task.isCancelled { return page }
            if await hasEnded { return page }
        }
    }

    /// The sequence of the last entry of the log, -1 where there is none.
    package func last() async throws -> Int64 { try await core.changes.head() - 1 }

    /// Whether the registry is being closed.
    package var hasEnded: Bool { get async { await core.changes.hasEnded } }
}

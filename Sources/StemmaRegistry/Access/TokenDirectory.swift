package import StemmaDigest
internal import Synchronization

/// The tokens that are valid now, in memory: what every request is checked against.
package final class TokenDirectory: ReadModel {
    private struct Entries {
        var byHash: [Digest: Principal] = [:]
        var hashByID: [String: Digest] = [:]
    }

    private let entries = Mutex(Entries())

    package init() {}

    /// The principal whose token text has that SHA-256, unless the token is revoked or expired.
    ///
    /// Looking a 256-bit hash up in a table leaks nothing useful by its timing: an attacker would have to choose preimages.
    package func principal(secretHash: Digest, at now: Timestamp) -> Principal? {
        guard let principal = entries.withLock({ $0.byHash[secretHash] }) else { return nil }
        if let expires = principal.expires, expires <= now { return nil }
        return principal
    }

    /// Whether the token that a principal came with is still neither revoked nor expired: for what goes on after a request
    /// was let in.
    package func isValid(_ principal: Principal, at now: Timestamp) -> Bool {
        if let expires = principal.expires, expires <= now { return false }
        return entries.withLock { $0.hashByID[principal.tokenID] != nil }
    }

    /// How many tokens are valid or about to expire.
    package var count: Int { entries.withLock { $0.byHash.count } }

    package func apply(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .tokenAdded(let record): add(record)
            case .tokenRevoked(let id): remove(id)
            case .aliasSet, .aliasRemoved, .trafficSet, .modelRemoved: break
            }
        }
    }

    /// Loads every token that is not revoked.
    package func load(from store: any MetadataStore) async throws {
        let records: [TokenRecord] = try await store.read { reader in
            var records: [TokenRecord] = []
            try reader.forEachLiveToken { records.append($0) }
            return records
        }
        for record in records { add(record) }
    }

    private func add(_ record: TokenRecord) {
        let principal = Principal(
            id: record.principalID, pseudonym: record.pseudonym, subject: record.subject, tokenID: record.id,
            roles: Set(record.roles.compactMap { Role($0) }), scope: ModelScope(patterns: record.models),
            expires: record.expires)
        entries.withLock { entries in
            entries.byHash[record.secretHash] = principal
            entries.hashByID[record.id] = record.secretHash
        }
    }

    private func remove(_ id: String) {
        entries.withLock { entries in
            if let hash = entries.hashByID.removeValue(forKey: id) { entries.byHash[hash] = nil }
        }
    }
}

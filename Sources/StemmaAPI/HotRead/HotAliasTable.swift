internal import StemmaHTTP
package import StemmaRegistry
internal import Synchronization

/// Every alias with its finished answer: the read that deploy tooling makes thousands of times a second.
///
/// Kept current by the registry after each commit, before the writer is answered, so that nobody who saw a move being
/// confirmed can read the version before it.
package final class HotAliasTable: ReadModel {
    private struct Entry: Sendable {
        let answer: InlineResponse
        let unmodified: InlineResponse
        let etag: [UInt8]
        let target: ConsumerTarget
    }

    private let entries = Mutex<[String: [String: Entry]]>([:])

    package init() {}

    package func apply(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .aliasSet(let record):
                let entry: Entry = HotAliasTable.entry(record)
                entries.withLock { $0[record.model, default: [:]][record.alias] = entry }
            case .aliasRemoved(let model, let alias):
                entries.withLock { _ = $0[model]?.removeValue(forKey: alias) }
            case .modelRemoved(let name):
                entries.withLock { _ = $0.removeValue(forKey: name) }
            case .trafficSet, .tokenAdded, .tokenRevoked: break
            }
        }
    }

    /// Loads every alias at start.
    package func load(from store: any MetadataStore) async throws {
        let records: [AliasRecord] = try await store.read { reader in
            var records: [AliasRecord] = []
            try reader.forEachAlias { records.append($0) }
            return records
        }
        apply(records.map { .aliasSet($0) })
    }

    /// Answers on the socket thread, noting the consumer that says who it is; nil leaves everything out of the ordinary (no
    /// or a bad token, no such alias, a bad consumer name) to the ordinary handler, which explains it.
    func responder(_ authenticator: Authenticator, _ consumers: ConsumerLog) -> InlineHandler {
        { request in
            guard let principal = authenticator.principal(authorization: request.authorization),
                principal.may(.readModels),
                request.parameters.count == 2
            else { return nil }
            let model = String(decoding: request.parameters[0], as: UTF8.self)
            guard principal.scope.isUnlimited || principal.scope.contains(model) else { return nil }
            let alias = String(decoding: request.parameters[1], as: UTF8.self)
            guard let entry = self.entries.withLock({ $0[model]?[alias] }) else { return nil }
            let isConditional: Bool = !request.ifNoneMatch.isEmpty
            if isConditional, !request.ifNoneMatch.elementsEqual(entry.etag) { return nil }
            if !request.consumer.isEmpty {
                guard let name = ConsumerName(bytes: request.consumer) else { return nil }
                consumers.note(entry.target, name)
            }
            return isConditional ? entry.unmodified : entry.answer
        }
    }

    private static func entry(_ record: AliasRecord) -> Entry {
        let representation: Representation = AliasDocument.represent(record)
        var fields = HTTPFields([("etag", representation.etag), ("cache-control", "no-cache")])
        DeprecationFields.append(record.deprecation, to: &fields)
        var full: HTTPFields = fields
        full.append("content-type", Answering.json)
        return Entry(
            answer: InlineResponse(status: 200, headers: full, body: representation.body),
            unmodified: InlineResponse(status: 304, headers: fields), etag: Array(representation.etag.utf8),
            target: ConsumerTarget(record))
    }
}

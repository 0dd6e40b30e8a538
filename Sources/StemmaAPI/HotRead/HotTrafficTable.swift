internal import StemmaHTTP
package import StemmaRegistry
internal import Synchronization

/// The split of every model with something in production, as a finished answer: what routers read as often as aliases.
///
/// Kept current as `HotAliasTable` is.
package final class HotTrafficTable: ReadModel {
    private struct Entry: Sendable {
        let answer: InlineResponse
        let unmodified: InlineResponse
        let etag: [UInt8]
    }

    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    package func apply(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .trafficSet(let record):
                // Models with nothing in production are many and asked by nobody: the ordinary handler answers for them.
                let entry: Entry? = record.production == nil ? nil : HotTrafficTable.entry(record)
                entries.withLock { $0[record.model] = entry }
            case .modelRemoved(let name):
                entries.withLock { _ = $0.removeValue(forKey: name) }
            case .aliasSet, .aliasRemoved, .tokenAdded, .tokenRevoked: break
            }
        }
    }

    /// Loads every split at start.
    package func load(from store: any MetadataStore) async throws {
        let records: [TrafficRecord] = try await store.read { reader in
            var records: [TrafficRecord] = []
            try reader.forEachTraffic { records.append($0) }
            return records
        }
        apply(records.map { .trafficSet($0) })
    }

    /// Answers on the socket thread; nil leaves everything out of the ordinary to the ordinary handler, and readers who say
    /// who they are, too: they use every version of the split.
    func responder(_ authenticator: Authenticator) -> InlineHandler {
        { request in
            guard request.consumer.isEmpty,
                let principal = authenticator.principal(authorization: request.authorization),
                principal.may(.readModels),
                request.parameters.count == 1
            else { return nil }
            let model = String(decoding: request.parameters[0], as: UTF8.self)
            guard principal.scope.isUnlimited || principal.scope.contains(model) else { return nil }
            guard let entry = self.entries.withLock({ $0[model] }) else { return nil }
            if !request.ifNoneMatch.isEmpty {
                return request.ifNoneMatch.elementsEqual(entry.etag) ? entry.unmodified : nil
            }
            return entry.answer
        }
    }

    private static func entry(_ record: TrafficRecord) -> Entry {
        let representation: Representation = TrafficDocument.represent(record)
        let fields = HTTPFields([("etag", representation.etag), ("cache-control", "no-cache")])
        var full: HTTPFields = fields
        full.append("content-type", Answering.json)
        return Entry(
            answer: InlineResponse(status: 200, headers: full, body: representation.body),
            unmodified: InlineResponse(status: 304, headers: fields), etag: Array(representation.etag.utf8))
    }
}

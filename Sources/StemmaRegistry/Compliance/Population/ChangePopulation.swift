internal import StemmaJSON

/// One page of changes, and what they are drawn from.
package struct ChangePopulation: Sendable {
    package let page: ListAnswer
    /// Changes of the whole period.
    package let count: Int64
    /// Events that the log had; nil for tokens that reach only some models.
    package let logSize: Int64?
    /// The events of the period: first, and the first that is not of it. Nil as above.
    package let range: Range<Int64>?
}

extension PopulationService {
    /// Every change of what was in service from `from` to before `to`, nil for the log's ends: transitions into and out of
    /// production, moves of aliases that were protected then, deployments, rollouts and rollbacks, in the order of the log.
    /// What a first page began with the following ones go on with. Throws `validationFailed` where the period ends before it
    /// begins, `invalidCursor`.
    package func readChanges(
        _ request: ListRequest, from: Timestamp?, to: Timestamp?, _ principal: Principal
    ) async throws -> ChangePopulation {
        try principal.require(.readAudit)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        if let from, let to, to < from {
            throw StemmaError.validation([ShapeFault(pointer: "?to", detail: "must not lie before from")])
        }
        let identity: String = "changes/\(from?.description ?? "")/\(to?.description ?? "")"
        let codec = Cursor(key: core.cursorKey, identity: identity)
        let cursor: [SortValue]? = try request.cursor.map { text in try codec.decode(text) }
        return try await core.store.read { [core] reader in
            let size: Int64
            var next: Int64?
            if let cursor {
                guard cursor.count == 2, case .integer(let position) = cursor[0], case .integer(let kept) = cursor[1]
                else { throw Cursor.refusal }
                (next, size) = (position, kept)
            } else {
                size = try reader.auditSize()
            }
            let start: Int64 =
                try from.map { try reader.auditSequence(since: $0) ?? size } ?? 0
            let end: Int64 =
                try to.map { try reader.auditSequence(since: $0) ?? size } ?? size
            let range: Range<Int64> = min(start, size)..<max(min(start, size), min(end, size))
            let scan = Scan(
                reader, principal.scope, protected: try ProtectedAliases(core.policy, since: from, reader))
            var items: [[UInt8]] = []
            var following: Int64?
            try scan.run(max(range.lowerBound, next ?? 0)..<range.upperBound) { change in
                guard items.count < limit else {
                    following = change.event.record.sequence
                    return false
                }
                items.append(try change.json(reader))
                return true
            }
            var count: Int64 = 0
            try scan.run(range) { _ in
                count += 1
                return true
            }
            let isWhole: Bool = principal.scope.isUnlimited
            return ChangePopulation(
                page: ListAnswer(
                    items: items, nextCursor: following.map { codec.encode([.integer($0), .integer(size)]) }),
                count: count, logSize: isWhole ? size : nil, range: isWhole ? range : nil)
        }
    }

    /// A walk over events that may be changes.
    private struct Scan {
        private let reader: any MetadataReader
        private let scope: ModelScope
        private let protected: ProtectedAliases
        private static let batch: Int = 500

        init(_ reader: any MetadataReader, _ scope: ModelScope, protected: ProtectedAliases) {
            self.reader = reader
            self.scope = scope
            self.protected = protected
        }

        /// Until `body` answers false.
        func run(_ range: Range<Int64>, _ body: (ServiceChange) throws -> Bool) throws {
            var start: Int64 = range.lowerBound
            while start < range.upperBound {
                let records: [AuditRecord] = try reader.events(
                    actions: ServiceChange.actions, in: start..<range.upperBound, scope: scope, limit: Self.batch)
                for record in records {
                    guard let change = ServiceChange(try AuditEvent(record), protected: protected) else { continue }
                    guard try body(change) else { return }
                }
                guard records.count == Self.batch, let last = records.last else { return }
                start = last.sequence + 1
            }
        }
    }
}

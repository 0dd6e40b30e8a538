internal import StemmaDigest
package import StemmaJSON

/// Takes what monitoring measured of versions and gives it back.
package struct ObservationService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Stores a batch for one version, in whatever state. The log gets one event with counts, without values.
    /// Throws `validationFailed` with a fault an item, `modelNotFound`, `versionNotFound`, `draftVersion`.
    package func recordObservations(
        model name: String, version: String, _ body: JSONValue, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.recordObservations)
        let limits: Limits = core.policy.limits
        // Sorted before the transaction, which others wait for.
        let batch = try ObservationBatch(body, now: core.environment.now(), limits)
        return try await core.gate.mutate("record_observations", context) { transaction, now in
            let record: VersionRecord = try VersionResolver.exact(
                model: name, version: version, context.principal, transaction)
            guard record.status == .ready else {
                throw StemmaError(.draftVersion, "\(record.version) is a draft; there is nothing of it to observe yet")
            }
            let replaced: Int =
                try ObservationRecorder.record(batch, version: record.id, at: now, limits, transaction) + batch.repeated
            let event = AuditDraft(
                .version(model: record.model, version: record.version),
                detail: [
                    "accepted": .integer(Int64(batch.count)), "replaced": .integer(Int64(replaced)),
                    "metrics": .integer(Int64(batch.series.count)),
                ])
            return MutationGate.Mutation(
                Answer(.updated, body: ObservationService.receipt(batch, record, replaced: replaced)), event: event)
        }
    }

    private static func receipt(_ batch: ObservationBatch, _ record: VersionRecord, replaced: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("accepted", batch.count)
        writer.field("replaced", replaced)
        writer.field("metrics", batch.series.map(\.metric))
        writer.field("from", batch.from.description)
        writer.field("to", batch.to.description)
        writer.endObject()
        return writer.finish()
    }

    /// Observations metric by metric, each in order of time. Throws `validationFailed`, `invalidCursor`, `modelNotFound`,
    /// `versionNotFound`, `aliasNotFound`.
    package func listObservations(
        model name: String, ref: String, _ query: ObservationQuery, _ request: ListRequest, _ principal: Principal
    ) async throws -> (page: ListAnswer, version: VersionRecord) {
        try principal.require(.readModels)
        let limits: Limits = core.policy.limits
        let limit: Int = try limits.listLimit(request.limit)
        if let from = query.from, let to = query.to, from >= to {
            throw StemmaError.validation([ShapeFault(pointer: "?to", detail: "must be later than from")])
        }
        let now: Timestamp = core.environment.now()
        let key: [UInt8] = core.cursorKey
        return try await core.store.read { reader in
            let version: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let codec = Cursor(key: key, identity: ObservationService.identity(of: query, version))
            let list = ObservationList(query: query, now: now, limits: limits, reader: reader)
            let found = try list.page(
                version: version.id, after: try request.cursor.map { try ObservationService.position($0, codec) },
                limit: limit)
            let next: String? = found.next.map { position in
                codec.encode([
                    .integer(position.series), .integer(position.period), .text(position.resolution.rawValue),
                ])
            }
            return (ListAnswer(items: found.items, nextCursor: next), version)
        }
    }

    private static func identity(of query: ObservationQuery, _ version: VersionRecord) -> String {
        let parts: [String] = [
            "observations", String(version.id), query.metric.map { "=" + $0 } ?? "", query.from?.description ?? "",
            query.to?.description ?? "", query.resolution?.rawValue ?? "",
        ]
        return parts.joined(separator: "\u{0}")
    }

    private static func position(_ cursor: String, _ codec: Cursor) throws(StemmaError) -> ObservationList.Position {
        let values: [SortValue] = try codec.decode(cursor)
        guard values.count == 3, case .integer(let series) = values[0], case .integer(let period) = values[1],
            case .text(let name) = values[2], let resolution = ObservationResolution(rawValue: name)
        else { throw Cursor.refusal }
        return ObservationList.Position(series: series, period: period, resolution: resolution)
    }

    /// Every metric of a version in a few numbers. Throws `modelNotFound`, `versionNotFound`, `aliasNotFound`.
    package func summarizeObservations(
        model name: String, ref: String, _ principal: Principal
    ) async throws -> (body: [UInt8], version: VersionRecord) {
        try principal.require(.readModels)
        let now: Timestamp = core.environment.now()
        // Up to the last value that is taken: clocks of monitoring may run ahead.
        let end: Timestamp = now.adding(milliseconds: core.policy.limits.observationFutureMilliseconds + 1)
        return try await core.store.read { reader in
            let version: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("model_id", "\(version.model)_v\(version.version)")
            writer.field("as_of", now.description)
            writer.key("metrics")
            writer.beginArray()
            for series in try reader.observationSeries(version: version.id) {
                func statistics(days: Int64?) throws -> ObservationStatistics? {
                    let from: Timestamp =
                        days.map { now.adding(milliseconds: -$0 * Timestamp.dayMilliseconds) } ?? .start(ofDay: 0)
                    return try reader.statistics(version: version.id, metric: series.metric, from: from, to: end)
                }
                guard let all = try statistics(days: nil), let first = try ObservationList.first(of: series, reader)
                else { continue }
                writer.beginObject()
                writer.field("metric", series.metric)
                writer.field("first_at", first.description)
                writer.field("last_at", all.lastAt.description)
                writer.field("count", all.count)
                writer.field("mean_7d", try statistics(days: 7)?.mean)
                writer.field("mean_30d", try statistics(days: 30)?.mean)
                writer.field("last", all.last)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            return (writer.finish(), version)
        }
    }
}

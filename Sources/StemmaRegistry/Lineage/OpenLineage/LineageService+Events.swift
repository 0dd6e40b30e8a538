internal import StemmaDigest
package import StemmaJSON

extension LineageService {
    /// Takes OpenLineage events: one, or an array of them. Of an array each is taken or refused by itself, and the answer says
    /// which were refused. Events that say nothing new change nothing.
    ///
    /// Throws `validationFailed` for one event alone, `payloadTooLarge` for too many.
    package func ingestLineageEvents(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.writeLineage)
        let limits: Limits = core.policy.limits
        let isBatch: Bool = body.array != nil
        let sent: [JSONValue] = body.array ?? [body]
        guard sent.count <= limits.lineageEventsPerRequest else {
            throw StemmaError(
                .payloadTooLarge,
                "\(sent.count) events came at once; at most \(limits.lineageEventsPerRequest) are taken in one request")
        }
        let latest: Timestamp = core.environment.now().adding(milliseconds: limits.lineageEventAheadMilliseconds)
        let events: [Result<OpenLineageEvent, StemmaError>] = sent.map { event in
            do throws(StemmaError) {
                return .success(try OpenLineageEvent(event, latest: latest))
            } catch {
                return .failure(error)
            }
        }
        if !isBatch, case .failure(let error)? = events.first { throw error }
        let digest: Digest = SHA256Hasher.digest(StoredJSON.text(["events": body]))
        return try await core.gate.mutate("ingest_lineage_events", context) { [core] transaction, now in
            var writer = OpenLineageWriter(transaction, now: now, principal: context.principal.id, limits: limits)
            var changed: Int64 = 0
            var failed: [(index: Int, reason: String)] = []
            for (index, event) in events.enumerated() {
                switch event {
                case .failure(let error): failed.append((index, error.explained))
                case .success(let event): if try writer.write(event) { changed += 1 }
                }
            }
            let answer = LineageService.summary(received: events.count, failed)
            guard changed > 0 else { return MutationGate.Mutation(Answer(.unchanged, body: answer), event: nil) }
            let held = try ImpactQuarantine.extend(core, transaction, now, context.principal)
            let event = AuditDraft(
                .lineage,
                detail: [
                    "received": .integer(Int64(events.count)), "changed": .integer(changed),
                    "refused": .integer(Int64(failed.count)), "request_digest": .string(digest.description),
                ])
            return MutationGate.Mutation(
                Answer(isBatch ? .updated : .created, body: answer), event: event, further: held.further,
                effects: held.effects)
        }
    }

    /// Runs of a job, the latest first. Throws `entityNotFound`, `validationFailed` where no job is named.
    package func listLineageRuns(
        job: String?, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        guard let job else {
            throw StemmaError.validation([ShapeFault(pointer: "?job", detail: "is needed: namespace:name of a job")])
        }
        let node: LineageNodeID = try LineageService.node(type: LineageEntityType.system.rawValue, key: job)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let codec = Cursor(key: core.cursorKey, identity: "lineage-runs/" + job)
        var last: (moment: Timestamp, id: String)?
        if let cursor = request.cursor {
            let values: [SortValue] = try codec.decode(cursor)
            guard values.count == 2, case .integer(let moment) = values[0], case .text(let id) = values[1] else {
                throw Cursor.refusal
            }
            last = (Timestamp(milliseconds: moment), id)
        }
        let after: (moment: Timestamp, id: String)? = last
        let runs: [LineageRunRecord] = try await core.store.read { reader in
            let record: LineageEntityRecord = try LineageService.find(node, principal, reader)
            return try reader.lineageRuns(job: record.id, before: after, limit: limit + 1)
        }
        let page: ArraySlice<LineageRunRecord> = runs.prefix(limit)
        let next: String? =
            runs.count > limit
            ? page.last.map {
                codec.encode([.integer($0.stateTime.milliseconds), .text($0.runID)])
            } : nil
        return ListAnswer(items: page.map { LineageRunDocument.represent($0, job: node) }, nextCursor: next)
    }

    /// What became of the events, in the words of the standard's batch answer.
    private static func summary(received: Int, _ failed: [(index: Int, reason: String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("status", failed.isEmpty ? "success" : failed.count == received ? "failure" : "partial_success")
        writer.key("summary")
        writer.beginObject()
        writer.field("received", received)
        writer.field("successful", received - failed.count)
        writer.field("failed", failed.count)
        writer.field("retriable", 0)
        writer.field("non_retriable", failed.count)
        writer.endObject()
        writer.key("failed_events")
        writer.beginArray()
        for failure in failed {
            writer.beginObject()
            writer.field("index", failure.index)
            writer.field("reason", failure.reason)
            writer.field("retriable", false)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }
}

/// Runs and answers to events.
package enum LineageRunDocument {
    package static let document: Shape = .named(
        "LineageRun",
        .object([
            Shape.Field("run_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("job", .text(maxBytes: 1_020), required: true, "`system:namespace:name`"),
            Shape.Field("parent_run_id", .nullable(.text(maxBytes: 1_000)), required: true),
            Shape.Field(
                "state", .choice(OpenLineageEvent.RunState.allCases.map(\.rawValue)), required: true,
                "As the latest event has it"),
            Shape.Field("state_at", CommonShapes.time, required: true),
            Shape.Field("started_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("ended_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("facets", .map(of: .any, maxCount: 1_000, keyBytes: 1_000), required: true),
        ]))

    /// What became of events.
    package static let results: Shape = .named(
        "LineageEventResults",
        .object([
            Shape.Field("status", .choice(["success", "partial_success", "failure"]), required: true),
            Shape.Field(
                "summary",
                .object(
                    ["received", "successful", "failed", "retriable", "non_retriable"].map {
                        Shape.Field($0, .count, required: true)
                    }), required: true),
            Shape.Field(
                "failed_events",
                .array(
                    of: .object([
                        Shape.Field("index", .count, required: true),
                        Shape.Field("reason", .text(maxBytes: 10_000), required: true),
                        Shape.Field("retriable", .boolean, required: true),
                    ]), count: 0...Limits().lineageEventsPerRequest), required: true),
        ]))

    static func represent(_ record: LineageRunRecord, job: LineageNodeID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("run_id", record.runID)
        writer.field("job", job.description)
        writer.field("parent_run_id", record.parentRunID)
        writer.field("state", record.state)
        writer.field("state_at", record.stateTime.description)
        writer.field("started_at", record.started?.description)
        writer.field("ended_at", record.ended?.description)
        writer.field("facets", raw: record.facets ?? Array("{}".utf8))
        writer.endObject()
        return writer.finish()
    }
}

package import StemmaJSON

/// Answers how long events are kept, and ends the retention of those whose time has passed.
package struct RetentionService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    package static let document: Shape = .named(
        "Retention",
        .object([
            Shape.Field(
                "retention_days", .count, required: true, "The configured days or the longest floor, which is more"),
            Shape.Field(
                "floors", .map(of: .count, maxCount: 100, keyBytes: 64), required: true,
                "Days that each framework in force demands"),
            Shape.Field("events", .count, required: true, "Events of the log, pruned ones included"),
            Shape.Field("first_kept_sequence", .nullable(.count), required: true),
            Shape.Field("first_kept_at", .nullable(CommonShapes.time), required: true),
            Shape.Field(
                "pruned_ranges", .array(of: range, count: 0...1_000), required: true,
                "What was pruned and nothing else, the latest ranges, at most 1,000"),
            Shape.Field(
                "clock", .nullable(.text(maxBytes: 1_000)), required: true, "Why nothing is pruned; null while it is"),
        ]))

    private static let range: Shape = .object([
        Shape.Field("from", .count, required: true), Shape.Field("to", .count, required: true),
    ])

    package static let request: Shape = .named(
        "RetentionRun",
        .object([
            Shape.Field(
                "confirm_clock", .boolean,
                "True where somebody looked at the clock: without it nothing is pruned after a jump of more than a day")
        ]))

    package static let outcome: Shape = .named(
        "RetentionOutcome",
        .object([
            Shape.Field("pruned", .count, required: true, "Events whose texts are gone now"),
            Shape.Field("held", .count, required: true, "Events that a legal hold keeps"),
        ]))

    /// A body of `document`.
    package func readRetention(_ principal: Principal) async throws -> [UInt8] {
        try principal.requireEverywhere(.readAudit)
        let refusal: String? = try await AuditPruner(core: core).clockRefusal()
        let days: Int64 = AuditPruner(core: core).retentionMilliseconds / 86_400_000
        let floors: [(framework: String, days: Int64)] = core.compliance.retentionFloors
        return try await core.store.read { reader in
            let kept = try reader.firstKeptEvent(from: 0)
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            writer.field("retention_days", days)
            writer.key("floors")
            writer.beginObject()
            for floor in floors { writer.field(floor.framework, floor.days) }
            writer.endObject()
            writer.field("events", try reader.auditSize())
            writer.field("first_kept_sequence", kept?.sequence)
            writer.field("first_kept_at", kept?.at.description)
            writer.key("pruned_ranges")
            writer.beginArray()
            for range in try reader.prunedRanges().suffix(1_000) {
                writer.beginObject()
                writer.field("from", range.lowerBound)
                writer.field("to", range.upperBound)
                writer.endObject()
            }
            writer.endArray()
            writer.field("clock", refusal)
            writer.endObject()
            return writer.finish()
        }
    }

    /// Prunes now; answers a body of `outcome`. Throws `retentionRefused` where the clock stands more than a day from where it
    /// stood and nobody confirms it.
    package func runRetention(_ body: JSONValue, _ context: RequestContext) async throws -> [UInt8] {
        try context.principal.requireEverywhere(.managePrivacy)
        let faults: [ShapeFault] = RetentionService.request.faults(in: body)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let result: AuditPruner.Outcome = try await AuditPruner(core: core).run(
            confirmingClock: body["confirm_clock"]?.bool ?? false, context)
        if let refusal = result.refusal { throw StemmaError(.retentionRefused, refusal) }
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.field("pruned", result.pruned)
        writer.field("held", result.held)
        writer.endObject()
        return writer.finish()
    }
}

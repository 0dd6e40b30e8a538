package import StemmaJSON

/// Assessments as sent and answered.
package enum AssessmentDocument {
    private static let limits = Limits()
    private static let change: Shape = .choice(ImpactChange.allCases.map(\.rawValue))
    private static let reason: Shape = .text(maxBytes: limits.rationaleBytes, minBytes: 1) { text in
        text.isBlank ? "must not be blank" : nil
    }

    package static let request: Shape = .named(
        "ImpactAssessmentRequest",
        .object([
            Shape.Field("node", LineageShapes.node, required: true, "What changed"),
            Shape.Field("change", change, "How it changed, `changed` where absent"),
            Shape.Field("reason", reason, required: true, "What happened"),
            Shape.Field(
                "quarantine", .boolean,
                "Hold back every version downstream, and those that come to derive from it later, until it is closed"),
            Shape.Field("due_at", .nullable(CommonShapes.time), "When everybody is to have answered"),
        ]))

    package static let acknowledgement: Shape = .named(
        "ImpactAcknowledgement",
        .object([
            Shape.Field("node", LineageShapes.node, required: true, "The line of the checklist"),
            Shape.Field("comment", CommonShapes.rationale, "What was decided about it"),
        ]))

    package static let closing: Shape = .named(
        "ImpactAssessmentClosing",
        .object([Shape.Field("reason", reason, required: true, "Why it is over; what it holds back is let go")]))

    private static let item: Shape = .object([
        Shape.Field("node", .text(maxBytes: limits.lineageKeyBytes + 20), required: true),
        Shape.Field("owner", CommonShapes.line, required: true),
        Shape.Field("quarantined", .boolean, required: true, "Whether this assessment holds it back"),
        Shape.Field("acknowledged_at", .nullable(CommonShapes.time), required: true),
        Shape.Field("acknowledged_by", .nullable(.text(maxBytes: 500)), required: true),
        Shape.Field("comment", CommonShapes.rationale, required: true),
    ])

    private static let summary: Shape = .object([
        Shape.Field("counts", ImpactDocument.counts, required: true),
        Shape.Field("aliases", .count, required: true), Shape.Field("deployments", .count, required: true),
        Shape.Field("consumers", .count, required: true), Shape.Field("models", .count, required: true),
        Shape.Field("training_time_hours", .number(minimum: 0), required: true),
        Shape.Field("cost", .number(minimum: 0), required: true),
        Shape.Field("truncated", .boolean, required: true, "Whether more is affected than was looked at"),
    ])

    private static let members: [Shape.Field] = [
        Shape.Field("id", .text(maxBytes: 64), required: true),
        Shape.Field("node", .text(maxBytes: limits.lineageKeyBytes + 20), required: true),
        Shape.Field("change", change, required: true), Shape.Field("reason", reason, required: true),
        Shape.Field("status", .choice(["open", "closed"]), required: true),
        Shape.Field("quarantine", .boolean, required: true),
        Shape.Field("due_at", .nullable(CommonShapes.time), required: true),
        Shape.Field(
            "impact", .nullable(summary), required: true,
            "What was found when it was made; null for a token that reaches only some models, unless it was made with one of its holder's"
        ),
        Shape.Field("items", .count, required: true, "Lines of the checklist that the reader may see"),
        Shape.Field("unacknowledged", .count, required: true),
        Shape.Field("created_at", CommonShapes.time, required: true),
        Shape.Field("created_by", .text(maxBytes: 500), required: true),
        Shape.Field("updated_at", CommonShapes.time, required: true),
        Shape.Field("closed_at", .nullable(CommonShapes.time), required: true),
        Shape.Field("closed_by", .nullable(.text(maxBytes: 500)), required: true),
        Shape.Field("close_reason", CommonShapes.rationale, required: true),
        Shape.Field(
            "checklist", .array(of: item, count: 0...limits.impactItems), required: true,
            "In a safe order of retraining, systems last"),
        Shape.Field("etag", .text(maxBytes: 64), required: true),
    ]

    package static let document: Shape = .named("ImpactAssessment", .object(members + PastDocument.fields))

    /// `items` are those that the reader may see.
    static func represent(
        _ record: ImpactAssessmentRecord, _ items: [ImpactItemRecord], _ reader: Principal
    ) -> Representation {
        // Totals would tell of models that the reader may not know of.
        let seesTotals: Bool = reader.scope.isUnlimited || record.createdBy == reader.subject
        var writer = JSONWriter(capacity: 2_048 + items.count * 200)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("node", record.node.description)
        writer.field("change", record.change.rawValue)
        writer.field("reason", record.reason)
        writer.field("status", record.closed == nil ? "open" : "closed")
        writer.field("quarantine", record.quarantines)
        writer.field("due_at", record.due?.description)
        writer.field("impact", raw: seesTotals ? record.summary : nil)
        writer.field("items", items.count)
        writer.field("unacknowledged", items.count { $0.acknowledged == nil })
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        writer.field("closed_at", record.closed?.description)
        writer.field("closed_by", record.closedBy)
        writer.field("close_reason", record.closeReason)
        writer.key("checklist")
        writer.beginArray()
        for item in items {
            writer.beginObject()
            writer.field("node", item.node.description)
            writer.field("owner", item.owner)
            writer.field("quarantined", item.isQuarantined)
            writer.field("acknowledged_at", item.acknowledged?.description)
            writer.field("acknowledged_by", item.acknowledgedBy)
            writer.field("comment", item.comment)
            writer.endObject()
        }
        writer.endArray()
        return EntityTag.seal(writer.bytes)
    }

    /// What is kept of an analysis.
    static func summary(of analysis: ImpactAnalysis) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("counts", ImpactDocument.countsObject(analysis))
        writer.field("aliases", analysis.affected.reduce(0) { $0 + ($1.use?.aliases.count ?? 0) })
        writer.field("deployments", analysis.affected.reduce(0) { $0 + ($1.use?.deployments.count ?? 0) })
        writer.field("consumers", analysis.affected.reduce(0) { $0 + ($1.use?.consumers.count ?? 0) })
        writer.field("models", analysis.order.count)
        writer.field("training_time_hours", analysis.hours)
        writer.field("cost", analysis.cost)
        writer.field("truncated", analysis.truncation != nil)
        writer.endObject()
        return writer.finish()
    }
}

extension ResourcePath {
    package static func assessment(_ id: String) -> String { "/v1/lineage/assessments/" + segment(id) }
}

package import StemmaJSON

/// Quarantines as sent and answered.
package enum QuarantineDocument {
    /// Why a version is quarantined.
    private static let reason: Shape = .text(maxBytes: Limits().rationaleBytes, minBytes: 1) { text in
        text.isBlank ? "must not be blank" : nil
    }

    package static let request: Shape = .named(
        "QuarantineRequest", .object([Shape.Field("reason", reason, required: true, "Why; kept in the audit log")]))

    package static let document: Shape = .named(
        "Quarantine",
        .object(
            [
                Shape.Field("id", .text(maxBytes: 64), required: true),
                Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
                Shape.Field("reason", reason, required: true),
                Shape.Field("opened_at", CommonShapes.time, required: true),
                Shape.Field("opened_by", .text(maxBytes: 500), required: true),
                Shape.Field("lifted_at", .nullable(CommonShapes.time), required: true, "Null while it lasts"),
                Shape.Field("lifted_by", .nullable(.text(maxBytes: 500)), required: true),
                Shape.Field("lift_reason", CommonShapes.rationale, required: true),
            ] + PastDocument.fields))

    static func represent(_ record: QuarantineRecord, of version: VersionRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("model_id", "\(version.model)_v\(version.version)")
        writer.field("reason", record.reason)
        writer.field("opened_at", record.opened.description)
        writer.field("opened_by", record.openedBy)
        writer.field("lifted_at", record.lifted?.description)
        writer.field("lifted_by", record.liftedBy)
        writer.field("lift_reason", record.liftReason)
        writer.endObject()
        return writer.finish()
    }
}

internal import StemmaDigest
package import StemmaJSON

/// Legal holds as sent and answered.
package enum LegalHoldDocument {
    private static let reason: Shape = .text(maxBytes: Limits().rationaleBytes, minBytes: 1) { text in
        text.isBlank ? "must not be blank" : nil
    }

    /// Places or releases the hold of a model.
    package static let modelRequest: Shape = .named(
        "ModelLegalHoldRequest",
        .object([
            Shape.Field("active", .boolean, required: true, "True places a hold, false releases it"),
            Shape.Field("reason", reason, required: true, "Why; kept in the audit log"),
            Shape.Field("owner", CommonShapes.line, "Who is to be asked about it; the caller where it is left out"),
        ]))

    package static let request: Shape = .named(
        "LegalHoldRequest",
        .object([
            Shape.Field("model", .nullable(.text(maxBytes: 800)), "Holds the model with all its versions"),
            Shape.Field("version", .nullable(.text(maxBytes: 128)), "With `model`: holds only this version"),
            Shape.Field("subject", CommonShapes.line, "Holds what is known of a person"),
            Shape.Field("from", .nullable(.count), "With `to`: holds events of the log from this sequence"),
            Shape.Field("to", .nullable(.count), "The sequence after the last event"),
            Shape.Field("reason", reason, required: true, "Why; kept in the audit log"),
            Shape.Field("owner", CommonShapes.line, "Who is to be asked about it; the caller where it is left out"),
        ]))

    package static let releaseRequest: Shape = .named(
        "LegalHoldRelease", .object([Shape.Field("reason", reason, required: true, "Why; kept in the audit log")]))

    package static let document: Shape = .named(
        "LegalHold",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("active", .boolean, required: true),
            Shape.Field("scope", .choice(["model", "version", "subject", "events"]), required: true),
            Shape.Field("model", .nullable(.text(maxBytes: 800)), required: true),
            Shape.Field("version", .nullable(.text(maxBytes: 128)), required: true),
            Shape.Field("person", .nullable(.text(maxBytes: 64)), required: true, "The held person's pseudonym"),
            Shape.Field("from", .nullable(.count), required: true),
            Shape.Field("to", .nullable(.count), required: true),
            Shape.Field("reason", reason, required: true),
            Shape.Field("owner", .text(maxBytes: 500), required: true),
            Shape.Field("placed_at", CommonShapes.time, required: true),
            Shape.Field("placed_by", .text(maxBytes: 500), required: true),
            Shape.Field("released_at", .nullable(CommonShapes.time), required: true, "Null while it is in force"),
            Shape.Field("released_by", .nullable(.text(maxBytes: 500)), required: true),
            Shape.Field("release_reason", CommonShapes.rationale, required: true),
        ]))

    static func represent(_ record: LegalHoldRecord) -> Representation {
        var (kind, model, version, person): (String, String?, String?, String?) = ("model", nil, nil, nil)
        var events: Range<Int64>?
        switch record.scope {
        case .model(_, let name): model = name
        case .version(_, let name, let text): (kind, model, version) = ("version", name, text)
        case .person(_, let pseudonym): (kind, person) = ("subject", pseudonym)
        case .events(let range): (kind, events) = ("events", range)
        }
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("active", record.released == nil)
        writer.field("scope", kind)
        writer.field("model", model)
        writer.field("version", version)
        writer.field("person", person)
        writer.field("from", events?.lowerBound)
        writer.field("to", events?.upperBound)
        writer.field("reason", record.reason)
        writer.field("owner", record.owner)
        writer.field("placed_at", record.placed.description)
        writer.field("placed_by", record.placedBy)
        writer.field("released_at", record.released?.description)
        writer.field("released_by", record.releasedBy)
        writer.field("release_reason", record.releaseReason)
        writer.endObject()
        let body: [UInt8] = writer.finish()
        return Representation(etag: Representation.etag(of: body), body: body)
    }
}

extension LegalHoldRecord {
    var filterValues: [String: FilterValue?] {
        var values: [String: FilterValue?] = [
            "id": .string(id), "active": .boolean(released == nil), "owner": .string(owner),
            "placed_at": .time(placed.milliseconds), "placed_by": .string(placedBy),
            "released_at": released.map { .time($0.milliseconds) }, "released_by": releasedBy.map { .string($0) },
        ]
        switch scope {
        case .model(_, let name): (values["scope"], values["model"]) = (.string("model"), .string(name))
        case .version(_, let name, _): (values["scope"], values["model"]) = (.string("version"), .string(name))
        case .person: values["scope"] = .string("subject")
        case .events: values["scope"] = .string("events")
        }
        return values
    }
}

internal import StemmaDigest
package import StemmaJSON

/// Requests to erase what is known of a person, as sent and answered.
package enum ErasureDocument {
    private static let limits = Limits()

    /// On which ground of Article 17(1) of the GDPR, or of the CCPA's right to delete, a person asks.
    package static let bases: [String] = [
        "gdpr-17-1-a", "gdpr-17-1-b", "gdpr-17-1-c", "gdpr-17-1-d", "gdpr-17-1-e", "gdpr-17-1-f", "ccpa-1798-105",
        "other",
    ]

    package static let request: Shape = .named(
        "ErasureRequest",
        .object([
            Shape.Field(
                "subject", CommonShapes.requiredLine, required: true, "The subject, as tokens and owners name it"),
            Shape.Field(
                "identifiers",
                .array(
                    of: .text(maxBytes: limits.erasureIdentifierBytes.upperBound, check: identifier),
                    count: 0...limits.erasureIdentifiers),
                "Other texts by which the person is known: name, address, number"),
            Shape.Field("legal_basis", .choice(bases), required: true),
            Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log's private part"),
            Shape.Field(
                "defer",
                .nullable(
                    .object([
                        Shape.Field("ground", .choice(["legal_duty", "legal_claims"]), required: true),
                        Shape.Field("reason", CommonShapes.requiredLine, required: true, "What the person is told"),
                        Shape.Field("until", CommonShapes.time, required: true, "When it is tried again"),
                    ])), "Refuses for now, by Article 17(3)(b) or (e) of the GDPR"),
        ]))

    private static func identifier(_ text: String) -> String? {
        let least: Int = limits.erasureIdentifierBytes.lowerBound
        return text.utf8.count < least || text.isBlank ? "must have at least \(least) bytes that are not blank" : nil
    }

    package static let document: Shape = .named(
        "Erasure",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("status", .choice(["deferred", "completed"]), required: true),
            Shape.Field("person", .nullable(.text(maxBytes: 64)), required: true, "The pseudonym that is left"),
            Shape.Field("legal_basis", .choice(bases), required: true),
            Shape.Field("ground", .nullable(.choice(ErasureGround.allCases.map(\.rawValue))), required: true),
            Shape.Field("legal_holds", .array(of: .text(maxBytes: 64), count: 0...1_000), required: true),
            Shape.Field("deferral_reason", CommonShapes.rationale, required: true),
            Shape.Field("rerun_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("outcome", .nullable(outcomeShape), required: true),
            Shape.Field("requested_at", CommonShapes.time, required: true),
            Shape.Field("requested_by", .text(maxBytes: 500), required: true),
            Shape.Field("completed_at", .nullable(CommonShapes.time), required: true),
            Shape.Field(
                "due_at", CommonShapes.time, required: true, "One month after the request (GDPR, Article 12(3))"),
            Shape.Field(
                "not_covered", .array(of: .text(maxBytes: 200), count: 0...10), required: true,
                "Where the registry does not reach"),
        ]))

    private static let outcomeShape: Shape = .object([
        Shape.Field("private_values", .count, required: true, "Private values of the log that were removed"),
        Shape.Field("texts", .count, required: true, "Stored texts in which the person was replaced by the pseudonym"),
        Shape.Field("kept_answers", .count, required: true, "Kept answers to repeated requests that were removed"),
        Shape.Field("tokens", .count, required: true, "Tokens that were revoked"),
        Shape.Field(
            "versions", .array(of: .text(maxBytes: 1_000), count: 0...100_000), required: true,
            "Versions whose record no longer is what its manifest_digest was made of"),
        Shape.Field(
            "remaining",
            .array(
                of: .object([
                    Shape.Field("place", .text(maxBytes: 200), required: true, "Table and column"),
                    Shape.Field("count", .count, required: true),
                ]), count: 0...1_000), required: true,
            "Names of things in which the person is named; they stay, since other tables and the log go by them"),
        Shape.Field(
            "residue", .count, required: true, "Occurrences that are left in the database's files; 0 in all rule"),
    ])

    static func outcome(_ counts: Eraser.Counts) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("private_values", counts.privateValues)
        writer.field("texts", counts.texts)
        writer.field("kept_answers", counts.answers)
        writer.field("tokens", counts.tokens)
        writer.key("versions")
        writer.value(counts.versions.keys.sorted())
        writer.key("remaining")
        writer.value(
            .array(
                counts.remaining.sorted { $0.key < $1.key }.map { place in
                    ["place": .string(place.key), "count": .integer(place.value)]
                }))
        writer.field("residue", Int64(counts.residue))
        writer.endObject()
        return writer.finish()
    }

    private static let notCovered: [String] = [
        "artifacts and evaluation files", "backups and exports made before", "the program's own log on standard error",
        "names of models, versions, files and consumers, which are public in the log",
    ]

    static func represent(_ record: ErasureRecord) -> Representation {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("id", record.id)
        writer.field("status", record.status.rawValue)
        writer.field("person", record.pseudonym)
        writer.field("legal_basis", record.basis)
        writer.field("ground", record.ground?.rawValue)
        writer.key("legal_holds")
        writer.value(record.holds)
        writer.field("deferral_reason", record.deferralReason)
        writer.field("rerun_at", record.rerun?.description)
        writer.key("outcome")
        if let outcome = record.outcome { writer.raw(outcome) } else { writer.raw(Array("null".utf8)) }
        writer.field("requested_at", record.requested.description)
        writer.field("requested_by", record.requestedBy)
        writer.field("completed_at", record.completed?.description)
        writer.field("due_at", record.requested.adding(milliseconds: 30 * 86_400_000).description)
        writer.key("not_covered")
        writer.value(notCovered)
        writer.endObject()
        let body: [UInt8] = writer.finish()
        return Representation(etag: Representation.etag(of: body), body: body)
    }
}

extension ErasureRecord {
    var filterValues: [String: FilterValue?] {
        [
            "id": .string(id), "status": .string(status.rawValue), "person": pseudonym.map { .string($0) },
            "legal_basis": .string(basis), "ground": ground.map { .string($0.rawValue) },
            "requested_at": .time(requested.milliseconds), "requested_by": .string(requestedBy),
            "completed_at": completed.map { .time($0.milliseconds) }, "rerun_at": rerun.map { .time($0.milliseconds) },
        ]
    }
}

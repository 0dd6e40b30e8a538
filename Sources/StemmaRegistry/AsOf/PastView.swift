package import StemmaJSON

/// The registry as it was at a moment, seen within one read.
///
/// What a row says now is taken back by what happened since: its event of the log keeps what was before. Where such a value
/// was erased, and nothing else tells it, the answer names the member under `as_of_gaps` and shows it empty, rather than
/// showing what it is today. Drafts that were removed left nothing but their events; they are not shown.
final class PastView {
    let reader: any MetadataReader
    let moment: PastMoment
    private var aliases: [Int64: [PastAlias]] = [:]
    private var owners: [Int64: String?] = [:]
    /// Behind the last event that was pruned.
    private lazy var prunedEnd = Result { try reader.prunedRanges().map(\.upperBound).max() ?? 0 }

    /// Throws `validationFailed` for a moment to come.
    static func open(at time: Timestamp, _ core: RegistryCore, _ reader: any MetadataReader) throws -> PastView {
        try requirePast(time, core)
        return try PastView(at: time, reader)
    }

    /// At a moment that is known to be past.
    init(at time: Timestamp, _ reader: any MetadataReader) throws {
        self.reader = reader
        moment = PastMoment(time: time, end: try reader.auditSequence(after: time) ?? reader.auditSize())
    }

    /// The events about one thing that was made at a moment, by one of these actions.
    ///
    /// Events are pruned oldest first, and kept for what is under a legal hold: where the one that made the thing is there,
    /// those after it are.
    func trail(
        _ records: [AuditRecord], of created: Timestamp, madeBy actions: Set<String>
    ) throws -> PastTrail {
        let pruned: Int64 = try prunedEnd.get()
        let isWhole: Bool =
            try records.contains { actions.contains($0.action) && $0.timestamp == created }
            || reader.auditSequence(since: created).map { $0 >= pruned } ?? true
        return try PastTrail(
            records, moment, hasLostBefore: !isWhole, hasLostAfter: !isWhole && pruned > moment.end)
    }

    /// Throws `validationFailed` for a moment to come.
    static func requirePast(_ time: Timestamp, _ core: RegistryCore) throws(StemmaError) {
        guard time <= core.environment.now() else {
            throw StemmaError.validation([ShapeFault(pointer: "?as_of", detail: "must not lie in the future")])
        }
    }

    func wasThere(created: Timestamp, deleted: Timestamp?) -> Bool {
        created <= moment.time && (deleted.map { $0 > moment.time } ?? true)
    }

    /// The model's row as it is now, deleted since or not. Throws `modelNotFound` where it was not there, or is outside the
    /// principal's scope.
    func model(named name: String, _ principal: Principal) throws -> ModelRecord {
        guard principal.scope.contains(name), let model = try reader.model(named: name),
            wasThere(created: model.created, deleted: model.deleted)
        else {
            throw StemmaError(.modelNotFound, "there was no model named \(name) at \(moment.time)")
        }
        return model
    }

    /// The model's aliases by name, without `latest`.
    func aliases(of model: Int64, named name: String) throws -> [PastAlias] {
        if let known = aliases[model] { return known }
        var found: [PastAlias] = []
        for alias in try reader.aliasNamesEver(model: name) {
            if let past = try self.alias(alias, ofModelNamed: name) { found.append(past) }
        }
        aliases[model] = found
        return found
    }

    /// Whom to ask about the model; nil also where that was erased.
    func owner(of model: Int64, named name: String) throws -> String? {
        if let known = owners[model] { return known }
        let owner: String? = try reader.model(named: name).flatMap { try fields(of: $0).record.owner }
        owners[model] = owner
        return owner
    }

    /// Nil where there was none of that name.
    func alias(_ alias: String, ofModelNamed model: String) throws -> PastAlias? {
        guard let record = try reader.aliasEvents(model: model, alias: alias, before: moment.end, limit: 1).first else {
            return nil
        }
        let event = try AuditEvent(record)
        guard let version = AliasHistory.move(of: alias, in: event)["to"]?.string else { return nil }
        return PastAlias(alias: alias, version: version, event: event)
    }
}

/// Where an alias pointed, with the event that made it.
struct PastAlias {
    let alias: String
    let version: String
    let event: AuditEvent
}

/// Something as it was, with the members of its document that cannot be told any more.
struct Past<Record> {
    let record: Record
    let gaps: [String]
}

/// What an answer as of a moment has besides.
package enum PastDocument {
    static let fields: [Shape.Field] = [moment, gaps]
    static let gaps: Shape.Field = gaps(
        "Members whose past value was erased or pruned from the audit trail; they are shown empty")
    /// The same of what guards found.
    package static let factFields: [Shape.Field] = [
        moment,
        gaps("Members of the version, and other things that guards read, whose past value is not known any more"),
    ]

    private static let moment = Shape.Field(
        "as_of", CommonShapes.time, "The moment of which it tells; only where one was asked for")

    private static func gaps(_ summary: String) -> Shape.Field {
        Shape.Field("as_of_gaps", .array(of: .text(maxBytes: 100), count: 0...100), summary)
    }

    /// The document with `as_of` and `as_of_gaps`. `etag` in it is that of the document without them.
    static func seal(_ body: [UInt8], _ moment: Timestamp, gaps: [String] = []) -> [UInt8] {
        var bytes: [UInt8] = body
        bytes.removeLast()
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.field("as_of", moment.description)
        writer.field("as_of_gaps", gaps)
        writer.endObject()
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: writer.finish().dropFirst())
        return bytes
    }
}

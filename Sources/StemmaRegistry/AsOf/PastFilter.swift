internal import StemmaJSON

/// A filter on things as they were, which no row of the database holds any more.
struct PastFilter: Sendable {
    private let expression: FilterExpression?

    init(_ expression: FilterExpression?) { self.expression = expression }

    /// Whether the model passes. Where its verdict hangs on a value that was erased it does, and names the gap.
    func passes(_ model: Past<ModelRecord>) throws -> Bool {
        guard let expression else { return true }
        let record: ModelRecord = model.record
        let tags: JSONObject = try StoredJSON.object(record.tags)
        let metadata: JSONObject = try StoredJSON.object(record.metadata)
        let verdict: Bool? = expression.matches { path in
            switch path.segments.first {
            case "tags": Self.scalar(in: tags, path.segments.dropFirst())
            case "metadata": Self.scalar(in: metadata, path.segments.dropFirst())
            default: Self.field(path.description, of: record)
            }
        }
        return verdict ?? !model.gaps.isEmpty
    }

    /// Whether the version passes; likewise.
    func passes(_ version: Past<VersionRecord>) throws -> Bool {
        guard let expression else { return true }
        let record: VersionRecord = version.record
        let attributes = VersionAttributes.collect(
            immutable: try VersionDocument.immutable(of: record), tags: try StoredJSON.object(record.tags),
            metrics: try StoredJSON.object(record.metrics), limit: Limits().attributesPerVersion)
        var values: [String: FilterValue] = [:]
        for attribute in attributes { values[attribute.field] = FilterValue(attribute.value) }
        let verdict: Bool? = Self.matches(expression, aliases: record.aliases) { path in
            values[path.description] ?? Self.field(path.description, of: record)
        }
        return verdict ?? !version.gaps.isEmpty
    }

    /// Whether the entity of the lineage graph passes; likewise.
    func passes(_ entity: Past<LineageEntityRecord>) throws -> Bool {
        guard let expression else { return true }
        let metadata: JSONObject = try entity.record.fields.metadata.map { try StoredJSON.object($0) } ?? JSONObject()
        // What events said is often a gap, and none that a filter reads.
        var isUnknown: Bool = false
        let verdict: Bool? = expression.matches { path in
            let name: String = path.segments.first ?? ""
            if entity.gaps.contains(name) {
                isUnknown = true
                return nil
            }
            if name == "metadata" { return Self.scalar(in: metadata, path.segments.dropFirst()) }
            return Self.field(name, of: entity.record)
        }
        return verdict ?? isUnknown
    }

    /// Whether the assessment passes, of which nothing is ever unknown.
    func passes(_ record: ImpactAssessmentRecord) -> Bool {
        guard let expression else { return true }
        return expression.matches { path in Self.field(path.description, of: record) } ?? false
    }

    /// A field with several values: a test holds where it holds for one of them, `!=` where `=` holds for none.
    private static func matches(
        _ expression: FilterExpression, aliases: [String], _ lookup: (FieldPath) -> FilterValue?
    ) -> Bool? {
        switch expression {
        case .not(let inner): return matches(inner, aliases: aliases, lookup).map { !$0 }
        case .all(let parts):
            let verdicts: [Bool?] = parts.map { matches($0, aliases: aliases, lookup) }
            if verdicts.contains(false) { return false }
            return verdicts.contains(nil) ? nil : true
        case .any(let parts):
            let verdicts: [Bool?] = parts.map { matches($0, aliases: aliases, lookup) }
            if verdicts.contains(true) { return true }
            return verdicts.contains(nil) ? nil : false
        case .comparison(let field, .notEqual, let literal) where isAlias(field):
            return !aliases.contains { FilterRelation.equal.holds(.string($0), literal) == true }
        case .comparison(let field, _, _) where isAlias(field), .membership(let field, _) where isAlias(field),
            .pattern(let field, _) where isAlias(field):
            return aliases.contains { alias in expression.matches { _ in .string(alias) } == true }
        case .isNull(let field) where isAlias(field): return aliases.isEmpty
        default: return expression.matches(lookup)
        }
    }

    private static func isAlias(_ field: FilterField) -> Bool { field.path.description == "alias" }

    private static func field(_ name: String, of record: ModelRecord) -> FilterValue? {
        switch name {
        case "name": .string(record.name)
        case "description": record.description.map { .string($0) }
        case "domain": record.domain.map { .string($0) }
        case "use_case": record.useCase.map { .string($0) }
        case "owner": record.owner.map { .string($0) }
        case "created_at": .time(record.created.milliseconds)
        case "updated_at": .time(record.updated.milliseconds)
        case "created_by": .string(record.createdBy)
        case "version_count": .integer(record.versionCount)
        default: nil
        }
    }

    private static func field(_ name: String, of record: VersionRecord) -> FilterValue? {
        switch name {
        case "model": .string(record.model)
        case "model_id": .string("\(record.model)_v\(record.version)")
        case "version": SemanticVersion(record.version).map { .version($0) }
        case "number": .integer(record.number)
        case "status": .string(record.status.rawValue)
        case "state": .string(record.state.rawValue)
        case "description": record.description.map { .string($0) }
        case "created_at": .time(record.created.milliseconds)
        case "updated_at": .time(record.updated.milliseconds)
        case "created_by": .string(record.createdBy)
        case "size_bytes": .integer(record.sizeBytes)
        default: nil
        }
    }

    private static func field(_ name: String, of record: LineageEntityRecord) -> FilterValue? {
        switch name {
        case "node": .string(record.node.description)
        case "type": .string(record.node.type.rawValue)
        case "id": .string(record.node.key)
        case "name": record.fields.name.map { .string($0) }
        case "description": record.fields.description.map { .string($0) }
        case "owner": record.fields.owner.map { .string($0) }
        case "model": record.model.map { .string($0) }
        case "origin": .string(record.origin.rawValue)
        case "created_at": .time(record.created.milliseconds)
        case "created_by": .string(record.createdBy)
        case "updated_at": .time(record.updated.milliseconds)
        default: nil
        }
    }

    private static func field(_ name: String, of record: ImpactAssessmentRecord) -> FilterValue? {
        switch name {
        case "id": .string(record.id)
        case "node": .string(record.node.description)
        case "type": .string(record.node.type.rawValue)
        case "change": .string(record.change.rawValue)
        case "status": .string(record.closed == nil ? "open" : "closed")
        case "quarantines": .boolean(record.quarantines)
        case "due_at": record.due.map { .time($0.milliseconds) }
        case "created_at": .time(record.created.milliseconds)
        case "created_by": .string(record.createdBy)
        case "updated_at": .time(record.updated.milliseconds)
        case "closed_at": record.closed.map { .time($0.milliseconds) }
        default: nil
        }
    }

    private static func scalar(in object: JSONObject, _ names: ArraySlice<String>) -> FilterValue? {
        guard let name = names.first, let value = object[name] else { return nil }
        if names.count > 1 { return value.object.flatMap { scalar(in: $0, names.dropFirst()) } }
        return switch value {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .bool(let flag): .boolean(flag)
        default: nil
        }
    }
}

extension FilterValue {
    init(_ value: AttributeValue) {
        switch value {
        case .text(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .double(number)
        case .boolean(let flag): self = .boolean(flag)
        }
    }
}

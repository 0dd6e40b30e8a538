internal import StemmaDigest

/// Lists that are short enough to be read whole: the grammar and the pages of every list, applied in memory.
struct ShortList: Sendable {
    let core: RegistryCore
    /// Names the list (with its parent) in cursors.
    let list: String
    let schema: FilterSchema

    /// One row: its key, which orders the list, and what filters see; a value that is nil or absent is unknown.
    struct Row {
        let key: String
        let values: [String: FilterValue?]
        let body: () -> [UInt8]
    }

    /// The page of `rows` that the request asks for, by key in code point order. Throws `validationFailed` for a limit out
    /// of range, `invalidFilter` with the column, `invalidCursor`.
    func page(_ rows: [Row], _ request: ListRequest) throws -> ListAnswer {
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let filter = try ShortListFilter(request.filter, schema: schema)
        let codec = Cursor(key: core.cursorKey, identity: list + "\u{0}" + (request.filter ?? ""))
        var passed: [Row] = rows.filter { filter.passes($0.values) }.sorted { VersionManifest.precedes($0.key, $1.key) }
        if let cursor = request.cursor {
            guard case .text(let last)? = try codec.decode(cursor).first else { throw Cursor.refusal }
            passed = passed.filter { VersionManifest.precedes(last, $0.key) }
        }
        let page: ArraySlice<Row> = passed.prefix(limit)
        let next: String? = passed.count > limit ? page.last.map { codec.encode([.text($0.key)]) } : nil
        return ListAnswer(items: page.map { $0.body() }, nextCursor: next)
    }
}

/// A filter applied to rows in memory.
struct ShortListFilter: Sendable {
    private let expression: FilterExpression?

    /// Throws `invalidFilter` with the column.
    init(_ text: String?, schema: FilterSchema) throws(StemmaError) {
        expression = try Lister.parseFilter(text, schema)
    }

    /// Whether the row with these values passes.
    func passes(_ values: [String: FilterValue?]) -> Bool {
        guard let expression else { return true }
        return expression.matches { values[$0.description] ?? nil } == true
    }
}

extension AliasRecord {
    var filterValues: [String: FilterValue?] {
        [
            "alias": .string(alias), "version": SemanticVersion(version).map { .version($0) },
            "model_id": .string("\(model)_v\(version)"), "state": .string(state.rawValue),
            "updated_at": .time(updated.milliseconds), "updated_by": .string(updatedBy),
        ]
    }
}

extension ArtifactRecord {
    var filterValues: [String: FilterValue?] {
        [
            "path": .string(path), "digest": .string(digest.description), "size_bytes": .integer(sizeBytes),
            "media_type": .string(mediaType), "format": .string(format),
        ]
    }
}

extension TokenRecord {
    var filterValues: [String: FilterValue?] {
        [
            "id": .string(id), "subject": .string(subject), "created_at": .time(created.milliseconds),
            "created_by": createdBy.map { .string($0) }, "expires_at": expires.map { .time($0.milliseconds) },
            "revoked_at": revoked.map { .time($0.milliseconds) },
        ]
    }
}

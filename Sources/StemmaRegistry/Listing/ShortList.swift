internal import StemmaDigest

/// Filters of lists that are read whole: the same grammar, applied to each row in memory.
package struct ShortListFilter: Sendable {
    private let expression: FilterExpression?

    /// Throws `invalidFilter` with the column.
    package init(_ text: String?, schema: FilterSchema) throws(StemmaError) {
        expression = try Lister.parseFilter(text, schema)
    }

    /// Whether the row with these values passes; a value that is nil or absent is unknown.
    package func passes(_ values: [String: FilterValue?]) -> Bool {
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
    package var filterValues: [String: FilterValue?] {
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

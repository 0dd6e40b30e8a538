internal import StemmaRegistry

/// Resolving a range to a version.
extension SQLiteSession {
    /// Ends a walk over rows before the last one.
    private struct Found: Error {}

    func newestVersion(model id: Int64, in range: VersionRange) throws -> VersionRecord? {
        var condition = SQLFragment("model_id = ? AND status = 'ready' AND deleted_ms IS NULL", [.integer(id)])
        if let bound = range.lowerBound {
            condition.append(" AND precedence \(bound.isInclusive ? ">=" : ">") ?", [.blob(bound.key)])
        }
        if let bound = range.upperBound {
            condition.append(" AND precedence \(bound.isInclusive ? "<=" : "<") ?", [.blob(bound.key)])
        }
        // The bounds are only the hull of the range, so each row between them is asked again, from the newest on: the
        // walk ends at the first that fits and is in use, and remembers the first that merely fits.
        let sql: String = "SELECT id, version, state FROM version WHERE \(condition.sql) ORDER BY precedence DESC"
        var found: Int64?
        do {
            try connection.query(sql, condition.arguments) { row in
                guard let version = SemanticVersion(row.text(1)), range.contains(version) else { return }
                let state: LifecycleState = try row.named(2)
                let isRetired: Bool = state == .deprecated || state == .archived
                if found == nil || !isRetired { found = row.int(0) }
                if !isRetired { throw Found() }
            }
        } catch is Found {}
        return try found.flatMap { try version(id: $0) }
    }
}

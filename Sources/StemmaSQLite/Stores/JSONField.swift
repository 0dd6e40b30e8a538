internal import StemmaRegistry

/// Scalars inside a column of JSON text.
enum JSONField {
    /// The most names in a path, so that a filter cannot ask for more joins than SQLite takes.
    static let depthMax: Int = 16

    /// The scalar that the names lead to, from the outside in; objects, arrays and `null` count as no value.
    ///
    /// Names are compared as values. A JSON path would have to quote them, and SQLite's paths cannot quote them all.
    static func member(of column: String, _ names: [String]) throws(StemmaError) -> SQLField {
        guard names.count <= depthMax else {
            throw StemmaError(.invalidFilter, "a field's path has at most \(depthMax) names within a document")
        }
        var from = SQLFragment("json_each(\(column)) j0")
        for level in names.indices.dropFirst() {
            let outer: String = "j\(level - 1)"
            from.append(" CROSS JOIN json_each(CASE \(outer).type WHEN 'object' THEN \(outer).value END) j\(level)")
        }
        for (level, name) in names.enumerated() {
            from.append(level == 0 ? " WHERE " : " AND ")
            from.append("j\(level).key = ?", [.text(name)])
        }
        let last: String = "j\(names.count - 1)"
        let value: String = "CASE \(last).type WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' ELSE \(last).atom END"
        return .lookup(value, from: from, .scalar)
    }
}

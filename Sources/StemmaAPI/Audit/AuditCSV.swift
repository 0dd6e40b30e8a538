internal import StemmaJSON
internal import StemmaRegistry

/// Events as comma-separated values (RFC 4180).
enum AuditCSV {
    private static let columns: [String] = [
        "audit_id", "sequence", "timestamp", "action", "outcome", "user", "model_id", "resource", "approvers",
        "rationale",
        "evidence", "rollback_plan", "changes", "detail", "client_address", "target", "request_id", "leaf_hash",
    ]

    static let header: [UInt8] = Array((columns.joined(separator: ",") + "\r\n").utf8)

    /// One record; structured members as JSON text, absent ones empty.
    static func line(_ event: AuditEvent) -> [UInt8] {
        let values: [String: JSONValue] = Dictionary(uniqueKeysWithValues: event.members.map { ($0.name, $0.value) })
        let cells: [String] = columns.map { cell(values[$0] ?? .null) }
        return Array((cells.joined(separator: ",") + "\r\n").utf8)
    }

    /// A value as one cell: safe for spreadsheets, quoted where it must be.
    static func cell(_ value: JSONValue) -> String {
        let text: String
        switch value {
        case .null: text = ""
        case .string(let string): text = defused(string)
        default:
            var writer = JSONWriter()
            writer.value(value)
            text = writer.finishedText()
        }
        let needsQuotes: Bool = text.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
        guard needsQuotes else { return text }
        // By scalars: a quote with a combining mark after it is one Character, and would be missed.
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { quoted.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
        return "\"" + String(quoted) + "\""
    }

    /// Spreadsheets run a cell that starts like a formula; an apostrophe before it keeps it text.
    private static func defused(_ text: String) -> String {
        guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return text }
        return "'" + text
    }
}

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
        let cells: [String] = columns.map { CSVCell.value(values[$0] ?? .null) }
        return Array((cells.joined(separator: ",") + "\r\n").utf8)
    }
}

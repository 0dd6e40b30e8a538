/// Moments in the life of the log's tree that the database keeps, since no event of the log tells of them.
enum AuditMilestone: String {
    /// The whole log was found sound.
    case verified = "audit_log.verified_at"
    /// The newest head was signed.
    case signed = "audit_log.signed_at"
    /// A head last reached an anchor.
    case anchored = "audit_log.anchored_at"

    /// Nil where it never came.
    func read(_ reader: any MetadataReader) throws -> Timestamp? {
        try reader.setting(rawValue).flatMap { Timestamp(String(decoding: $0, as: UTF8.self)) }
    }

    func write(_ moment: Timestamp, _ transaction: any MetadataTransaction) throws {
        try transaction.setSetting(rawValue, to: Array(moment.description.utf8))
    }
}

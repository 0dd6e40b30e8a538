internal import StemmaDigest
internal import StemmaJSON

/// Facts about a version's files and the models that it derives from.
///
/// Nothing scans files and nothing verifies signatures, so that verdicts and attestations are absent.
enum VersionSupplyFacts {
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        if needs.wants("version.artifacts") {
            let exceptions: [String: Timestamp] =
                needs.wants("version.artifacts.*.exception_expires_at") ? try exceptions(version) : [:]
            let rows: [JSONValue] = try version.artifacts().map { artifact in
                var row: JSONObject = [
                    "path": .string(artifact.path), "digest": .string(artifact.digest.description),
                    "format": .string(artifact.format),
                ]
                row.setKnown("exception_expires_at", exceptions[artifact.path])
                return .object(row)
            }
            sheet.set("version.artifacts", .array(rows))
        }
        if needs.wants("version.parents") {
            sheet.set("version.parents", .array(try version.upstream().parents.map { row($0) }))
        }
    }

    private static func row(_ parent: VersionUpstream.Entity) -> JSONValue {
        let isDeclared: Bool? = ComplianceText.flag(parent.metadata["third_party"])
        var row: JSONObject = [
            "id": .string(parent.record.node.key),
            "is_third_party": .bool(isDeclared ?? (parent.record.versionID == nil)),
        ]
        row.setKnown(
            "licence",
            ComplianceText.text(parent.metadata["licence"]) ?? ComplianceText.text(parent.metadata["license"]))
        row.setKnown("source_digest", ComplianceText.text(parent.metadata["source_digest"]))
        row.setKnown("scanned_at", ComplianceText.time(parent.metadata["scanned_at"]))
        return .object(row)
    }

    /// Files that reviewers at the security gate accept until a moment, by path: `evidence.exceptions`, an object of
    /// times by path, of approvals that count.
    private static func exceptions(_ version: VersionSubject) throws -> [String: Timestamp] {
        var exceptions: [String: Timestamp] = [:]
        for review in try version.facts().approvals(version.context.lifecycle.definition)
        where review.gate == "security" {
            for member in review.evidence?["exceptions"]?.object?.members ?? [] {
                guard let until = ComplianceText.time(member.value) else { continue }
                exceptions[member.name] = max(until, exceptions[member.name] ?? until)
            }
        }
        return exceptions
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// Facts about the documents of a version.
enum VersionDocumentFacts {
    /// Answers the files whose content other facts need.
    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws -> [DocumentRequest] {
        guard needs.wants(anyOf: ["version.documents", "version.model_card_sections", "version.bom_path"]) else {
            return []
        }
        let artifacts: [ArtifactRecord] = try version.artifacts()
        let declared: JSONValue? = version.metadata["documents"]
        var requests: [DocumentRequest] = []
        var rows: [JSONValue] = []
        let approved: [String: String] =
            needs.wants("version.documents.*.approved_digest") ? try approved(version) : [:]
        for artifact in artifacts {
            guard let kind = DocumentKind(of: artifact.path, declared: declared?[artifact.path]?.string) else {
                continue
            }
            rows.append(row(artifact.path, kind, artifact.digest.description, approved[artifact.path]))
            switch kind {
            case .modelCard where !requests.contains(where: { $0.kind == .modelCard }):
                requests.append(DocumentRequest(kind: kind, digest: artifact.digest, sizeBytes: artifact.sizeBytes))
            case .billOfMaterials where !requests.contains(where: { $0.kind == .billOfMaterials }):
                sheet.set("version.bom_path", artifact.path)
                requests.append(DocumentRequest(kind: kind, digest: artifact.digest, sizeBytes: artifact.sizeBytes))
            default: break
            }
        }
        // Documents that the model names by digest, wherever they are kept.
        for member in version.model.metadata["documents"]?.object?.members ?? [] {
            guard let digest = member.value["digest"]?.string, !artifacts.contains(where: { $0.path == member.name })
            else { continue }
            let kind: DocumentKind = DocumentKind(of: member.name, declared: member.value["kind"]?.string) ?? .other
            rows.append(row(member.name, kind, digest, approved[member.name]))
        }
        sheet.set("version.documents", .array(rows))
        if let card = version.metadata["model_card"]?.object {
            let said: [JSONObject.Member] = card.members.filter { GuardCatalogue.hasValue($0.value) }
            sheet.set("version.model_card_sections", texts: said.map { ModelCard.heading($0.name) })
        }
        return requests.filter { request in
            needs.wants(request.kind == .modelCard ? "version.model_card_sections" : "version.bom_digests")
        }
    }

    private static func row(_ path: String, _ kind: DocumentKind, _ digest: String, _ approved: String?) -> JSONValue {
        var row: JSONObject = [
            "path": .string(path), "kind": .string(kind.rawValue), "digest": .string(digest),
        ]
        row.setKnown("approved_digest", approved)
        return .object(row)
    }

    /// What was there when the version was approved for production, by path: its files, and what the model named then.
    private static func approved(_ version: VersionSubject) throws -> [String: String] {
        guard let change = try version.productionChange() else { return [:] }
        var digests: [String: String] = [:]
        if version.model.metadata["documents"] != nil {
            let past = try PastView(at: change.transition.stored.at, version.reader)
            let fields: ModelFields = try past.fields(of: version.model.record).record
            for member in try StoredJSON.object(fields.metadata)["documents"]?.object?.members ?? [] {
                digests[member.name] = member.value["digest"]?.string
            }
        }
        for artifact in change.facts?.artifacts ?? [] { digests[artifact.path] = artifact.digest }
        return digests
    }
}

/// What a file documents.
enum DocumentKind: String, Sendable, CaseIterable {
    case modelCard = "model_card"
    case humanOversight = "human_oversight"
    case accuracy, robustness
    case validationReport = "validation_report"
    case billOfMaterials = "bill_of_materials"
    case other

    /// As declared, or by its name; nil for a file that documents nothing.
    init?(of path: String, declared: String?) {
        if let declared {
            self = DocumentKind(rawValue: declared) ?? .other
            return
        }
        let name: String = path.split(separator: "/").last?.lowercased() ?? ""
        let plain: String = name.replacing("-", with: "_")
        let prose: [String] = [".md", ".txt", ".pdf", ".html", ".rst", ".docx"]
        let isProse: Bool = prose.contains { name.hasSuffix($0) }
        let bills: [String] = ["bom.json", "sbom.json", ".cdx.json", ".spdx.json", ".bom.json", ".sbom.json"]
        let named: [DocumentKind] = [.modelCard, .humanOversight, .accuracy, .robustness, .validationReport]
        if bills.contains(where: { name.hasSuffix($0) }) {
            self = .billOfMaterials
        } else if isProse, let kind = named.first(where: { plain.contains($0.rawValue) }) {
            self = kind
        } else if isProse {
            self = .other
        } else {
            return nil
        }
    }
}

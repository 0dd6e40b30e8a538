internal import StemmaJSON

/// The datasets of a version: what it says itself, and what the graph knows of them.
struct VersionDatasets {
    struct Dataset {
        /// The key in the graph.
        let id: String
        /// The entity's row key; nil where the graph does not have it.
        let entity: Int64?
        let contentHash: String?
        let isPersonal: Bool?
        let metadata: JSONObject
    }

    let all: [Dataset]

    init(_ record: VersionRecord, _ document: JSONObject, _ reader: any MetadataReader) throws {
        self.init(document, try VersionUpstream(record, reader))
    }

    init(_ document: JSONObject, _ upstream: VersionUpstream) {
        let training: JSONValue? = document["training_data"]
        let declared: String? =
            ComplianceText.text(training?["data_hash"])
            ?? ComplianceText.text(document["reproducibility"]?["data_hash"])
        let own: String? = ComplianceText.text(training?["dataset_id"])
        var all: [Dataset] = upstream.datasets.map { entity in
            let key: String = entity.record.node.key
            let isOwn: Bool = own.map { key == $0 || key.hasPrefix($0 + "@") } ?? false
            return Dataset(
                id: key, entity: entity.record.id,
                contentHash: (isOwn ? declared : nil) ?? ComplianceText.text(entity.metadata["data_hash"])
                    ?? entity.edgeHash, isPersonal: VersionDatasets.isPersonal(entity.metadata),
                metadata: entity.metadata)
        }
        if let own, !all.contains(where: { $0.id == own }) {
            all.append(
                Dataset(id: own, entity: nil, contentHash: declared, isPersonal: nil, metadata: JSONObject()))
        }
        self.all = all
    }

    private static func isPersonal(_ metadata: JSONObject) -> Bool? {
        for name in ["personal", "personal_data", "is_personal"] {
            if let flag = ComplianceText.flag(metadata[name]) { return flag }
        }
        return nil
    }
}

/// Facts about what a version was trained on.
enum VersionDataFacts {
    private static let grounds: Set<String> = [
        "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests",
    ]

    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        if needs.wants("version.datasets") {
            let datasets = VersionDatasets(version.document, try version.upstream())
            sheet.set("version.datasets", .array(datasets.all.map { row($0) }))
        }
        if needs.wants("version.erasure_requests") {
            sheet.set("version.erasure_requests", .array(try erasures(version)))
        }
    }

    private static func row(_ dataset: VersionDatasets.Dataset) -> JSONValue {
        var row: JSONObject = ["id": .string(dataset.id)]
        row.setKnown("content_hash", dataset.contentHash)
        if let isPersonal = dataset.isPersonal { row.set("is_personal", .bool(isPersonal)) }
        row.setKnown(
            "lawful_basis",
            dataset.metadata["lawful_basis"]?.string.flatMap { grounds.contains($0) ? $0 : nil })
        for name in ["purpose", "retention", "processing_record"] {
            row.setKnown(name, ComplianceText.text(dataset.metadata[name]))
        }
        return .object(row)
    }

    /// Requests about datasets upstream. A line of an assessment of the dataset that was acknowledged after a request
    /// came in decides on it.
    private static func erasures(_ version: VersionSubject) throws -> [JSONValue] {
        let upstream: VersionUpstream = try version.upstream()
        var rows: [JSONValue] = []
        for dataset in upstream.datasets {
            guard let requests = version.context.records.erasures[dataset.node], !requests.isEmpty else { continue }
            let decided: [Timestamp] =
                try upstream.entity.map {
                    try version.reader.acknowledgements(of: $0, inAssessmentsOf: dataset.record.id)
                } ?? []
            for request in requests {
                var row: JSONObject = [
                    "id": .string(request.id), "received_at": .string(request.received.description),
                ]
                row.setKnown("decided_at", decided.first { $0 >= request.received })
                rows.append(.object(row))
            }
        }
        return rows
    }
}

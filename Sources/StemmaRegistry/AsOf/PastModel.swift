internal import StemmaJSON

/// Models as they were.
extension PastView {
    private static let changes: Set<String> = ["update_model", "delete_model"]
    private static let members: [String] = ["description", "domain", "use_case", "owner", "tags", "metadata"]

    func represent(_ model: Past<ModelRecord>) -> [UInt8] {
        PastDocument.seal(ModelDocument.represent(model.record).body, moment.time, gaps: model.gaps)
    }

    /// The model as it was, from its row as it is now.
    func past(_ model: ModelRecord) throws -> Past<ModelRecord> {
        let fields: Past<ModelFields> = try fields(of: model)
        let isUnchanged: Bool = model.updated <= moment.time
        let latest: VersionRecord? = try reader.latestVersion(model: model.id, named: model.name, at: moment).flatMap {
            try reader.version(id: $0)
        }
        let record = ModelRecord(
            id: model.id, name: model.name, description: fields.record.description, domain: fields.record.domain,
            useCase: fields.record.useCase, owner: fields.record.owner, tags: fields.record.tags,
            metadata: fields.record.metadata, created: model.created, createdBy: model.createdBy,
            updated: isUnchanged ? model.updated : try updated(model), revision: model.revision,
            registrations: model.registrations,
            versionCount: isUnchanged
                ? model.versionCount
                : try reader.publishedVersionCount(model: model.id, named: model.name, at: moment),
            deleted: nil,
            aliases: try aliases(of: model.id, named: model.name).map { (alias: $0.alias, version: $0.version) },
            latest: latest?.version)
        return Past(record: record, gaps: fields.gaps)
    }

    func fields(of model: ModelRecord) throws -> Past<ModelFields> {
        guard model.updated > moment.time else { return Past(record: model.fields, gaps: []) }
        let actions: [String] = ["register_model"] + PastView.changes.sorted()
        let trail: PastTrail = try trail(
            try reader.modelEvents(model.name, actions: actions), of: model.created, madeBy: ["register_model"])
        let present: JSONValue = try model.fields.json
        var gaps: [String] = []
        var values = JSONObject()
        for name in PastView.members {
            switch trail.member(name, by: PastView.changes) {
            case .present: values.set(name, present[name] ?? .null)
            case .value(let value): values.set(name, value)
            case .unknown:
                // What it was registered with, where nothing changed before the moment.
                if !trail.before.contains(where: { PastView.changes.contains($0.record.action) }),
                    let value = trail.before.last?.change("after")?[name]
                {
                    values.set(name, value)
                } else {
                    gaps.append(name)
                }
            }
        }
        return Past(record: ModelFields(json: values), gaps: gaps)
    }

    /// When its row had last been changed: by itself, or by a version that was published or deleted.
    private func updated(_ model: ModelRecord) throws -> Timestamp {
        let actions: [String] = [
            "register_model", "update_model", "register_version", "publish_version", "delete_version",
        ]
        var end: Int64 = moment.end
        while true {
            let page: [AuditRecord] = try reader.events(ofModel: model.name, actions: actions, before: end, limit: 20)
            for record in page {
                // What happens to drafts is none of the model's business.
                let isDraft: Bool = try AuditEvent(record).detail["status"]?.string == "draft"
                if !isDraft { return record.timestamp }
            }
            guard let last = page.last else { return model.created }
            end = last.sequence
        }
    }
}

extension ModelFields {
    /// From what `json` made.
    init(json: JSONObject) {
        self.init(
            description: json["description"]?.string, domain: json["domain"]?.string,
            useCase: json["use_case"]?.string, owner: json["owner"]?.string,
            tags: StoredJSON.text(json["tags"]?.object ?? JSONObject()),
            metadata: StoredJSON.text(json["metadata"]?.object ?? JSONObject()))
    }
}

internal import StemmaJSON

/// The one representation of an entity.
enum LineageEntityDocument {
    /// `unknown` are members whose past value nobody knows any more; they are shown empty.
    static func represent(_ record: LineageEntityRecord, without unknown: Set<String> = []) -> Representation {
        let none: [UInt8] = Array("{}".utf8)
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.field("node", record.node.description)
        writer.field("type", record.node.type.rawValue)
        writer.field("id", record.node.key)
        writer.field("name", record.fields.name)
        writer.field("description", record.fields.description)
        writer.field("owner", record.fields.owner)
        writer.field("metadata", raw: record.fields.metadata ?? none)
        writer.field("facets", raw: record.facets ?? none)
        writer.field("model", record.model)
        writer.field("registered", record.versionID != nil)
        writer.field("origin", unknown.contains("origin") ? nil : record.origin.rawValue)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", unknown.contains("updated_at") ? nil : record.updated.description)
        return EntityTag.seal(writer.bytes)
    }
}

extension ResourcePath {
    package static func lineageEntity(_ node: LineageNodeID) -> String {
        "/v1/lineage/entities/\(node.type.rawValue)/" + segment(node.key)
    }
}

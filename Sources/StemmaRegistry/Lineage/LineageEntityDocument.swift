internal import StemmaJSON

/// The one representation of an entity.
enum LineageEntityDocument {
    static func represent(_ record: LineageEntityRecord) -> Representation {
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
        writer.field("origin", record.origin.rawValue)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("updated_at", record.updated.description)
        return EntityTag.seal(writer.bytes)
    }
}

extension ResourcePath {
    package static func lineageEntity(_ node: LineageNodeID) -> String {
        "/v1/lineage/entities/\(node.type.rawValue)/" + segment(node.key)
    }
}

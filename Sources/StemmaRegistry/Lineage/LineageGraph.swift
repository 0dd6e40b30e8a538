internal import StemmaJSON

/// A part of the graph, as it is answered.
package struct LineageGraph: Sendable {
    /// What was asked for.
    package let node: LineageNodeID
    package let direction: LineageDirection
    package let asOf: Timestamp?
    /// `gaps` are members whose past value is not known any more.
    let nodes: [(record: LineageNodeRecord, gaps: [String], depth: Int)]
    let edges: [Edge]
    package let truncation: LineageReach.Truncation?

    /// An edge by positions of nodes, as a sentence.
    struct Edge: Sendable {
        let source: Int
        let target: Int
        let record: LineageEdgeRecord
    }

    /// `{"nodes","edges","truncated",...}`, a body of `LineageShapes.graph`.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 1_024 + nodes.count * 256 + edges.count * 256)
        writer.beginObject()
        writer.field("node", node.description)
        writer.field("direction", direction.rawValue)
        writer.field("as_of", asOf?.description)
        writer.key("nodes")
        writer.beginArray()
        for (record, gaps, depth) in nodes {
            writer.beginObject()
            LineageGraphDocument.write(record, depth: depth, to: &writer)
            if asOf != nil { writer.field("as_of_gaps", gaps) }
            writer.endObject()
        }
        writer.endArray()
        writer.key("edges")
        writer.beginArray()
        for edge in edges {
            LineageGraphDocument.write(
                edge.record, source: nodes[edge.source].record.node, target: nodes[edge.target].record.node,
                to: &writer)
        }
        writer.endArray()
        writer.field("truncated", truncation != nil)
        writer.field("truncated_by", truncation?.rawValue)
        writer.endObject()
        return writer.finish()
    }
}

/// Nodes and edges as answered.
enum LineageGraphDocument {
    /// The members of `LineageShapes.nodeFields`, into an open object.
    static func write(_ record: LineageNodeRecord, depth: Int, to writer: inout JSONWriter) {
        writer.field("node", record.node.description)
        writer.field("type", record.node.type.rawValue)
        writer.field("id", record.node.key)
        writer.field("name", record.name)
        writer.field("owner", record.owner)
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("state", record.state?.rawValue)
        writer.field("deleted", record.isDeleted)
        writer.field("depth", depth)
    }

    /// An edge as a sentence.
    static func write(
        _ record: LineageEdgeRecord, source: LineageNodeID, target: LineageNodeID, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.field("source", source.description)
        writer.field("target", target.description)
        writer.field("relationship", record.key.relationship.rawValue)
        writer.field("metadata", raw: record.metadata ?? Array("{}".utf8))
        writer.field("origin", record.origin.rawValue)
        writer.field("since", record.since.description)
        writer.field("until", record.until?.description)
        writer.endObject()
    }
}

extension ResourcePath {
    package static func lineageGraph(_ node: LineageNodeID) -> String {
        "/v1/lineage/graph?node=" + segment(node.description)
    }
}

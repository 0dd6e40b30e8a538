package import StemmaJSON

/// What a change touches, as answered.
package enum ImpactDocument {
    private static let limits = Limits()
    private static let nodeText: Shape = .text(maxBytes: limits.lineageKeyBytes + 20)

    private static let affected: Shape = .named(
        "AffectedEntity",
        .object(
            LineageShapes.nodeFields.map { field in
                // There may be tens of thousands: what nobody knows is left out.
                Shape.Field(
                    field.name, field.shape, required: ["node", "type", "id", "depth"].contains(field.name),
                    field.summary)
            } + [
                Shape.Field("via", LineageShapes.relationship, required: true, "The last edge of the path"),
                Shape.Field(
                    "path", .array(of: nodeText, count: 1...limits.impactPathNodes), required: true,
                    "A shortest way from what changed; the end of it where it is long"),
            ]))

    private static let alias: Shape = .object([
        Shape.Field("model", .text(maxBytes: 800), required: true),
        Shape.Field("alias", .text(maxBytes: 64), required: true),
        Shape.Field("version", .text(maxBytes: 128), required: true),
        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
    ])

    private static let deployment: Shape = .object([
        Shape.Field("id", .text(maxBytes: 64), required: true),
        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
        Shape.Field("environment", .text(maxBytes: 63), required: true),
        Shape.Field("status", .choice(["pending", "deployed"]), required: true),
    ])

    private static let consumer: Shape = .object([
        Shape.Field("consumer", .text(maxBytes: 500), required: true),
        Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
        Shape.Field("expires_at", CommonShapes.time, required: true),
    ])

    private static let training: Shape = .object([
        Shape.Field("node", nodeText, required: true), Shape.Field("owner", CommonShapes.line, required: true),
        Shape.Field("training_time_hours", .number(minimum: 0), required: true),
        Shape.Field("compute_cost_per_hour", .number(minimum: 0), required: true),
        Shape.Field("cost", .number(minimum: 0), required: true),
        Shape.Field("in_cycle", .boolean, required: true, "It lies on a cycle, so its place in the order is a choice"),
    ])

    private static let retraining: Shape = .object([
        Shape.Field(
            "order", .array(of: training, count: 0...limits.impactEntitiesMax), required: true,
            "Each after everything affected that it is made of"),
        Shape.Field("models", .count, required: true),
        Shape.Field("training_time_hours", .number(minimum: 0), required: true),
        Shape.Field("cost", .number(minimum: 0), required: true),
    ])

    /// Counts by type, for every type.
    static let counts: Shape = .object(
        LineageEntityType.allCases.map { Shape.Field($0.rawValue, .count, required: true) })

    package static let document: Shape = .named(
        "Impact",
        .object([
            Shape.Field("node", nodeText, required: true, "What changed"),
            Shape.Field("as_of", .nullable(CommonShapes.time), required: true),
            Shape.Field(
                "affected",
                .object(
                    LineageEntityType.allCases.map {
                        Shape.Field(
                            $0.rawValue, .array(of: affected, count: 0...limits.impactEntitiesMax), required: true)
                    }), required: true, "By type, the nearest first"),
            Shape.Field("counts", counts, required: true),
            Shape.Field("aliases", .array(of: alias, count: 0...10_000_000), required: true),
            Shape.Field("deployments", .array(of: deployment, count: 0...10_000_000), required: true),
            Shape.Field("consumers", .array(of: consumer, count: 0...10_000_000), required: true),
            Shape.Field(
                "owners",
                .array(
                    of: .object([
                        Shape.Field("owner", .text(maxBytes: 500), required: true),
                        Shape.Field("entities", .count, required: true),
                    ]), count: 0...limits.impactEntitiesMax), required: true, "Whom to tell"),
            Shape.Field("retraining", retraining, required: true),
            Shape.Field("truncated", .boolean, required: true),
            Shape.Field("truncated_by", .nullable(.choice(["depth", "nodes"])), required: true),
        ]))

    /// The whole body.
    static func represent(_ analysis: ImpactAnalysis) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096 + analysis.affected.count * 512)
        writer.beginObject()
        writer.field("node", analysis.node.description)
        writer.field("as_of", analysis.asOf?.description)
        let names = NodeNames(analysis.nodes)
        writeAffected(analysis, names, to: &writer)
        writer.field("counts", countsObject(analysis))
        writeLive(analysis, to: &writer)
        writer.key("owners")
        writer.beginArray()
        for (owner, count) in owners(analysis) {
            writer.beginObject()
            writer.field("owner", owner)
            writer.field("entities", count)
            writer.endObject()
        }
        writer.endArray()
        writeRetraining(analysis, names, to: &writer)
        writer.field("truncated", analysis.truncation != nil)
        writer.field("truncated_by", analysis.truncation?.rawValue)
        writer.endObject()
        return writer.finish()
    }

    /// Affected entities of every type.
    static func countsObject(_ analysis: ImpactAnalysis) -> JSONObject {
        var counts: [LineageEntityType: Int64] = [:]
        for item in analysis.affected { counts[item.type, default: 0] += 1 }
        return JSONObject(
            LineageEntityType.allCases.map { type in
                JSONObject.Member(name: type.rawValue, value: .integer(counts[type] ?? 0))
            })
    }

    /// Who owns how many of the affected entities, the most first.
    private static func owners(_ analysis: ImpactAnalysis) -> [(owner: String, entities: Int)] {
        var counts: [ExactName: Int] = [:]
        for item in analysis.affected {
            if let owner = analysis.nodes.text(.owner, at: item.position) { counts[ExactName(owner), default: 0] += 1 }
        }
        return counts.map { ($0.key.text, $0.value) }.sorted { left, right in
            left.entities != right.entities
                ? left.entities > right.entities : ExactText.precedes(left.owner, right.owner)
        }
    }

    private static func writeAffected(
        _ analysis: ImpactAnalysis, _ names: NodeNames, to writer: inout JSONWriter
    ) {
        writer.key("affected")
        writer.beginObject()
        var path: [Int] = []
        for type in LineageEntityType.allCases {
            writer.key(type.rawValue)
            writer.beginArray()
            for item in analysis.affected where item.type == type {
                analysis.collectPath(to: item.position, atMost: limits.impactPathNodes, into: &path)
                write(item, analysis.nodes, path, names, to: &writer)
            }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func write(
        _ item: ImpactAnalysis.Affected, _ nodes: LineageNodeTable, _ path: [Int], _ names: NodeNames,
        to writer: inout JSONWriter
    ) {
        let facts: LineageNodeTable.Facts = nodes.facts[item.position]
        writer.beginObject()
        writer.key(Key.node)
        names.writeName(item.position, to: &writer)
        writer.key(Key.type)
        writer.value(item.type.rawValue)
        writer.key(Key.id)
        names.writeKey(item.position, to: &writer)
        for (text, key) in Key.texts {
            nodes.withText(text, at: item.position) { utf8 in
                writer.key(key)
                writer.value(utf8: utf8)
            }
        }
        if let state = facts.state { writer.field("state", state.rawValue) }
        if facts.isDeleted { writer.field("deleted", true) }
        writer.key(Key.depth)
        writer.value(item.depth)
        if let via = item.via {
            writer.key(Key.via)
            writer.value(via.rawValue)
        }
        writer.key(Key.path)
        writer.beginArray()
        for position in path.reversed() { names.writeName(position, to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private static func writeLive(_ analysis: ImpactAnalysis, to writer: inout JSONWriter) {
        let live: [(record: LineageNodeRecord, use: ImpactAnalysis.Use)] = analysis.affected.compactMap { item in
            item.use.map { (analysis.nodes[item.position], $0) }
        }
        writer.key("aliases")
        writer.beginArray()
        for item in live {
            for alias in item.use.aliases {
                writer.beginObject()
                writer.field("model", item.record.model)
                writer.field("alias", alias)
                writer.field("version", item.record.version)
                writer.field("model_id", item.record.node.key)
                writer.endObject()
            }
        }
        writer.endArray()
        writer.key("deployments")
        writer.beginArray()
        for item in live {
            for deployment in item.use.deployments {
                writer.beginObject()
                writer.field("id", deployment.id)
                writer.field("model_id", item.record.node.key)
                writer.field("environment", deployment.environment)
                writer.field("status", deployment.status)
                writer.endObject()
            }
        }
        writer.endArray()
        writer.key("consumers")
        writer.beginArray()
        for item in live {
            for consumer in item.use.consumers {
                writer.beginObject()
                writer.field("consumer", consumer.name)
                writer.field("model_id", item.record.node.key)
                writer.field("expires_at", consumer.expires.description)
                writer.endObject()
            }
        }
        writer.endArray()
    }

    private static func writeRetraining(
        _ analysis: ImpactAnalysis, _ names: NodeNames, to writer: inout JSONWriter
    ) {
        // Most models cost the same, namely what is assumed of those that do not say.
        var last: (hours: Double, hourlyCost: Double, text: [UInt8])?
        writer.key("retraining")
        writer.beginObject()
        writer.key("order")
        writer.beginArray()
        for index in analysis.order {
            let item: ImpactAnalysis.Affected = analysis.affected[index]
            let (hours, hourlyCost): (Double, Double) = (item.hours, item.hourlyCost)
            if last?.hours != hours || last?.hourlyCost != hourlyCost {
                last = (hours, hourlyCost, costMembers(hours, hourlyCost))
            }
            writer.beginObject()
            writer.key(Key.node)
            names.writeName(item.position, to: &writer)
            writer.key(Key.owner)
            if analysis.nodes.withText(.owner, at: item.position, { writer.value(utf8: $0) }) == nil { writer.null() }
            if let last { writer.raw(last.text) }
            writer.key(Key.inCycle)
            writer.value(analysis.cyclic.contains(index))
            writer.endObject()
        }
        writer.endArray()
        writer.field("models", analysis.order.count)
        writer.field("training_time_hours", analysis.hours)
        writer.field("cost", analysis.cost)
        writer.endObject()
    }

    /// Members of an object without its braces.
    private static func costMembers(_ hours: Double, _ hourlyCost: Double) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.field("training_time_hours", hours)
        writer.field("compute_cost_per_hour", hourlyCost)
        writer.field("cost", hours * hourlyCost)
        writer.endObject()
        return Array(writer.finish().dropFirst().dropLast())
    }
}

/// Members that every affected entity has.
private enum Key {
    static let node = JSONKey("node")
    static let type = JSONKey("type")
    static let id = JSONKey("id")
    static let depth = JSONKey("depth")
    static let via = JSONKey("via")
    static let path = JSONKey("path")
    static let owner = JSONKey("owner")
    static let texts: [(LineageNodeTable.Text, JSONKey)] = [
        (.name, JSONKey("name")), (.owner, owner), (.model, JSONKey("model")), (.version, JSONKey("version")),
    ]
    static let inCycle = JSONKey("in_cycle")
}

/// Names of nodes as JSON texts: they stand in many paths, and each is encoded once.
private struct NodeNames {
    /// `["fraud_training",…]`
    private let keys: [UInt8]
    private let keyEnds: [Int]
    /// `"dataset:fraud_training""model:…"`
    private let names: [UInt8]
    private var nameEnds: [Int] = [0]

    init(_ nodes: LineageNodeTable) {
        var writer = JSONWriter(capacity: nodes.count * 40)
        var ends: [Int] = [0]
        ends.reserveCapacity(nodes.count + 1)
        nameEnds.reserveCapacity(nodes.count + 1)
        var names: [UInt8] = []
        names.reserveCapacity(nodes.count * 48)
        writer.beginArray()
        for (position, facts) in nodes.facts.enumerated() {
            nodes.withText(.key, at: position) { writer.value(utf8: $0) }
            let start: Int = ends[position] + 1
            ends.append(writer.bytes.count)
            names.append(UInt8(ascii: "\""))
            names.append(contentsOf: facts.type.rawValue.utf8)
            names.append(UInt8(ascii: ":"))
            writer.bytes.withUnsafeBufferPointer { names.append(contentsOf: $0[(start + 1)..<$0.count]) }
            nameEnds.append(names.count)
        }
        writer.endArray()
        keys = writer.finish()
        keyEnds = ends
        self.names = names
    }

    /// `"fraud_training"`
    func writeKey(_ position: Int, to writer: inout JSONWriter) {
        // Without the bracket or the comma before it.
        writer.raw(keys.span.extracting((keyEnds[position] + 1)..<keyEnds[position + 1]))
    }

    /// `"dataset:fraud_training"`
    func writeName(_ position: Int, to writer: inout JSONWriter) {
        writer.raw(names.span.extracting(nameEnds[position]..<nameEnds[position + 1]))
    }
}

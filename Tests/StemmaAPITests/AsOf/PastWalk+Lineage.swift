import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What a walk does to the lineage graph.
extension PastWalk {
    /// Entities that come and go; versions are among them that are registered later, or never.
    static let entities: [LineageNodeID] =
        ["d0", "d1", "d2", "lake:t0", "lake:t1"].map { LineageNodeID(.dataset, $0) }
        + ["f0", "f1"].map { LineageNodeID(.feature, $0) } + ["s0", "etl:j"].map { LineageNodeID(.system, $0) }
        + ["m0_v1.0.0", "m1_v2.0.0", "m2_v1.1.0", "m3_v0.9.0", "other_v1.0.0"].map { LineageNodeID(.model, $0) }

    static func path(_ node: LineageNodeID) -> String { ResourcePath.lineageEntity(node) }

    static let lineageSteps: [String] = [
        "put entity", "edge", "end edge", "delete entity", "ingest", "assess", "acknowledge", "close assessment",
    ]

    mutating func performLineage(_ what: String) async -> Bool {
        let node: LineageNodeID = one(Self.entities) ?? Self.entities[0]
        switch what {
        case "put entity":
            let body: String = [
                #"{"owner":"o\#(number(0..<3))","metadata":{"k":\#(number(0..<3))}}"#, "{}",
                #"{"name":"n\#(number(0..<3))","description":"d\#(number(0..<3))"}"#,
            ][number(0..<3)]
            return await harness.send(.put, Self.path(node), body).status < 300
        case "delete entity": return await harness.ask(.delete, Self.path(node)).status == 204
        case "edge": return await connect()
        case "end edge":
            guard let edge = one(edges.sorted()) else { return false }
            guard await harness.ask(.delete, "/v1/lineage/edges?" + edge).status == 204 else { return false }
            edges.remove(edge)
            return true
        case "ingest": return await ingest()
        case "assess":
            // Of what every version comes from, or from which one of three do.
            let node: String = one(["feature:f0", "model:other_v1.0.0", "dataset:d0", "dataset:d1"]) ?? "feature:f0"
            let body: String = #"{"node":"\#(node)","reason":"r","quarantine":\#(number(0..<2) == 0)}"#
            let reply: Reply = await harness.send(.post, "/v1/lineage/impact", body)
            if let location = reply.headers["location"], reply.status == 201 { assessments.append(location) }
            return reply.status == 201
        case "acknowledge":
            guard let path = one(assessments) else { return false }
            let list: [JSONValue] = await harness.ask(.get, path).json["checklist"]?.array ?? []
            guard let line = one(list)?["node"]?.string else { return false }
            return await harness.send(
                .post, path + "/acknowledgements", #"{"node":"\#(line)","comment":"c\#(number(0..<9))"}"#
            ).status == 200
        default:
            guard let path = one(assessments) else { return false }
            return await harness.send(.post, path + "/close", #"{"reason":"over"}"#).status == 200
        }
    }

    private mutating func connect() async -> Bool {
        guard let source = one(Self.entities), let target = one(Self.entities), source != target else { return false }
        let relationship: String = one(["derives_from", "uses_feature", "consumes", "generates"]) ?? "consumes"
        let reply: Reply = await harness.send(
            .post, "/v1/lineage/edges",
            #"{"source":"\#(source)","relationship":"\#(relationship)","target":"\#(target)"}"#)
        if reply.status == 201 { edges.insert("source=\(source)&relationship=\(relationship)&target=\(target)") }
        return reply.status == 201
    }

    /// A run of one job that reads one table and writes another.
    private mutating func ingest() async -> Bool {
        let now: Timestamp = harness.clock.now
        let (read, write): (Int, Int) = number(0..<2) == 0 ? (0, 1) : (1, 0)
        let body: String = """
            {"eventType":"COMPLETE","eventTime":"\(now)","producer":"https://example.com/p",\
            "schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",\
            "run":{"runId":"r\(number(0..<3))"},"job":{"namespace":"etl","name":"j"},\
            "inputs":[{"namespace":"lake","name":"t\(read)","facets":{"rows":{"n":\(number(0..<99))}}}],\
            "outputs":[{"namespace":"lake","name":"t\(write)"}]}
            """
        return await harness.send(.post, "/api/v1/lineage", body).status == 201
    }
}

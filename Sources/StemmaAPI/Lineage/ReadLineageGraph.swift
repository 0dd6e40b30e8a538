internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readLineageGraph = Endpoint(
        "ReadLineageGraph", .get, "/v1/lineage/graph",
        "What can be reached from a node, as JSON or, by `Accept`, for Graphviz or Mermaid",
        access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "node", shape: LineageShapes.node,
                summary: "Needed: `type:id`; `model:` with a model's name alone means all its versions")
        ] + QueryParameter.walk,
        answers: [
            AnswerDescription(200, "Nodes and edges", .jsonOr(LineageShapes.graph, GraphForm.drawings))
        ], refusals: [.entityNotFound]
    ) { call in
        let graph: LineageGraph = try await call.services.lineage.readLineageGraph(
            try call.graphRequest(node: call.query["node"]), try call.principal)
        return GraphForm.answer(graph, call)
    }
}

extension QueryParameter {
    /// How a walk through the graph goes.
    static let walk: [QueryParameter] = [
        QueryParameter(
            name: "direction", shape: .choice(LineageDirection.allCases.map(\.rawValue)),
            summary: "To what it was made of, to what was made of it, or `both` where absent"),
        QueryParameter(
            name: "depth", shape: .integer(0...Int64(Limits().lineageDepthMax)),
            summary: "Edges to the farthest node, \(Limits().lineageDepthDefault) where absent"),
        QueryParameter(
            name: "limit", shape: .integer(1...Int64(Limits().lineageNodesMax)),
            summary: "Nodes wanted at most, \(Limits().lineageNodesDefault) where absent"),
        QueryParameter(
            name: "relationships", shape: .text(maxBytes: 200),
            summary: "Follow only these, with commas between them"),
        QueryParameter(
            name: "types", shape: .text(maxBytes: 200),
            summary: "Answer only nodes of these types, with commas between them; others are passed through"),
        .asOf,
    ]

    static let asOf = QueryParameter(
        name: "as_of", shape: CommonShapes.time, summary: "As it was at that moment, now where absent")
}

extension Call {
    func graphRequest(node: String?) throws(StemmaError) -> LineageGraphRequest {
        LineageGraphRequest(
            node: node, direction: query["direction"], depth: try query.integer("depth"),
            nodes: try query.integer("limit"), relationships: query["relationships"], types: query["types"],
            asOf: try query.time("as_of"))
    }
}

/// The forms in which a graph is answered.
enum GraphForm {
    static let graphviz: String = "text/vnd.graphviz"
    static let mermaid: String = "text/vnd.mermaid"
    static let drawings: [String] = [graphviz, mermaid]

    /// The first form of `Accept` that there is, JSON otherwise.
    static func answer(_ graph: LineageGraph, _ call: Call) -> HTTPResponse {
        switch MediaType.accepted(call.request).first(where: { drawings.contains($0) || $0 == Answering.json }) {
        case graphviz?: return drawing(graph.dot, graphviz)
        case mermaid?: return drawing(graph.mermaid, mermaid)
        default:
            var response: HTTPResponse = Answering.plain(graph.json)
            response.headers.append("vary", "accept")
            return response
        }
    }

    private static func drawing(_ text: String, _ type: String) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", type + "; charset=utf-8"), ("cache-control", "no-store"), ("vary", "accept"),
                ("x-content-type-options", "nosniff"),
            ]), body: .bytes(Array(text.utf8)))
    }
}

/// A layered graph of a million edges: data sources, datasets, features, models, predictions and systems, each layer made
/// from the one before, in requests of many edges.
struct EdgeLoad {
    /// An edge as numbers: its place is all that the yardstick needs of it.
    struct Edge {
        let upstream: Int
        let downstream: Int
        /// 1 for `derives_from`, as a store numbers it.
        let relationship: Int
    }

    /// Nodes of one layer; there are ten layers.
    let width: Int
    let edgeCount: Int
    /// Edges of one request.
    static let batch = 10_000
    private static let layers = 10

    init(edgeCount: Int) {
        self.edgeCount = edgeCount
        width = max(1, edgeCount / 100)
    }

    var nodeCount: Int { width * EdgeLoad.layers }

    /// The edges of one batch: each from a node of a layer to one of the next, spread evenly and without repeats.
    func edges(_ batch: Int) -> [Edge] {
        let first: Int = batch * EdgeLoad.batch
        return (first..<min(first + EdgeLoad.batch, edgeCount)).map { index in
            let layer: Int = index % (EdgeLoad.layers - 1)
            let step: Int = index / (EdgeLoad.layers - 1)
            let from: Int = step % width
            // A stride that shares no factor with the width walks through all partners before it meets one again.
            let to: Int = (from &* 7 &+ (step / width) &* 7_919 &+ 13) % width
            return Edge(upstream: layer * width + from, downstream: (layer + 1) * width + to, relationship: 1)
        }
    }

    var batchCount: Int { (edgeCount + EdgeLoad.batch - 1) / EdgeLoad.batch }

    static func name(_ node: Int) -> String { "warehouse/table_\(1_000_000 + node)" }

    /// The request's body.
    static func body(_ edges: [Edge]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(edges.count * 130)
        for edge in edges {
            text.append(text.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
            text.append(contentsOf: "{\"source\":\"dataset:\(name(edge.downstream))\",".utf8)
            text.append(contentsOf: "\"target\":\"dataset:\(name(edge.upstream))\",".utf8)
            text.append(contentsOf: "\"relationship\":\"derives_from\"}".utf8)
        }
        text.append(UInt8(ascii: "]"))
        return text
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

/// Graphs as tests make and read them.
extension APIHarness {
    /// `a derives_from b` and so on, one edge a line.
    @discardableResult
    func connect(_ sentences: [String], token: Token = .admin) async -> Reply {
        let edges: [String] = sentences.map { sentence in
            let words: [Substring] = sentence.split(separator: " ")
            return #"{"source":"\#(words[0])","relationship":"\#(words[1])","target":"\#(words[2])"}"#
        }
        return await send(.post, "/v1/lineage/edges", "[\(edges.joined(separator: ","))]", token: token)
    }

    func graph(_ query: String, token: Token = .admin) async -> Reply {
        await ask(.get, "/v1/lineage/graph?" + query, token: token)
    }

    func impact(_ query: String, token: Token = .admin) async -> Reply {
        await ask(.get, "/v1/lineage/impact?" + query, token: token)
    }
}

extension Reply {
    /// Nodes of a graph.
    var nodes: Set<String> { Set(json["nodes"]?.array?.compactMap { $0["node"]?.string } ?? []) }

    /// Edges of a graph as sentences.
    var sentences: Set<String> {
        Set(
            (json["edges"]?.array ?? []).map { edge in
                ["source", "relationship", "target"].map { edge[$0]?.string ?? "?" }.joined(separator: " ")
            })
    }

    /// Affected entities of an impact, with their paths.
    var paths: [String: [String]] {
        var paths: [String: [String]] = [:]
        for type in json["affected"]?.object?.members ?? [] {
            for item in type.value.array ?? [] {
                paths[item["node"]?.string ?? "?"] = item["path"]?.array?.compactMap(\.string)
            }
        }
        return paths
    }

    /// Nodes to train again, in their order.
    var retraining: [String] { json["retraining"]?["order"]?.array?.compactMap { $0["node"]?.string } ?? [] }

    /// What became of the edges of a batch.
    var results: [String] { items("status") }
}

extension APIHarness {
    /// Takes the graph away, as in a database from before there was one.
    func forgetTheGraph() async throws {
        let store = try #require(registry.store as? SQLiteMetadataStore)
        try await store.database.write { connection in
            for sql in [
                "DELETE FROM lineage_edge", "DELETE FROM lineage_edge_past", "DELETE FROM lineage_entity",
                "UPDATE consumer SET in_graph = 0", "DELETE FROM setting WHERE key = 'lineage.progress'",
            ] {
                try connection.execute(sql)
            }
        }
    }
}

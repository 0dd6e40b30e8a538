internal import StemmaJSON

/// A million edges into the graph beside a bare loop of the same inserts, and the impact of one node with ten thousand
/// descendants beside a recursive query written by hand on the same file.
enum LineageLoad {
    private static let json = ["Content-Type: application/json"]

    static func run(_ bench: Bench) throws {
        let load = EdgeLoad(edgeCount: bench.choose(1_000_000, quick: 100_000))
        let daemon = try Daemon(bench, directory: try bench.newDirectory("lineage"))
        defer { daemon.stop() }
        let bare: Double = try insertBare(load, bench)
        let stemma: Double = try insert(load, daemon)
        bench.report.add(
            Finding(
                measure: "lineage", title: "edges taken", unit: .perSecond, stemma: [stemma],
                yardstick: .init(name: "bare inserts", samples: [bare]), bar: .atLeast(0.4),
                note:
                    "\(load.edgeCount) edges between \(load.nodeCount) nodes, \(EdgeLoad.batch) a request and a bare "
                    + "transaction, both ways indexed; over HTTP with two connections"))
        bench.report.add(
            Finding(
                measure: "lineage", title: "edges taken", unit: .perSecond, stemma: [stemma], bar: .atLeast(50_000)))
        try impact(daemon, descendants: bench.choose(10_000, quick: 2_000), bench)
    }

    /// Edges per second over two connections.
    private static func insert(_ load: EdgeLoad, _ daemon: Daemon) throws -> Double {
        let clients: [HTTPClient] = [try daemon.client(), try daemon.client()]
        let bodies: [[UInt8]] = (0..<load.batchCount).map { EdgeLoad.body(load.edges($0)) }
        let start: UInt64 = Clock.now
        // Two requests are under way: while one is written the next is read.
        for (index, body) in bodies.enumerated() {
            let client: HTTPClient = clients[index % 2]
            if index >= 2 { try expectTaken(client.readAnswer()) }
            try client.send("POST", "/v1/lineage/edges", headers: json, body: body)
        }
        for index in max(0, bodies.count - 2)..<bodies.count { try expectTaken(clients[index % 2].readAnswer()) }
        return Double(load.edgeCount) / Clock.seconds(since: start)
    }

    private static func expectTaken(_ answer: HTTPClient.Answer) throws {
        let body: JSONValue? = try? JSONParser.parse(answer.body)
        guard answer.status == 200, body?["refused"]?.integer == 0, let created = body?["created"]?.integer, created > 0
        else { throw BenchError("edges were answered \(answer.status): \(answer.text.suffix(300))") }
    }

    /// The same edges without anything around them: row keys are known, one prepared statement, two indexes.
    private static func insertBare(_ load: EdgeLoad, _ bench: Bench) throws -> Double {
        let database = try BareSQLite(try bench.newDirectory("bare-edges") + "/edges.sqlite")
        try database.execute(
            """
            CREATE TABLE edge (upstream INTEGER, relationship INTEGER, downstream INTEGER, since_ms INTEGER,
                PRIMARY KEY (upstream, relationship, downstream)) WITHOUT ROWID;
            CREATE INDEX edge_downstream ON edge (downstream, relationship, upstream)
            """)
        let batches: [[EdgeLoad.Edge]] = (0..<load.batchCount).map { load.edges($0) }
        let start: UInt64 = Clock.now
        try database.prepare("INSERT INTO edge VALUES (?, ?, ?, 1700000000000)") { insert in
            for batch in batches {
                try database.execute("BEGIN IMMEDIATE")
                for edge in batch { try insert.run([edge.upstream, edge.relationship, edge.downstream]) }
                try database.execute("COMMIT")
            }
        }
        return Double(load.edgeCount) / Clock.seconds(since: start)
    }

    /// A tree under one data source: a hundred datasets, and models trained on them.
    private static func impact(_ daemon: Daemon, descendants: Int, _ bench: Bench) throws {
        let client: HTTPClient = try daemon.client()
        let datasets: Int = descendants / 100
        var edges: [JSONValue] = (0..<datasets).map { index in
            [
                "source": .string("dataset:ledger_\(index)"), "target": "data_source:ledger",
                "relationship": "derives_from",
            ]
        }
        edges += (0..<(descendants - datasets)).map { index in
            [
                "source": .string("model:ledger_model_\(index)"),
                "target": .string("dataset:ledger_\(index % datasets)"), "relationship": "derives_from",
            ]
        }
        var writer = JSONWriter()
        writer.value(.array(edges))
        try expectTaken(
            client.request("POST", "/v1/lineage/edges", headers: json, body: writer.finish()))

        let path = "/v1/lineage/impact?node=data_source:ledger"
        let query = """
            WITH RECURSIVE affected(id) AS (
                SELECT id FROM lineage_entity WHERE type = 'data_source' AND key = ?
                UNION SELECT e.downstream FROM affected a JOIN lineage_edge e ON e.upstream = a.id)
            SELECT n.type, n.key, n.owner, n.training_hours, n.hourly_cost
            FROM affected a JOIN lineage_entity n ON n.id = a.id
            """
        let database = try BareSQLite(daemon.directory + "/registry.sqlite")
        var stemma: [Double] = []
        var yardstick: [Double] = []
        try database.prepare(query) { statement in
            for round in 0...bench.choose(15, quick: 5) {
                let own: Double = try Clock.time {
                    let answer: HTTPClient.Answer = try client.expect("GET", path)
                    guard answer.body.count > descendants * 100 else { throw BenchError("impact is incomplete") }
                }
                let byHand: Double = try Clock.time {
                    guard try statement.run([], text: "ledger") == descendants + 1 else {
                        throw BenchError("the query by hand found something else")
                    }
                }
                if round > 0 {
                    stemma.append(own * 1e6)
                    yardstick.append(byHand * 1e6)
                }
            }
        }
        bench.report.add(
            Finding(
                measure: "lineage", title: "impact", unit: .microseconds, stemma: stemma,
                yardstick: .init(name: "recursive query", samples: yardstick), bar: .atMost(1.5),
                note:
                    "\(descendants) descendants among \(datasets) datasets; with paths, costs and order, over HTTP"))
    }
}

internal import StemmaJSON

/// How a model's traffic is to be split while a rollout is under way, beside the production alias: what routers ask and what
/// deploy tooling asks, in the same run.
enum TrafficRead {
    static func run(_ bench: Bench) throws {
        let daemon = try Daemon(bench, directory: try bench.newDirectory("traffic"))
        defer { daemon.stop() }
        let alias: HTTPClient.Answer = try AliasRead.publish(daemon)
        let path: String = try startRollout(daemon)
        let client: HTTPClient = try daemon.client()
        let split: HTTPClient.Answer = try client.expect("GET", path)
        guard try JSONParser.parse(split.body)["splits"]?.array?.count == 2 else {
            throw BenchError("no split during a rollout: \(split.text)")
        }
        try ReadPair.run(
            "traffic", .init(name: "traffic split", path: path),
            beside: .init(name: "alias read", path: AliasRead.path), daemon,
            note: "wrk -t2 -c64; bodies of \(split.body.count) and \(alias.body.count) bytes", bench)
        guard try daemon.client().expect("GET", path).body == split.body else {
            throw BenchError("the split changed under load")
        }
    }

    /// Gives a second version a share; answers the path of the split.
    private static func startRollout(_ daemon: Daemon) throws -> String {
        var load = try RegistrationLoad(daemon, model: "fraud_detection", registered: 1)
        _ = try load.run(1, LoadGenerator(port: daemon.port, connections: 1))
        let patch: Int = RegistrationLoad.firstPatch + 1
        let client: HTTPClient = try daemon.client()
        try OpenLifecycle.move(patch, of: load.model, to: "staging", client)
        let body =
            "{\"version\":\"\(RegistrationLoad.version(patch))\",\"automatic\":false,\"rationale\":\"benchmark\"}"
        try client.expect(
            "POST", "/v1/models/\(load.model)/rollouts", headers: ["Content-Type: application/json"],
            body: Array(body.utf8))
        return "/v1/models/\(load.model)/traffic"
    }
}

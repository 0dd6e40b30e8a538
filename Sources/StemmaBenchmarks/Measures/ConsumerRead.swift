internal import StemmaJSON

/// The alias read of somebody who says who it is, beside the same read of somebody who does not.
enum ConsumerRead {
    private static let consumer = "payments-scoring"

    static func run(_ bench: Bench) throws {
        let daemon = try Daemon(bench, directory: try bench.newDirectory("consumer"))
        defer { daemon.stop() }
        _ = try AliasRead.publish(daemon)
        try ReadPair.run(
            "consumer",
            .init(name: "with consumer", path: AliasRead.path, headers: ["Stemma-Consumer: \(consumer)"]),
            beside: .init(name: "without Stemma-Consumer", path: AliasRead.path), daemon,
            note: "wrk -t2 -c64; every read of the one names its consumer", bench)
        try checkNoted(daemon)
    }

    /// A read that forgets its consumer is no yardstick for one that does not. What is noted is written within seconds.
    private static func checkNoted(_ daemon: Daemon) throws {
        let client: HTTPClient = try daemon.client()
        let start: UInt64 = Clock.now
        while Clock.seconds(since: start) < 30 {
            let body: [UInt8] = try client.expect("GET", "/v1/models/fraud_detection/consumers").body
            let items: [JSONValue] = try JSONParser.parse(body)["items"]?.array ?? []
            if items.contains(where: { $0["consumer"]?.string == consumer }) { return }
            Clock.sleep(milliseconds: 200)
        }
        throw BenchError("the consumer of the reads was not noted")
    }
}

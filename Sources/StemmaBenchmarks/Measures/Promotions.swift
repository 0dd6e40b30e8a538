internal import StemmaJSON

/// Promotions of one model's versions, one after another as fast as one client gets them confirmed, under 64 readers of its
/// production alias: whether every answer is right, and how many there are beside a time without promotions.
enum Promotions {
    private static let model = "fraud_detection"
    private static let readers = 64

    /// What one series of promotions showed.
    private struct Series {
        let window: Window
        /// From asking to the confirmation, in microseconds.
        let latencies: [Double]
    }

    static func run(_ bench: Bench) throws {
        let daemon = try Daemon(bench, directory: try bench.newDirectory("promotion"))
        defer { daemon.stop() }
        let rounds: Int = bench.choose(6, quick: 1)
        let seconds: Double = bench.choose(2.5, quick: 1)
        // Holders only go up, so each version is promoted once. A series that runs out of them ends early.
        let share: Int = bench.choose(4_000, quick: 3_000)
        var load = try RegistrationLoad(daemon, model: model)
        let generator = LoadGenerator(port: daemon.port, connections: Registrations.connections)
        _ = try load.run(1 + rounds * share, generator)
        try OpenLifecycle.install(on: daemon)
        let client: HTTPClient = try daemon.client()
        var patch: Int = RegistrationLoad.firstPatch
        try OpenLifecycle.move(patch, of: model, to: "production", client)

        let progress = PromotionProgress(holder: patch)
        let reads = SteadyLoad(
            port: daemon.port, connections: readers,
            AliasWitness(daemon, model: model, alias: "production", progress)
        ) { witness, request in
            witness.next(&request)
        } examine: { witness, body, lowest in
            witness.examine(body, lowest: lowest)
        }
        Clock.sleep(milliseconds: bench.choose(1_000, quick: 200))
        var quiet: [Window] = []
        var busy: [Series] = []
        for _ in 0..<rounds where !reads.hasFailed {
            quiet.append(.of { Clock.sleep(milliseconds: Int(seconds * 1_000)) })
            busy.append(try series(&patch, share, seconds, progress, client))
        }
        let (log, witness) = try reads.stop()
        try checkEnd(patch, witness, client)
        report(log, witness, quiet, busy, bench)
    }

    private static func series(
        _ patch: inout Int, _ share: Int, _ seconds: Double, _ progress: PromotionProgress, _ client: HTTPClient
    ) throws -> Series {
        let end: Int = patch + share
        var latencies: [Double] = []
        let window: Window = try .of {
            let start: UInt64 = Clock.now
            while patch < end, Clock.seconds(since: start) < seconds {
                patch += 1
                progress.begin(patch)
                latencies.append(
                    try Clock.time { try OpenLifecycle.move(patch, of: model, to: "production", client) } * 1e6)
                progress.confirm(patch)
            }
        }
        return Series(window: window, latencies: latencies)
    }

    /// What every answer said of a version must be what the version says of itself, and the last one promoted must be the
    /// only one in production.
    private static func checkEnd(_ patch: Int, _ witness: AliasWitness, _ client: HTTPClient) throws {
        for (holder, body) in witness.bodies {
            let path = "/v1/models/\(model)/versions/\(RegistrationLoad.version(holder))"
            let version: JSONValue = try JSONParser.parse(client.expect("GET", path).body)
            let alias: JSONValue = try JSONParser.parse(body)
            for member in ["model_id", "manifest_digest"] where version[member]?.string != alias[member]?.string {
                throw BenchError("the alias answered another \(member) than \(path)")
            }
        }
        let path = "/v1/models/\(model)/versions?filter=state%3D%27production%27"
        let items: [JSONValue] =
            try JSONParser.parse(client.expect("GET", path).body)["items"]?.array ?? []
        guard items.count == 1, items[0]["version"]?.string == RegistrationLoad.version(patch) else {
            throw BenchError("\(items.count) versions are in production after the promotions")
        }
    }

    private static func report(
        _ log: AnswerLog, _ witness: AliasWitness, _ quiet: [Window], _ busy: [Series], _ bench: Bench
    ) {
        let refused: Int = log.refused.values.reduce(log.isCutOff ? 1 : 0, +)
        let promotions: Int = busy.reduce(0) { $0 + $1.latencies.count }
        if let fault = witness.firstWrong { bench.report.warn("wrong answer of the alias: \(fault)") }
        bench.report.add(
            Finding(
                measure: "promotion", title: "wrong answers", unit: .count, stemma: [Double(witness.wrong + refused)],
                bar: .atMost(0),
                note:
                    "of \(log.count) answers during \(promotions) promotions, \(witness.bodies.count) versions read; wrong is one that "
                    + "failed, contradicts itself or an earlier one, or names another version than could be in production between "
                    + "asking and answering"))
        bench.report.add(
            Finding(
                measure: "promotion", title: "alias reads meanwhile", unit: .perSecond,
                stemma: busy.map { log.rate(in: $0.window) },
                yardstick: .init(name: "without promotions", samples: quiet.map { log.rate(in: $0) }),
                bar: .atLeast(0.8), note: "\(readers) connections, every body checked, both in turn under one load"))
        bench.report.add(
            Finding(
                measure: "promotion", title: "p99 of these reads", unit: .microseconds,
                stemma: busy.map { log.latency(in: $0.window, 0.99) },
                yardstick: .init(name: "without promotions", samples: quiet.map { log.latency(in: $0, 0.99) })))
        bench.report.add(
            Finding(
                measure: "promotion", title: "promotions", unit: .perSecond,
                stemma: busy.map { Double($0.latencies.count) / $0.window.seconds }, note: "one client, no guards"))
        for (title, share) in [("median of a promotion", 0.5), ("p99 of a promotion", 0.99)] {
            bench.report.add(
                Finding(
                    measure: "promotion", title: title, unit: .microseconds,
                    stemma: busy.map { Statistics.percentile($0.latencies, share) }))
        }
    }
}

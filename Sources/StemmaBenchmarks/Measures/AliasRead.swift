/// The hot read: a production alias with token, keep-alive, 64 connections, beside an nginx that returns the same bytes
/// from its configuration.
enum AliasRead {
    static let path = "/v1/models/fraud_detection/aliases/production"

    static func run(_ bench: Bench) throws {
        let daemon = try Daemon(bench, directory: try bench.newDirectory("alias-read"))
        defer { daemon.stop() }
        let answer: HTTPClient.Answer = try publish(daemon)
        let nginx: Nginx = try .answering(
            answer.text, contentType: answer.header("Content-Type") ?? "application/json", bench)
        defer { nginx.stop() }
        guard try HTTPClient(port: nginx.port).get(path).body == answer.body else {
            throw BenchError("nginx does not answer the same body")
        }

        let seconds: Int = bench.choose(5, quick: 1)
        var stemma: [Wrk] = []
        var yardstick: [Wrk] = []
        for round in 0...bench.choose(3, quick: 1) {
            let read: Wrk = try .run(
                "http://127.0.0.1:\(daemon.port)\(path)", headers: [daemon.authorization], seconds: seconds, bench,
                processorTime: { Clock.processorTime(of: daemon.process.pid) })
            let plain: Wrk = try .run(
                "http://127.0.0.1:\(nginx.port)\(path)", headers: [], seconds: seconds, bench,
                processorTime: { nginx.processorTime })
            // The first round warms both up.
            guard round > 0 else { continue }
            stemma.append(read)
            yardstick.append(plain)
        }
        guard try daemon.client().get(path).body == answer.body else {
            throw BenchError("the alias changed under load")
        }
        report(stemma, yardstick, bytes: answer.body.count, bench)
    }

    /// Registers a version, promotes it under an open lifecycle, and answers what the alias then answers.
    static func publish(_ daemon: Daemon) throws -> HTTPClient.Answer {
        var load = try RegistrationLoad(daemon, model: "fraud_detection")
        _ = try load.run(1, LoadGenerator(port: daemon.port, connections: 1))
        try OpenLifecycle.install(on: daemon)
        try OpenLifecycle.move(RegistrationLoad.firstPatch, of: load.model, to: "production", daemon.client())
        return try daemon.client().expect("GET", path)
    }

    private static func report(_ stemma: [Wrk], _ yardstick: [Wrk], bytes: Int, _ bench: Bench) {
        bench.report.add(
            Finding(
                measure: "alias-read", title: "rate", unit: .perSecond, stemma: stemma.map(\.requestsPerSecond),
                yardstick: .init(name: "nginx return 200", samples: yardstick.map(\.requestsPerSecond)),
                bar: .atLeast(0.6),
                note:
                    "wrk -t2 -c64 on the same cores; body of \(bytes) bytes; no failed answer in any run; the aim is 1.0"
            ))
        bench.report.add(
            Finding(
                measure: "alias-read", title: "p99 latency under load", unit: .microseconds, stemma: stemma.map(\.p99),
                yardstick: .init(name: "nginx return 200", samples: yardstick.map(\.p99)), bar: .atMost(2)))
        bench.report.add(
            Finding(
                measure: "alias-read", title: "CPU a request", unit: .fineMicroseconds,
                stemma: stemma.compactMap(\.processor),
                yardstick: .init(name: "nginx return 200", samples: yardstick.compactMap(\.processor))))
    }
}

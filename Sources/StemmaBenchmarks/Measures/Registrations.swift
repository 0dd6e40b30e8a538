/// Durable registrations over 32 connections, beside a bare loop of one-row transactions on the same disk.
enum Registrations {
    /// Connections that register at once.
    static let connections = 32

    static func run(_ bench: Bench) throws {
        let daemon = try Daemon(bench, directory: try bench.newDirectory("registrations"))
        defer { daemon.stop() }
        let bare = try BareTransactions(try bench.newDirectory("bare") + "/bare.sqlite")
        let generator = LoadGenerator(port: daemon.port, connections: connections)
        var load = try RegistrationLoad(daemon, model: "fraud_detection")
        _ = try load.run(bench.choose(1_000, quick: 200), generator)
        _ = try bare.run(seconds: 0.5)

        let seconds: Double = bench.choose(2.5, quick: 1)
        var stemma: [LoadGenerator.Outcome] = []
        var yardstick: [Double] = []
        // Under contention for the disk the processor time says more than the rate.
        var processor: [Double] = []
        for _ in 0..<bench.choose(6, quick: 1) {
            let burst = try load.run(seconds: seconds, generator, on: daemon)
            stemma.append(burst.outcome)
            processor.append(burst.processor)
            yardstick.append(try bare.run(seconds: seconds))
        }
        report(stemma, yardstick, bench)
        bench.report.add(
            Finding(
                measure: "registrations", title: "CPU a registration", unit: .fineMicroseconds, stemma: processor))
    }

    private static func report(_ stemma: [LoadGenerator.Outcome], _ yardstick: [Double], _ bench: Bench) {
        let total: Int = stemma.reduce(0) { $0 + $1.succeeded }
        bench.report.add(
            Finding(
                measure: "registrations", title: "rate", unit: .perSecond, stemma: stemma.map(\.perSecond),
                yardstick: .init(name: "bare transactions", samples: yardstick), bar: .atLeast(0.5),
                note:
                    "\(connections) connections, \(total) versions with the specification's metadata; bare: one row of "
                    + "64 bytes, WAL, synchronous=FULL"))
        for (title, share) in [("median latency", 0.5), ("p99 latency", 0.99)] {
            bench.report.add(
                Finding(
                    measure: "registrations", title: title, unit: .microseconds,
                    stemma: stemma.map { Statistics.percentile($0.latencies, share) }))
        }
    }
}

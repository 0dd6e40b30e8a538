/// Two hot reads of one daemon in turn, 64 connections each.
enum ReadPair {
    /// One of them.
    struct Read {
        let name: String
        let path: String
        /// Header lines beside the token.
        var headers: [String] = []
    }

    /// Reports the rate of the first beside that of the second, and what each costs the daemon. Throws `BenchError`.
    static func run(
        _ measure: String, _ first: Read, beside second: Read, _ daemon: Daemon, note: String, _ bench: Bench
    ) throws {
        var runs: [[Wrk]] = [[], []]
        for round in 0...bench.choose(4, quick: 1) {
            // Each is the earlier one as often as the other.
            for side in round % 2 == 0 ? [0, 1] : [1, 0] {
                let read: Read = side == 0 ? first : second
                let run: Wrk = try .run(
                    "http://127.0.0.1:\(daemon.port)\(read.path)", headers: [daemon.authorization] + read.headers,
                    seconds: bench.choose(4, quick: 1), bench,
                    processorTime: { Clock.processorTime(of: daemon.process.pid) })
                // The first round warms up.
                if round > 0 { runs[side].append(run) }
            }
        }
        bench.report.add(
            Finding(
                measure: measure, title: "rate", unit: .perSecond, stemma: runs[0].map(\.requestsPerSecond),
                yardstick: .init(name: second.name, samples: runs[1].map(\.requestsPerSecond)), bar: .atLeast(0.9),
                note: note))
        bench.report.add(
            Finding(
                measure: measure, title: "p99 latency under load", unit: .microseconds, stemma: runs[0].map(\.p99),
                yardstick: .init(name: second.name, samples: runs[1].map(\.p99))))
        bench.report.add(
            Finding(
                measure: measure, title: "CPU a request", unit: .fineMicroseconds,
                stemma: runs[0].compactMap(\.processor),
                yardstick: .init(name: second.name, samples: runs[1].compactMap(\.processor))))
    }
}

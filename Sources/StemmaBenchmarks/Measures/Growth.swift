internal import Glibc

/// What requests cost with 100 versions in a model and with 100,000: two daemons side by side, in turn.
enum Growth {
    static let model = "fraud_detection"
    private static let smallCount = 100

    /// One of the two databases.
    private struct Side {
        let directory: String
        let count: Int
        var daemon: Daemon?
        var load: RegistrationLoad?
        var generator: LoadGenerator?
    }

    /// What a request of one burst cost: wall time and the daemon's processor time, in microseconds, and bytes that the
    /// daemon wrote to disk.
    private struct Cost {
        let wall: Double
        let processor: Double
        let written: Double
    }

    private enum Work: Int, CaseIterable {
        case registration, aliasRead, versionPage, modelPage

        var title: String {
            switch self {
            case .registration: "registration"
            case .aliasRead: "alias read"
            case .versionPage: "first page of versions"
            case .modelPage: "first page of models"
            }
        }

        /// Requests in one burst.
        var count: Int {
            switch self {
            case .registration: 200
            case .aliasRead: 10_000
            case .versionPage: 200
            case .modelPage: 1_000
            }
        }

        var path: String {
            switch self {
            case .registration: ""
            case .aliasRead: AliasRead.path
            case .versionPage: "/v1/models/\(model)/versions?limit=50"
            case .modelPage: "/v1/models"
            }
        }
    }

    static func run(_ bench: Bench) throws {
        let largeCount: Int = bench.choose(100_000, quick: 10_000)
        let large: String = try fill(largeCount, bench)
        let pristine: String = try fill(smallCount, bench)
        var sides: [Side] = [
            Side(directory: bench.newPath("small"), count: smallCount), Side(directory: large, count: largeCount),
        ]
        var costs: [[[Cost]]] = Array(repeating: [[], []], count: Work.allCases.count)
        var starts: [[Double]] = [[], []]
        var idle: [Double] = []
        for round in 0..<bench.choose(5, quick: 1) {
            // What is registered while measuring makes the small one larger, so each round has a fresh one.
            try Files.remove(sides[0].directory)
            try Files.copy(pristine, to: sides[0].directory)
            try Files.settle(bench.workspace)
            for index in sides.indices { starts[index].append(try start(&sides[index], bench)) }
            idle.append(Double(try ProcessMemory.resident(sides[1].daemon?.process.pid ?? 0)))
            try measure(&sides, &costs, firstIsLarge: round % 2 == 1)
            for index in sides.indices { stop(&sides[index]) }
        }
        report(costs, starts, idle, largeCount, bench)
        try startAfterKill(&sides[1], bench)
    }

    /// A directory with that many versions of one model, registered through the API, the last one in
    /// production under an open lifecycle.
    static func fill(_ count: Int, _ bench: Bench) throws -> String {
        let directory: String = try bench.newDirectory("versions-\(count)")
        let daemon = try Daemon(bench, directory: directory)
        defer { daemon.stop() }
        var load = try RegistrationLoad(daemon, model: model)
        let seconds: Double = try Clock.time {
            let generator = LoadGenerator(port: daemon.port, connections: Registrations.connections)
            while load.registered < count { _ = try load.run(min(10_000, count - load.registered), generator) }
        }
        try OpenLifecycle.install(on: daemon)
        let last: Int = RegistrationLoad.firstPatch + count - 1
        try OpenLifecycle.move(last, of: model, to: "production", daemon.client())
        Console.note("  \(count) versions registered in \(Text.fixed(seconds, 1)) s")
        return directory
    }

    /// Answers how long the start took.
    private static func start(_ side: inout Side, _ bench: Bench) throws -> Double {
        let daemon = try Daemon(bench, directory: side.directory)
        side.daemon = daemon
        // The large directory keeps what earlier rounds registered; gaps in the patch numbers do no harm.
        let registered: Int = max(side.count, side.load?.registered ?? 0)
        let isFresh: Bool = side.count == smallCount
        side.load = try RegistrationLoad(daemon, model: model, registered: isFresh ? smallCount : registered)
        side.generator = LoadGenerator(port: daemon.port, connections: Registrations.connections)
        return daemon.startSeconds
    }

    private static func stop(_ side: inout Side) {
        side.generator = nil
        side.daemon?.stop()
        side.daemon = nil
    }

    /// Short bursts in turn, so that whatever else the machine does hits both alike.
    private static func measure(_ sides: inout [Side], _ costs: inout [[[Cost]]], firstIsLarge: Bool) throws {
        let order: [Int] = firstIsLarge ? [1, 0] : [0, 1]
        for work in Work.allCases {
            for burst in 0...4 {
                for index in order {
                    let cost: Cost = try self.burst(work, &sides[index])
                    // The first burst warms up.
                    if burst > 0 { costs[work.rawValue][index].append(cost) }
                }
            }
        }
    }

    private static func burst(_ work: Work, _ side: inout Side) throws -> Cost {
        guard let daemon = side.daemon, let generator = side.generator else { throw BenchError("no daemon") }
        let process: pid_t = daemon.process.pid
        let processor: Double = Clock.processorTime(of: process) ?? 0
        let written: Int = try ProcessDisk.written(process)
        let outcome: LoadGenerator.Outcome
        if work == .registration {
            guard var load = side.load else { throw BenchError("no load") }
            outcome = try load.run(work.count, generator)
            side.load = load
        } else {
            let request: [UInt8] = Array(
                "GET \(work.path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\n\r\n".utf8)
            var left: Int = work.count
            outcome = try generator.run { next in
                guard left > 0 else { return nil }
                left -= 1
                next.append(contentsOf: request)
                return 0
            }
            try outcome.expectSuccess()
        }
        let count = Double(work.count)
        return Cost(
            wall: outcome.seconds / count * 1e6,
            processor: ((Clock.processorTime(of: process) ?? 0) - processor) / count * 1e6,
            written: Double(try ProcessDisk.written(process) - written) / count)
    }

    private static func report(
        _ costs: [[[Cost]]], _ starts: [[Double]], _ idle: [Double], _ largeCount: Int, _ bench: Bench
    ) {
        for work in Work.allCases {
            let pair: [[Cost]] = costs[work.rawValue]
            let note: String? = work == .registration ? registrationNote(largeCount) : nil
            let lines: [(String, Finding.Unit, KeyPath<Cost, Double>, Finding.Bar?, String?)] = [
                (work.title, .microseconds, \.wall, .atMost(1.3), note),
                (work.title + ", CPU", .fineMicroseconds, \.processor, nil, nil),
            ]
            for (title, unit, part, bar, note) in lines {
                bench.report.add(
                    Finding(
                        measure: "growth", title: title, unit: unit, stemma: pair[1].map { $0[keyPath: part] },
                        yardstick: .init(name: "\(smallCount) versions", samples: pair[0].map { $0[keyPath: part] }),
                        bar: bar, note: note))
            }
        }
        // Means and not medians: what a checkpoint writes falls into few bursts.
        let written: [Double] = costs[Work.registration.rawValue].map { side in
            side.reduce(0) { $0 + $1.written } / Double(side.count)
        }
        bench.report.add(
            Finding(
                measure: "growth", title: "registration, written", unit: .bytes, stemma: [written[1]],
                yardstick: .init(name: "\(smallCount) versions", samples: [written[0]])))
        bench.report.add(
            Finding(
                measure: "growth", title: "start", unit: .seconds, stemma: starts[1], bar: .below(1),
                note: "with \(smallCount) versions: \(Text.fixed(Statistics.median(starts[0]), 3)) s"))
        bench.report.add(
            Finding(
                measure: "growth", title: "resident after start", unit: .bytes, stemma: idle, bar: .below(67_108_864)))
    }

    private static func registrationNote(_ largeCount: Int) -> String {
        "the column stemma is with \(largeCount) versions, the yardstick with \(smallCount) (up to "
            + "\(smallCount + 5 * Work.registration.count) while registrations are measured); time a request over "
            + "\(Registrations.connections) connections"
    }

    /// The start that has a write-ahead log to take in.
    private static func startAfterKill(_ side: inout Side, _ bench: Bench) throws {
        _ = try start(&side, bench)
        _ = try burst(.registration, &side)
        side.daemon?.process.kill()
        let daemon = try Daemon(bench, directory: side.directory)
        defer { daemon.stop() }
        bench.report.add(
            Finding(measure: "growth", title: "start after kill -9", unit: .seconds, stemma: [daemon.startSeconds]))
    }
}

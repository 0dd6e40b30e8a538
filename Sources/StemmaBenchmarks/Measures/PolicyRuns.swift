internal import Glibc
internal import StemmaJSON

/// Runs of a retirement policy over 100,000 versions, 1,000 of them with a year of daily observations, while aliases are read
/// and versions registered: how long they take and what they cost the others.
enum PolicyRuns {
    private static let readers = 64

    /// Where a policy takes from what a version's quality is held against.
    private enum Baseline: String, CaseIterable {
        case registered
        case firstDays = "first_days"

        var title: String {
            switch self {
            case .registered: "run, against registered metrics"
            case .firstDays: "run, against the first days observed"
            }
        }
    }

    /// What is known of one run.
    private struct Run {
        let window: Window
        let decisions: Int
        var seconds: Double { window.seconds }
    }

    static func run(_ bench: Bench) throws {
        let count: Int = bench.choose(100_000, quick: 10_000)
        let daemon = try Daemon(bench, directory: try Growth.fill(count, bench))
        defer { daemon.stop() }
        let fleet = ObservedFleet(count: bench.choose(1_000, quick: 100), of: count)
        let taken: Double = try fleet.record(daemon, model: Growth.model)
        bench.report.add(
            Finding(
                measure: "policy", title: "observations taken", unit: .perSecond,
                stemma: [Double(fleet.patches.count * ObservedFleet.days * 2) / taken],
                note: "two metrics a day for a year, one request for each of \(fleet.patches.count) versions"))

        let client: HTTPClient = try daemon.client()
        let policies: [(baseline: Baseline, path: String)] = try Baseline.allCases.map {
            ($0, try create($0, mode: "recommend", client))
        }
        var quiet: [[Run]] = policies.map { _ in [] }
        var busy: [[Run]] = policies.map { _ in [] }
        for _ in 0..<bench.choose(2, quick: 1) {
            for (index, policy) in policies.enumerated() {
                quiet[index].append(try carryOut(policy.path, "retire", fleet, count, client))
            }
        }
        let load = try RegistrationLoad(daemon, model: Growth.model, registered: count)
        let others = try Others(daemon, load)
        Clock.sleep(milliseconds: 500)
        var pauses: [Window] = []
        for _ in 0..<bench.choose(2, quick: 1) {
            for (index, policy) in policies.enumerated() {
                pauses.append(.of { Clock.sleep(milliseconds: bench.choose(1_500, quick: 500)) })
                busy[index].append(try carryOut(policy.path, "retire", fleet, count, client))
            }
        }
        try others.stop()
        report(policies.map(\.baseline), busy, quiet, bench)
        try others.report(during: busy.flatMap { $0 }.map(\.window), without: pauses, bench)
        try enforce(fleet, count, client, bench)
    }

    /// Makes a policy; answers its path.
    private static func create(_ baseline: Baseline, mode: String, _ client: HTTPClient) throws -> String {
        let policy: JSONValue = [
            "name": .string("\(mode) \(baseline.rawValue)"), "kind": "retirement", "mode": .string(mode),
            "states": ["development"],
            "criteria": [
                "performance": [
                    "metric": .string(ObservedFleet.quality), "threshold": 0.05, "window_days": 7,
                    "baseline": .string(baseline.rawValue),
                ],
                "age": ["max_age_days": 180],
                "usage": ["metric": .string(ObservedFleet.usage), "minimum": 100, "window_days": 7],
            ],
        ]
        var writer = JSONWriter()
        writer.value(policy)
        let answer: HTTPClient.Answer = try client.expect(
            "POST", "/v1/policies", headers: ["Content-Type: application/json"], body: writer.finish())
        guard let path = answer.header("Location") else { throw BenchError("a new policy without a location") }
        return path
    }

    /// Has it run, and looks whether it decided what the observations ask for.
    private static func carryOut(
        _ path: String, _ verdict: String, _ fleet: ObservedFleet, _ count: Int, _ client: HTTPClient
    ) throws -> Run {
        var body: JSONValue = .null
        let window: Window = try .of { body = try JSONParser.parse(client.expect("POST", path + "/run").body) }
        let counts: [Int64] = body["counts"]?.object?.members.compactMap(\.value.integer) ?? []
        let decisions = Int(counts.reduce(0, +))
        // One is in production.
        guard body["status"]?.string == "finished", decisions >= count - 1,
            body["counts"]?[verdict]?.integer == Int64(fleet.failing)
        else {
            throw BenchError("the policy decided otherwise than expected: \(body["counts"] ?? .null)")
        }
        return Run(window: window, decisions: decisions)
    }

    /// The same with the moves, which the runs above only recommend.
    private static func enforce(_ fleet: ObservedFleet, _ count: Int, _ client: HTTPClient, _ bench: Bench) throws {
        let path: String = try create(.registered, mode: "enforce", client)
        let run: Run = try carryOut(path, "retired", fleet, count, client)
        bench.report.add(
            Finding(
                measure: "policy", title: "run that retires", unit: .seconds, stemma: [run.seconds],
                note: "mode enforce, nothing else going on, \(fleet.failing) versions moved of \(run.decisions)"))
    }

    private static func report(_ baselines: [Baseline], _ busy: [[Run]], _ quiet: [[Run]], _ bench: Bench) {
        for (index, baseline) in baselines.enumerated() {
            let decisions: [Int] = busy[index].map(\.decisions)
            bench.report.add(
                Finding(
                    measure: "policy", title: baseline.title, unit: .seconds, stemma: busy[index].map(\.seconds),
                    bar: .below(5),
                    note:
                        "performance, age and usage of \(decisions.min() ?? 0) to \(decisions.max() ?? 0) versions, every "
                        + "decision recorded, under \(readers) readers and \(Registrations.connections) registering; with "
                        + "nothing else going on: \(Text.fixed(Statistics.median(quiet[index].map(\.seconds)), 3)) s"))
        }
    }
}

/// The readers and registrations that go on while a policy runs.
private final class Others {
    private let reads: SteadyLoad<[UInt8]>
    private let registrations: SteadyLoad<RegistrationLoad>
    private var readLog: AnswerLog?
    private var registrationLog: AnswerLog?

    init(_ daemon: Daemon, _ load: RegistrationLoad) throws {
        let request = Array(
            "GET \(AliasRead.path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\n\r\n".utf8)
        reads = SteadyLoad(port: daemon.port, connections: 64, request) { request, bytes in
            bytes.append(contentsOf: request)
            return 0
        }
        registrations = SteadyLoad(port: daemon.port, connections: Registrations.connections, load) { load, bytes in
            load.append(to: &bytes)
        }
    }

    func stop() throws {
        (readLog, registrationLog) = (try reads.stop().log, try registrations.stop().log)
        try readLog?.expectSuccess()
        try registrationLog?.expectSuccess()
    }

    func report(during runs: [Window], without pauses: [Window], _ bench: Bench) throws {
        guard let readLog, let registrationLog else { throw BenchError("the load has not ended") }
        for (name, log) in [("alias reads", readLog), ("registrations", registrationLog)] {
            bench.report.add(
                Finding(
                    measure: "policy", title: name + " meanwhile", unit: .perSecond,
                    stemma: runs.map { log.rate(in: $0) },
                    yardstick: .init(name: "without a run", samples: pauses.map { log.rate(in: $0) }),
                    bar: .atLeast(0.5)))
        }
        for (name, log) in [("read", readLog), ("registration", registrationLog)] {
            let usual: Double = pauses.map { log.slowest(in: $0) }.max() ?? .nan
            bench.report.add(
                Finding(
                    measure: "policy", title: "slowest \(name) meanwhile", unit: .microseconds,
                    stemma: [runs.map { log.slowest(in: $0) }.max() ?? .nan], bar: .below(250_000),
                    note: "without a run: \(Text.grouped(usual)) us"))
        }
    }
}

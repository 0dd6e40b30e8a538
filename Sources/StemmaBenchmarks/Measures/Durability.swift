internal import StemmaJSON

/// Kills the daemon under load, starts it again on the same directory, and looks for every registration that it had
/// acknowledged, and for the audit event of each.
enum Durability {
    /// What one crash showed.
    private struct Crash {
        var acknowledged = 0
        var lost = 0
        var withoutEvent = 0
        /// By how much versions and their audit events differ in number, the unacknowledged included.
        var difference = 0
        var restartSeconds: Double = 0
    }

    static func run(_ bench: Bench) throws {
        let directory: String = try bench.newDirectory("durability")
        var crashes: [Crash] = []
        let moments: [Double] = bench.choose([0.7, 1.9, 3.1], quick: [0.5])
        for seconds in moments {
            crashes.append(try crash(after: seconds, model: "crash_\(crashes.count)", directory, bench))
        }
        report(crashes, bench)
    }

    private static func crash(after seconds: Double, model: String, _ directory: String, _ bench: Bench) throws -> Crash
    {
        let doomed = try Daemon(bench, directory: directory)
        defer { doomed.process.kill() }
        let acknowledged: [Int] = try loadUntilKilled(doomed, model: model, seconds: seconds)
        let daemon = try Daemon(bench, directory: directory)
        defer { daemon.stop() }

        let present: Set<Int> = try versions(of: acknowledged, model: model, daemon)
        let audited: Set<String> = try auditedVersions(model, daemon)
        let registered: Int64? = try JSONParser.parse(daemon.client().expect("GET", "/v1/models/\(model)").body)[
            "version_count"]?.integer
        var crash = Crash()
        crash.acknowledged = acknowledged.count
        crash.lost = acknowledged.count - present.count
        crash.withoutEvent = acknowledged.filter { !audited.contains(RegistrationLoad.version($0)) }.count
        crash.difference = abs(Int(registered ?? -1) - audited.count)
        crash.restartSeconds = daemon.startSeconds
        return crash
    }

    /// Answers the patch numbers of what was acknowledged before the kill.
    private static func loadUntilKilled(_ daemon: Daemon, model: String, seconds: Double) throws -> [Int] {
        var load = try RegistrationLoad(daemon, model: model)
        let generator = LoadGenerator(port: daemon.port, connections: Registrations.connections)
        var acknowledged: [Int] = []
        let start: UInt64 = Clock.now
        let outcome: LoadGenerator.Outcome = try generator.run { request in
            load.append(to: &request)
        } succeeded: { patch in
            acknowledged.append(patch)
            // All other connections have a registration in flight at this moment.
            if Clock.seconds(since: start) >= seconds { daemon.process.kill() }
        }
        guard outcome.isCutOff, outcome.refused.isEmpty, !acknowledged.isEmpty else {
            throw BenchError("the load before the kill failed: refused \(outcome.refused)")
        }
        return acknowledged
    }

    /// Reads each; answers those that are there.
    private static func versions(of patches: [Int], model: String, _ daemon: Daemon) throws -> Set<Int> {
        let generator = LoadGenerator(port: daemon.port, connections: 8)
        var rest: ArraySlice<Int> = patches[...]
        var present: Set<Int> = []
        let outcome: LoadGenerator.Outcome = try generator.run { request in
            guard let patch = rest.popFirst() else { return nil }
            let path = "/v1/models/\(model)/versions/\(RegistrationLoad.version(patch))"
            request.append(
                contentsOf: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\n\r\n".utf8)
            return patch
        } succeeded: { patch in
            present.insert(patch)
        }
        guard outcome.refused.keys.allSatisfy({ $0 == 404 }), !outcome.isCutOff else {
            throw BenchError("reading back failed: \(outcome.refused)")
        }
        return present
    }

    /// The model's versions that the audit log says were registered.
    private static func auditedVersions(_ model: String, _ daemon: Daemon) throws -> Set<String> {
        let answer: HTTPClient.Answer = try daemon.client().expect(
            "GET", "/v1/audit?model=\(model)", headers: ["Accept: application/x-ndjson"])
        var versions: Set<String> = []
        for line in answer.body.split(separator: UInt8(ascii: "\n")) {
            let event: JSONValue = try JSONParser.parse(Array(line))
            guard event["action"]?.string == "register_version", event["resource"]?["model"]?.string == model,
                let version = event["resource"]?["version"]?.string
            else { continue }
            versions.insert(version)
        }
        return versions
    }

    private static func report(_ crashes: [Crash], _ bench: Bench) {
        let sum: (KeyPath<Crash, Int>) -> Double = { part in crashes.reduce(0) { $0 + Double($1[keyPath: part]) } }
        let lines: [(String, Double, Finding.Bar?)] = [
            ("acknowledged before kill -9", sum(\.acknowledged), nil),
            ("acknowledged and lost", sum(\.lost), .atMost(0)),
            ("acknowledged without audit event", sum(\.withoutEvent), .atMost(0)),
            ("versions and events differ by", sum(\.difference), .atMost(0)),
        ]
        for (title, value, bar) in lines {
            bench.report.add(
                Finding(measure: "durability", title: title, unit: .count, stemma: [value], yardstick: nil, bar: bar))
        }
        bench.report.add(
            Finding(
                measure: "durability", title: "start after kill -9", unit: .seconds,
                stemma: crashes.map(\.restartSeconds),
                note: "\(crashes.count) kills under load over \(Registrations.connections) connections"))
    }
}

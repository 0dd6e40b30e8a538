internal import Glibc
internal import StemmaJSON

/// A year of daily observations of some versions of `RegistrationLoad`: quality and use, of which a known number has
/// become too bad to stay.
struct ObservedFleet {
    static let days = 365
    /// Observed under the name of a registered metric, and the use that retirement asks for.
    static let quality = "auc_roc"
    static let usage = "daily_requests"

    /// The patch numbers, spread evenly.
    let patches: [Int]

    init(count: Int, of versions: Int) {
        let step: Int = max(1, versions / count)
        patches = (0..<count).map { RegistrationLoad.firstPatch + $0 * step }
    }

    /// How many have become bad or are hardly used any more.
    var failing: Int { patches.indices.count(where: { ObservedFleet.isBad($0) || ObservedFleet.isIdle($0) }) }

    private static func isBad(_ index: Int) -> Bool { index % 10 == 0 }
    private static func isIdle(_ index: Int) -> Bool { index % 20 == 1 }

    /// Sends everything, one request for each version. Answers how long it took, in seconds. Throws `BenchError`.
    func record(_ daemon: Daemon, model: String) throws -> Double {
        var rest: ArraySlice<Int> = Array(patches.indices)[...]
        let now: Int = time(nil)
        let outcome: LoadGenerator.Outcome = try LoadGenerator(port: daemon.port, connections: 4).run { request in
            guard let index = rest.popFirst() else { return nil }
            let body: [UInt8] = ObservedFleet.body(index, now: now)
            let path = "/v1/models/\(model)/versions/\(RegistrationLoad.version(patches[index]))/observations"
            request.append(
                contentsOf: ("POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n").utf8)
            request.append(contentsOf: body)
            return index
        }
        try outcome.expectSuccess()
        return outcome.seconds
    }

    private static func body(_ index: Int, now: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 65_536)
        writer.array { writer in
            for day in (1...days).reversed() {
                let at: String = utc(now - day * 86_400 + 3_600)
                // What goes wrong has gone wrong for a month.
                let drop: Double = isBad(index) && day <= 30 ? 0.1 : 0
                let wave = Double((index + day) % 7) / 1_000
                let requests: Int = isIdle(index) && day <= 30 ? 3 : 1_000 + (index * 31 + day * 17) % 500
                for (metric, value) in [(quality, 0.98 - wave - drop), (usage, Double(requests))] {
                    writer.object { writer in
                        writer.field("metric", metric)
                        writer.field("value", value)
                        writer.field("at", at)
                        writer.field("window", "1d")
                    }
                }
            }
        }
        return writer.finish()
    }

    /// RFC 3339.
    private static func utc(_ seconds: Int) -> String {
        var (seconds, parts): (time_t, tm) = (seconds, tm())
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { Text.padded(left: "\(number)", 2, with: "0") }
        return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).000Z"
    }
}

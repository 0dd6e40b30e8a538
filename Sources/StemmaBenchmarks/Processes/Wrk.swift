/// One run of wrk with two threads and 64 connections.
struct Wrk {
    let requestsPerSecond: Double
    /// In microseconds.
    let p99: Double
    /// Processor time that the server took for a request, in microseconds; nil where it is not known.
    let processor: Double?

    /// Reads `url` over and over for some seconds. `headers` are further header lines, `processorTime` tells how much processor
    /// time the server has used so far. Throws `BenchError` for any answer
    /// that is no success and any failed connection: a fast refusal must not count as a fast read.
    static func run(
        _ url: String, headers: [String], seconds: Int, _ bench: Bench, processorTime: () -> Double?
    ) throws -> Wrk {
        let before: Double? = processorTime()
        let script: String = bench.newPath("wrk.lua")
        let output: String = bench.newPath("wrk.txt")
        try Files.write(text(of: headers), to: script)
        let child = try ChildProcess(
            "wrk", ["-t2", "-c64", "-d\(seconds)s", "--timeout", "5s", "--latency", "-s", script, url], output: output)
        try child.expectSuccess()
        guard let line = child.outputText.split(separator: "\n").last(where: { $0.hasPrefix("result ") }) else {
            throw BenchError("wrk printed no result: \(child.outputText.suffix(300))")
        }
        let numbers: [Double] = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard numbers.count == 8, numbers[0] > 0 else { throw BenchError("wrk printed \(line)") }
        guard numbers[3...].allSatisfy({ $0 == 0 }) else {
            throw BenchError(
                "wrk met failures at \(url): connect \(numbers[3]), read \(numbers[4]), write \(numbers[5]), "
                    + "status \(numbers[6]), timeout \(numbers[7])")
        }
        let used: Double? = before.flatMap { before in processorTime().map { ($0 - before) / numbers[0] * 1e6 } }
        return Wrk(requestsPerSecond: numbers[0] / numbers[1] * 1e6, p99: numbers[2], processor: used)
    }

    /// Headers go through a file because command lines can be read by everybody. The request itself stays static,
    /// so the script costs nothing while the test runs.
    private static func text(of headers: [String]) -> String {
        var script = ""
        for header in headers {
            guard let colon = header.firstIndex(of: ":") else { continue }
            let value: String = Text.trimmed(header[header.index(after: colon)...])
            script += "wrk.headers[\"\(header[..<colon])\"] = \"\(value)\"\n"
        }
        return script + """
            function done(summary, latency, requests)
                local errors = summary.errors
                print(string.format("result %d %d %d %d %d %d %d %d", summary.requests, summary.duration,
                    latency:percentile(99), errors.connect, errors.read, errors.write, errors.status, errors.timeout))
            end

            """
    }
}

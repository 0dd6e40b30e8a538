import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI
@testable import StemmaHTTP

@Suite struct OperationsTests {
    @Test func healthAndVersionAnswer() async throws {
        try await APIHarness.with { harness in
            #expect(await harness.ask(.get, "/healthz", token: .none).json["status"]?.string == "ok")
            #expect(await harness.ask(.get, "/version", token: .none).json == ["version": "1.2.3", "commit": "abc"])
            #expect(await harness.ask(.get, "/readyz", token: .none).json["status"]?.string == "ready")
            await harness.readiness.set(["the disk is full"])
            let reply: Reply = await harness.ask(.get, "/readyz", token: .none)
            #expect(reply.status == 503)
            #expect(reply.json["problems"]?.array?.compactMap(\.string) == ["the disk is full"])
            #expect(await harness.ask(.get, "/healthz", token: .none).status == 200)
            #expect(await harness.ask(.get, "/healthz?x=1", token: .none).status == 422)
        }
    }

    private static func series(_ pattern: String, _ method: String, _ status: Int, _ requests: UInt64)
        -> ServerMetrics.Series
    {
        var buckets = [UInt64](repeating: 0, count: ServerMetrics.bucketBoundsMicroseconds.count + 1)
        buckets[2] = requests - 1
        buckets[buckets.count - 1] = 1
        return ServerMetrics.Series(
            routePattern: pattern, method: method, status: status, requests: requests, buckets: buckets,
            totalMicroseconds: 1_234_567, bytesIn: 10, bytesOut: 20)
    }

    @Test func metricsAreInThePrometheusFormat() throws {
        var snapshot = ServerMetrics.Snapshot()
        snapshot.series = [
            OperationsTests.series("", "", 400, 1), OperationsTests.series("/v1/models/{name}", "GET", 200, 5),
            OperationsTests.series("/odd\"\\\n", "GET", 200, 2),
        ]
        snapshot.openConnections = 3
        let text: String = PrometheusText.render(
            snapshot, gauges: [OperationsContext.Gauge(name: "stemma_free_bytes", help: "Free.", value: 1e15)])
        let samples: [PrometheusReader.Sample] = try PrometheusReader.read(text)
        #expect(!samples.isEmpty)
        let ours: [PrometheusReader.Sample] = samples.filter { $0.labels["route"] == "/v1/models/{name}" }
        let buckets = ours.filter { $0.name == "stemma_http_request_duration_seconds_bucket" }
        #expect(buckets.count == ServerMetrics.bucketBoundsMicroseconds.count + 1)
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.value <= $1.value })
        #expect(buckets.last?.labels["le"] == "+Inf")
        #expect(buckets.last?.value == 5)
        let bounds: [Double] = buckets.dropLast().compactMap { $0.labels["le"].flatMap { Double($0) } }
        #expect(bounds == bounds.sorted() && bounds.count == buckets.count - 1)
        #expect(ours.first { $0.name.hasSuffix("_count") }?.value == 5)
        #expect(ours.first { $0.name.hasSuffix("_sum") }?.value == 1.234567)
        #expect(samples.contains { $0.labels["route"] == "/odd\"\\\n" })
        #expect(samples.first { $0.name == "stemma_free_bytes" }?.value == 1e15)
        #expect(samples.first { $0.name == "stemma_http_open_connections" }?.value == 3)
    }

    @Test func theEndpointAnswersThem() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.ask(.get, "/metrics", token: .none)
            #expect(reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let samples: [PrometheusReader.Sample] = try PrometheusReader.read(reply.text)
            #expect(samples.contains { $0.name == "stemma_blobs" && $0.value == 3 })
        }
    }
}

/// Reads the Prometheus text exposition format 0.0.4 strictly.
enum PrometheusReader {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Fault: Error {
        let line: String
    }

    /// Throws for lines that are not of the format, samples before their TYPE, and series that come twice.
    static func read(_ text: String) throws -> [Sample] {
        guard text.hasSuffix("\n") else { throw Fault(line: "no line end at the end") }
        var types: [String: String] = [:]
        var seen: Set<String> = []
        var samples: [Sample] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") { continue }
            if line.hasPrefix("# TYPE ") {
                let parts: [Substring] = line.split(separator: " ")
                guard parts.count == 4, ["counter", "gauge", "histogram"].contains(parts[3]),
                    types[String(parts[2])] == nil
                else {
                    throw Fault(line: String(line))
                }
                types[String(parts[2])] = String(parts[3])
                continue
            }
            let sample: Sample = try sample(String(line))
            let base: String =
                ["_bucket", "_sum", "_count"].first { sample.name.hasSuffix($0) }.map {
                    String(sample.name.dropLast($0.count))
                } ?? sample.name
            guard types[sample.name] != nil || types[base] == "histogram" else { throw Fault(line: "no TYPE: \(line)") }
            guard seen.insert(String(line.prefix(upTo: line.lastIndex(of: " ") ?? line.endIndex))).inserted else {
                throw Fault(line: "twice: \(line)")
            }
            samples.append(sample)
        }
        return samples
    }

    private static func sample(_ line: String) throws -> Sample {
        let name: Substring = line.prefix(while: {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")
        })
        guard let first = name.first, !first.isNumber else { throw Fault(line: line) }
        var rest: Substring = line[name.endIndex...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label: Substring = rest.prefix(while: { $0.isASCII && ($0.isLetter || $0 == "_") })
                rest = rest[label.endIndex...]
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw Fault(line: line) }
                rest = rest.dropFirst(2)
                labels[String(label)] = try value(&rest, line)
                if rest.first == "," { rest.removeFirst() }
            }
            rest.removeFirst()
        }
        guard rest.first == " ", let number = Double(rest.dropFirst()) else { throw Fault(line: line) }
        return Sample(name: String(name), labels: labels, value: number)
    }

    private static func value(_ rest: inout Substring, _ line: String) throws -> String {
        var value: String = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            case "n": value.append("\n")
            default: throw Fault(line: line)
            }
        }
        throw Fault(line: line)
    }
}

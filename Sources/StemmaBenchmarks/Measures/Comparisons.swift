internal import StemmaJSON

/// Two versions compared on a million examples: the time of the answer, and the daemon's memory while the examples arrive.
enum Comparisons {
    private static let mebibyte = 1_048_576

    /// Examples of a shape of their own.
    private struct Kind {
        let dataset: String
        let classes: Int
        /// As the request names it.
        let average: String
    }

    private static let kinds: [Kind] = [
        // A handful of joint outcomes, some hundred, and more than are resampled.
        Kind(dataset: "two", classes: 2, average: "binary"), Kind(dataset: "ten", classes: 10, average: "macro"),
        Kind(dataset: "thousand", classes: 1_000, average: "macro"),
    ]

    static func run(_ bench: Bench) throws {
        let count: Int = bench.choose(1_000_000, quick: 100_000)
        let daemon = try Daemon(bench, directory: try bench.newDirectory("comparison"))
        defer { daemon.stop() }
        let client: HTTPClient = try daemon.client()
        for version in ["1.0.0", "2.0.0"] {
            try client.expect(
                "POST", "/v1/models/compared/versions?create_model=true", headers: ["Content-Type: application/json"],
                body: Array("{\"version\":\"\(version)\",\"use_case\":\"\(version)\"}".utf8))
        }
        var growth: [Double] = []
        var uploads: [Double] = []
        for kind in kinds {
            for (version, accuracy) in [("1.0.0", 90), ("2.0.0", 91)] {
                let body: [UInt8] = examples(count, kind, accuracy: accuracy)
                growth.append(
                    Double(
                        try Transfer.growth(of: daemon.process.pid) {
                            uploads.append(try Clock.time { try upload(body, kind, version, client) })
                        }))
            }
            let times: [Double] = try (0..<bench.choose(5, quick: 2)).map { _ in
                try Clock.time { try compare(kind, count, client) }
            }
            bench.report.add(
                Finding(
                    measure: "comparison", title: "\(kind.classes) classes, \(kind.average)", unit: .seconds,
                    stemma: times, bar: .below(1), note: "\(count) examples, POST to answer"))
        }
        bench.report.add(
            Finding(
                measure: "comparison", title: "upload of \(count) examples", unit: .seconds, stemma: uploads,
                note: "CSV with ids"))
        bench.report.add(
            Finding(
                measure: "comparison", title: "peak growth, upload", unit: .bytes, stemma: growth,
                bar: .below(32 * Double(mebibyte))))
    }

    /// Labels that come again and again, each predicted right so many times in a hundred.
    private static func examples(_ count: Int, _ kind: Kind, accuracy: Int) -> [UInt8] {
        var bytes: [UInt8] = Array("id,label,prediction\n".utf8)
        bytes.reserveCapacity(count * 20)
        // The labels' sequence is the same for both versions, the faults are not.
        var labels = SplitMix(seed: 1)
        var faults = SplitMix(seed: UInt64(accuracy))
        for index in 0..<count {
            let label = Int(labels.next() % UInt64(kind.classes))
            let isRight: Bool = faults.next() % 100 < accuracy
            let prediction: Int = isRight ? label : Int(faults.next() % UInt64(kind.classes))
            bytes.append(contentsOf: "\(index),\(label),\(prediction)\n".utf8)
        }
        return bytes
    }

    private static func upload(_ body: [UInt8], _ kind: Kind, _ version: String, _ client: HTTPClient) throws {
        try client.expect(
            "PUT", "/v1/models/compared/versions/\(version)/evaluations/\(kind.dataset)",
            headers: ["Content-Type: text/csv"], body: body)
    }

    private static func compare(_ kind: Kind, _ count: Int, _ client: HTTPClient) throws {
        let request: String =
            "{\"model_a\":\"compared_v1.0.0\",\"model_b\":\"compared_v2.0.0\","
            + "\"dataset\":\"\(kind.dataset)\",\"average\":\"\(kind.average)\"}"
        let answer: HTTPClient.Answer = try client.expect(
            "POST", "/v1/comparisons", headers: ["Content-Type: application/json"], body: Array(request.utf8))
        let json: JSONValue = try JSONParser.parse(answer.body)
        guard json["examples"]?.integer == Int64(count), json["metrics"]?["f1"]?["difference"]?.number != nil else {
            throw BenchError("the comparison answered \(answer.text.prefix(300))")
        }
    }
}

/// A sequence that is the same in every run (SplitMix64).
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed: UInt64 = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

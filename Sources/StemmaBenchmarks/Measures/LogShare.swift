internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// What the audit log costs registrations: one daemon beside another whose database refuses, by a trigger, every row of the log,
/// and so does all of the work but for storing it.
enum LogShare {
    static func run(_ bench: Bench) throws {
        let sides: [Side] = try [Side(bench, isLogging: true), Side(bench, isLogging: false)]
        defer { sides.forEach { $0.daemon.stop() } }
        for side in sides { try side.warmUp(bench.choose(1_000, quick: 200)) }
        for round in 0..<bench.choose(8, quick: 1) {
            // Neither has always the other's burst before it.
            for side in round.isMultiple(of: 2) ? sides : sides.reversed() {
                try side.register(seconds: bench.choose(2.5, quick: 1))
            }
        }
        let leaf: Double = leafTime()
        bench.report.add(
            Finding(
                measure: "log", title: "registrations", unit: .perSecond, stemma: sides[0].rates,
                yardstick: .init(name: "log not stored", samples: sides[1].rates), bar: .atLeast(0.9),
                note: "\(Registrations.connections) connections, in turn; both make leaves and commitments"))
        bench.report.add(
            Finding(
                measure: "log", title: "CPU a registration", unit: .fineMicroseconds, stemma: sides[0].processor,
                yardstick: .init(name: "without the log", samples: sides[1].processor.map { $0 - leaf }),
                note:
                    "the side without the log less \(Text.fixed(leaf, 1)) us, which leaf, hash and commitments of one "
                    + "event take"))
    }

    /// Processor time of what both sides do for an event, in microseconds.
    private static func leafTime() -> Double {
        let salt = [UInt8](repeating: 7, count: 32)
        let rounds: Int = 20_000
        let start: UInt64 = Clock.now
        var sum: Int = 0
        for sequence in 0..<rounds {
            let value: [UInt8] = CanonicalJSON.encode(.string("a_subject_\(sequence)"))
            let commitments: [JSONObject.Member] = ["actor.subject", "changes", "request_id"].map { field in
                JSONObject.Member(
                    name: field, value: .string(Commitment.hex(salt: salt, field: Array(field.utf8), value: value)))
            }
            let leaf: JSONValue = [
                "action": "register_version", "actor": ["id": "p_0123456789abcdef", "kind": "principal"],
                "detail": ["manifest_digest": .string("sha256:" + String(repeating: "5f", count: 32))],
                "object": ["id": .string("fraud_detection_v1.0.\(sequence)"), "type": "model_version"],
                "outcome": "success", "priv": .object(JSONObject(commitments)),
                "retain_until": "2036-01-15T14:30:00.000Z", "seq": .integer(Int64(sequence)),
                "ts": "2026-01-15T14:30:00.000Z", "v": 1,
            ]
            guard let text = try? CanonicalJSON.encodeLeaf(leaf) else { continue }
            sum &+= MerkleHash.leaf(text).hashValue
        }
        let seconds: Double = Clock.seconds(since: start)
        return sum == 0 ? .nan : seconds / Double(rounds) * 1e6
    }
}

/// One of the two daemons.
private final class Side {
    let daemon: Daemon
    private(set) var rates: [Double] = []
    /// Of a registration, in microseconds.
    private(set) var processor: [Double] = []
    private let generator: LoadGenerator
    private var load: RegistrationLoad

    init(_ bench: Bench, isLogging: Bool) throws {
        let directory: String = try bench.newDirectory(isLogging ? "log" : "no-log") + "/data"
        if !isLogging {
            // The first start makes the tables.
            try Daemon(bench, directory: directory).stop()
            let database = try BareSQLite(directory + "/registry.sqlite")
            for table in ["audit_event", "audit_private"] {
                try database.execute(
                    "CREATE TRIGGER \(table)_ignored BEFORE INSERT ON \(table) BEGIN SELECT RAISE(IGNORE); END")
            }
        }
        daemon = try Daemon(bench, directory: directory)
        generator = LoadGenerator(port: daemon.port, connections: Registrations.connections)
        load = try RegistrationLoad(daemon, model: "fraud_detection")
    }

    func warmUp(_ count: Int) throws { _ = try load.run(count, generator) }

    func register(seconds: Double) throws {
        let burst = try load.run(seconds: seconds, generator, on: daemon)
        rates.append(burst.outcome.perSecond)
        processor.append(burst.processor)
    }
}

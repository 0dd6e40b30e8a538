internal import CSQLite
internal import StemmaDigest
internal import StemmaTransparency

/// A log of a million events: starting on it, proofs, an export and its verification, and the daemon's memory meanwhile.
enum AuditProofs {
    static func run(_ bench: Bench) throws {
        let directory: String = try bench.newDirectory("audit") + "/data"
        let count: Int = bench.choose(1_000_000, quick: 50_000)
        // The first start makes the schema, the second the tree over events that were written by hand.
        try Daemon(bench, directory: directory).stop()
        try EventLoad(directory + "/registry.sqlite").fill(count)
        try Daemon(bench, directory: directory).stop()
        var daemon = try Daemon(bench, directory: directory)
        defer { daemon.stop() }
        try awaitVerification(daemon)
        var starts: [Double] = []
        for _ in 0..<bench.choose(5, quick: 2) {
            daemon.stop()
            daemon = try Daemon(bench, directory: directory)
            starts.append(daemon.startSeconds)
        }
        bench.report.add(
            Finding(
                measure: "audit", title: "start", unit: .seconds, stemma: starts, bar: .below(1),
                note: "\(count) events; from the process's start to /readyz, with the check of the tree"))
        try awaitVerification(daemon)
        try proofs(daemon, count, bench)
        try export(daemon, count, bench)
    }

    /// What is checked after the start takes a processor for itself.
    private static func awaitVerification(_ daemon: Daemon) throws {
        var last: Double = -1
        let start: UInt64 = Clock.now
        while Clock.seconds(since: start) < 120 {
            Clock.sleep(milliseconds: 500)
            let used: Double = Clock.processorTime(of: daemon.process.pid) ?? 0
            if used - last < 0.05 { return }
            last = used
        }
    }

    private static func proofs(_ daemon: Daemon, _ count: Int, _ bench: Bench) throws {
        let client: HTTPClient = try daemon.client()
        _ = try client.expect("GET", "/v1/audit/log/checkpoint")
        var times: [Double] = []
        var sequence: Int = 12_345
        for _ in 0..<bench.choose(600, quick: 100) {
            sequence = (sequence &* 7_919 &+ 104_729) % count
            times.append(
                try Clock.time {
                    _ = try client.expect("GET", "/v1/audit/log/proof?sequence=\(sequence)&size=\(count)")
                } * 1e6)
        }
        bench.report.add(
            Finding(
                measure: "audit", title: "inclusion proof", unit: .microseconds, stemma: times, bar: .below(1_000),
                note: "of random events, over HTTP on one connection"))
        bench.report.add(
            Finding(
                measure: "audit", title: "inclusion proof p99", unit: .microseconds,
                stemma: [Statistics.percentile(times, 0.99)]))
    }

    private static func export(_ daemon: Daemon, _ count: Int, _ bench: Bench) throws {
        let file: String = bench.newPath("export.ndjson")
        let key: String = Text.trimmed(
            try daemon.client().expect("GET", "/v1/audit/log/key").text)
        _ = ProcessMemory.resetPeak(daemon.process.pid)
        let before: Int = try ProcessMemory.peak(daemon.process.pid)
        let seconds: Double = try Clock.time {
            try ChildProcess(
                "curl",
                [
                    "-sSf", "-H", daemon.authorization, "-o", file,
                    "http://127.0.0.1:\(daemon.port)/v1/audit/export?to=\(count)",
                ], output: bench.newPath("curl.log")
            ).expectSuccess()
        }
        bench.report.add(
            Finding(measure: "audit", title: "export", unit: .perSecond, stemma: [Double(count) / seconds]))
        bench.report.add(
            Finding(
                measure: "audit", title: "peak growth, export", unit: .bytes,
                stemma: [Double(try ProcessMemory.peak(daemon.process.pid) - before)], bar: .below(Double(32 << 20))))
        var rates: [Double] = []
        for _ in 0..<bench.choose(3, quick: 1) {
            let log: String = bench.newPath("verify.log")
            let seconds: Double = try Clock.time {
                try ChildProcess(bench.stemma, ["audit", "verify", file, "--key", key], output: log).expectSuccess()
            }
            rates.append(Double(count) / seconds)
        }
        bench.report.add(
            Finding(
                measure: "audit", title: "verification", unit: .perSecond, stemma: rates, bar: .atLeast(200_000),
                note: "stemma audit verify, the whole process on one core"))
    }
}

/// Events of registrations, written into the database as the daemon writes them, many in one transaction.
private final class EventLoad {
    private var database: OpaquePointer?
    private var tiles: [CompactRange] = Array(repeating: CompactRange(), count: 4)

    init(_ path: String) throws {
        guard sqlite3_open(path, &database) == SQLITE_OK else { throw BenchError("cannot open \(path)") }
    }

    deinit { sqlite3_close_v2(database) }

    func fill(_ count: Int) throws {
        var first: Int = 0
        try execute("PRAGMA synchronous = OFF; BEGIN IMMEDIATE")
        var statement: OpaquePointer?
        sqlite3_prepare_v2(database, "SELECT max(seq) + 1, max(ts_ms) FROM audit_event", -1, &statement, nil)
        sqlite3_step(statement)
        first = Int(sqlite3_column_int64(statement, 0))
        let moment: Int64 = sqlite3_column_int64(statement, 1)
        sqlite3_finalize(statement)
        sqlite3_prepare_v2(database, "SELECT leaf_hash FROM audit_event ORDER BY seq", -1, &statement, nil)
        while sqlite3_step(statement) == SQLITE_ROW {
            let bytes = UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, 0), count: Digest.byteCount)
            if let hash = Digest(bytes: bytes) { tiles[0].append(hash) }
        }
        sqlite3_finalize(statement)
        let time: String = EventLoad.text(moment)
        let insert: String = """
            INSERT INTO audit_event (seq, ts_ms, leaf, leaf_hash, min_retain_ms, action, outcome, object_type, object_id,
                model, version)
            VALUES (?, ?, ?, ?, ?, 'register_version', 'success', 'model_version', ?, 'fraud_detection', ?)
            """
        guard sqlite3_prepare_v2(database, insert, -1, &statement, nil) == SQLITE_OK else {
            throw BenchError("the audit table is another")
        }
        defer { sqlite3_finalize(statement) }
        let commitment = String(repeating: "5f", count: 32)
        for sequence in first..<count {
            let version: String = "1.\(sequence).0"
            let leaf: [UInt8] = Array(
                """
                {"action":"register_version","actor":{"id":null,"kind":"anonymous"},"detail":{"number":\(sequence)},\
                "object":{"id":"fraud_detection_v\(version)","type":"model_version"},"outcome":"success",\
                "priv":{"actor.subject":"\(commitment)","changes":"\(commitment)","request_id":"\(commitment)"},\
                "retain_until":"\(time)","seq":\(sequence),"ts":"\(time)","v":1}
                """.utf8)
            let hash: [UInt8] = MerkleHash.leaf(leaf).bytes
            sqlite3_bind_int64(statement, 1, Int64(sequence))
            sqlite3_bind_int64(statement, 2, moment)
            _ = leaf.withUnsafeBytes { stemma_sqlite3_bind_blob(statement, 3, $0.baseAddress, UInt64($0.count)) }
            _ = hash.withUnsafeBytes { stemma_sqlite3_bind_blob(statement, 4, $0.baseAddress, UInt64($0.count)) }
            sqlite3_bind_int64(statement, 5, moment)
            stemma_sqlite3_bind_text(statement, 6, "fraud_detection_v\(version)", UInt64(17 + version.utf8.count))
            stemma_sqlite3_bind_text(statement, 7, version, UInt64(version.utf8.count))
            guard sqlite3_step(statement) == SQLITE_DONE else { throw BenchError("an event could not be written") }
            sqlite3_reset(statement)
            try complete(sequence, MerkleHash.leaf(leaf))
        }
        try execute("COMMIT")
    }

    /// Keeps the hashes of tiles that an event completes.
    private func complete(_ sequence: Int, _ leaf: Digest) throws {
        var (hash, index): (Digest, Int) = (leaf, sequence)
        for level in tiles.indices {
            tiles[level].append(hash)
            guard tiles[level].size == TileTree.width else { return }
            hash = tiles[level].root
            tiles[level] = CompactRange()
            index /= Int(TileTree.width)
            let hex: String = Hex.encode(hash.bytes)
            try execute("INSERT INTO audit_tile VALUES (\(level + 1), \(index), x'\(hex)')")
        }
    }

    private func execute(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw BenchError("SQLite: \(sql)") }
    }

    /// RFC 3339 with milliseconds, by SQLite's own calendar.
    private static func text(_ milliseconds: Int64) -> String {
        var memory: OpaquePointer?
        sqlite3_open(":memory:", &memory)
        defer { sqlite3_close_v2(memory) }
        var statement: OpaquePointer?
        sqlite3_prepare_v2(memory, "SELECT strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch')", -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        sqlite3_bind_int64(statement, 1, milliseconds / 1_000)
        sqlite3_step(statement)
        let seconds = String(cString: sqlite3_column_text(statement, 0))
        let rest: String = "00\(milliseconds % 1_000)"
        return "\(seconds).\(rest.suffix(3))Z"
    }
}

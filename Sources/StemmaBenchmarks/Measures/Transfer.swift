internal import Glibc

/// One large file up and down: time beside what hashing and copying it takes, rate beside nginx, and the daemon's memory.
enum Transfer {
    private static let mebibyte = 1_048_576

    /// What one round measured. Times in seconds, memory in bytes.
    private struct Round {
        var upload: Double = 0
        var hashAndCopy: Double = 0
        /// Two each, taken in turn.
        var downloads: [Double] = []
        var nginx: [Double] = []
        var idle: Int = 0
        var uploadGrowth: Int = 0
        var downloadGrowth: Int = 0
    }

    static func run(_ bench: Bench) throws {
        let wanted: Int = bench.choose(1_024, quick: 128) * mebibyte
        let size: Int = try fit(wanted, bench)
        let directory: String = try bench.newDirectory("transfer")
        let source: String = directory + "/source.bin"
        try ChildProcess(
            "dd", ["if=/dev/urandom", "of=\(source)", "bs=1M", "count=\(size / mebibyte)", "conv=fsync"]
        ).expectSuccess()
        let nginx: Nginx = try .serving(directory, bench)
        defer { nginx.stop() }
        var rounds: [Round] = []
        for number in 0..<bench.choose(3, quick: 1) {
            rounds.append(try round(source, size, nginx, isFirst: number == 0, bench))
        }
        try Files.remove(directory)
        report(rounds, size: size, wanted: wanted, bench)
    }

    /// The source, its copy and the daemon's blob must fit, and something must stay free.
    private static func fit(_ wanted: Int, _ bench: Bench) throws -> Int {
        let free: Int = try Files.free(bench.workspace)
        let size: Int = min(wanted, (free / 4) / mebibyte * mebibyte)
        guard size >= 64 * mebibyte else {
            throw BenchError("only \(free / mebibyte) MiB are free; make room or use --directory")
        }
        return size
    }

    private static func round(_ source: String, _ size: Int, _ nginx: Nginx, isFirst: Bool, _ bench: Bench) throws
        -> Round
    {
        var round = Round()
        let copy: String = source + ".copy"
        let hash: String = bench.newPath("digest")
        try Files.settle(bench.workspace)
        round.hashAndCopy = try Clock.time {
            try ChildProcess("openssl", ["dgst", "-sha256", "-r", source], output: hash).expectSuccess()
            try ChildProcess("dd", ["if=\(source)", "of=\(copy)", "bs=1M", "conv=fsync"]).expectSuccess()
        }
        try Files.remove(copy)
        let digest: String = "sha256:" + (try Files.read(hash)).prefix(64)

        // A known blob would not be stored again, so each round has a daemon with a directory of its own.
        let data: String = try bench.newDirectory("transfer-data")
        let daemon = try Daemon(bench, directory: data)
        defer { daemon.stop() }
        try measure(&round, daemon, nginx, source, size, digest, isFirst: isFirst, bench)
        daemon.stop()
        try Files.remove(data)
        return round
    }

    private static func measure(
        _ round: inout Round, _ daemon: Daemon, _ nginx: Nginx, _ source: String, _ size: Int, _ digest: String,
        isFirst: Bool, _ bench: Bench
    ) throws {
        let process: pid_t = daemon.process.pid
        // Idle is what is left after a few requests and a moment of rest.
        _ = try daemon.client().expect("GET", "/v1/models")
        Clock.sleep(milliseconds: 500)
        round.idle = try ProcessMemory.resident(process)
        try Files.settle(bench.workspace)
        round.uploadGrowth = try growth(of: process) {
            round.upload = try Clock.time { try BulkTransfer.upload(source, size, digest, to: daemon) }
        }
        try Files.settle(bench.workspace)
        let path: String = "/v1/blobs/\(digest)"
        if isFirst { try BulkTransfer.verify(path, size, digest, from: daemon) }
        // Both servers read from the page cache: the daemon has just written its file, nginx's was just read.
        round.downloadGrowth = try growth(of: process) {
            for _ in 0..<2 {
                round.downloads.append(
                    try Clock.time { try BulkTransfer.download(path, size, from: daemon.client()) })
                round.nginx.append(
                    try Clock.time {
                        try BulkTransfer.download("/source.bin", size, from: HTTPClient(port: nginx.port))
                    })
            }
        }
    }

    /// How far the peak during `body` lies above what was resident before. Throws `BenchError`.
    static func growth(of process: pid_t, _ body: () throws -> Void) throws -> Int {
        guard ProcessMemory.resetPeak(process) else {
            throw BenchError("the kernel does not reset the peak of resident memory (/proc/PID/clear_refs)")
        }
        let before: Int = try ProcessMemory.resident(process)
        try body()
        return max(0, try ProcessMemory.peak(process) - before)
    }

    private static func report(_ rounds: [Round], size: Int, wanted: Int, _ bench: Bench) {
        let mebibytes = "\(size / mebibyte) MiB, \(rounds.count) rounds"
        let smaller: String = size < wanted ? "; the disk has no room for \(wanted / mebibyte) MiB" : ""
        let rate: (Double) -> Double = { Double(size) / $0 }
        bench.report.add(
            Finding(
                measure: "transfer", title: "upload", unit: .seconds, stemma: rounds.map(\.upload),
                yardstick: .init(name: "openssl dgst + dd fsync", samples: rounds.map(\.hashAndCopy)),
                bar: .atMost(1.5),
                note: mebibytes + smaller))
        bench.report.add(
            Finding(
                measure: "transfer", title: "download", unit: .bytesPerSecond,
                stemma: rounds.flatMap(\.downloads).map(rate),
                yardstick: .init(name: "nginx sendfile", samples: rounds.flatMap(\.nginx).map(rate)), bar: .atLeast(0.9)
            ))
        let memory: [(String, KeyPath<Round, Int>, Double)] = [
            ("resident, idle", \.idle, 64), ("peak growth, upload", \.uploadGrowth, 32),
            ("peak growth, download", \.downloadGrowth, 32),
        ]
        for (title, part, limit) in memory {
            bench.report.add(
                Finding(
                    measure: "transfer", title: title, unit: .bytes, stemma: rounds.map { Double($0[keyPath: part]) },
                    bar: .below(limit * Double(mebibyte))))
        }
    }
}

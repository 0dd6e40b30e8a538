internal import Glibc
internal import StemmaJSON

/// What the figures were taken on. Ratios travel between machines, absolute figures do not.
struct Machine: CustomStringConvertible {
    let cores: Int
    let processor: String
    let memoryBytes: Int
    let system: String
    let directory: String
    /// Runnable tasks over the last minute, at the start: above 0 the machine was not ours alone.
    let loadAverage: Double
    /// Appends of 4 KiB followed by `fdatasync`, per second.
    let syncsPerSecond: Double
    /// SHA-256 of 16 KiB blocks by `openssl speed`, in bytes per second; nil without openssl.
    let hashRate: Double?

    /// Takes some two seconds. Throws `BenchError`.
    static func examine(_ bench: Bench) throws -> Machine {
        var names = utsname()
        uname(&names)
        let release: String = withUnsafeBytes(of: &names.release) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        var load: Double = 0
        getloadavg(&load, 1)
        return Machine(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            processor: cpuModel(), memoryBytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)),
            system: "Linux \(release)", directory: bench.options.directory, loadAverage: load,
            syncsPerSecond: try syncRate(bench.newPath("sync")), hashRate: try hashRate(bench))
    }

    var description: String {
        let memory: String = Text.fixed(Double(memoryBytes) / 1_073_741_824, 1)
        let hash: String = hashRate.map { Text.grouped($0 / 1_048_576) + " MiB/s SHA-256" } ?? "no openssl"
        return "\(cores) cores (\(processor)), \(memory) GiB, \(system), load \(Text.fixed(loadAverage, 2)); "
            + "\(directory): \(Text.grouped(syncsPerSecond)) fdatasync/s; \(hash)"
    }

    var json: JSONValue {
        [
            "cores": .integer(Int64(cores)), "processor": .string(processor),
            "memory_bytes": .integer(Int64(memoryBytes)),
            "system": .string(system), "directory": .string(directory), "load_average": .double(loadAverage),
            "fdatasync_per_second": .double(syncsPerSecond),
            "sha256_bytes_per_second": hashRate.map { .double($0) } ?? .null,
        ]
    }

    private static func cpuModel() -> String {
        let lines: [Substring] = ((try? Files.read("/proc/cpuinfo")) ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("model name") }), let colon = line.firstIndex(of: ":") else {
            return "unknown processor"
        }
        return Text.trimmed(line[line.index(after: colon)...])
    }

    private static func syncRate(_ path: String) throws -> Double {
        let descriptor: Int32 = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError.system("create \(path)") }
        defer {
            close(descriptor)
            unlink(path)
        }
        let page: [UInt8] = Array(repeating: 0x5a, count: 4_096)
        let start: UInt64 = Clock.now
        var count = 0
        while Clock.seconds(since: start) < 1 {
            guard Files.writeAll(page, to: descriptor), fdatasync(descriptor) == 0 else {
                throw BenchError.system("fdatasync \(path)")
            }
            count += 1
        }
        return Double(count) / Clock.seconds(since: start)
    }

    private static func hashRate(_ bench: Bench) throws -> Double? {
        guard Program.openssl.path != nil else { return nil }
        let child = try ChildProcess(
            "openssl", ["speed", "-mr", "-seconds", "1", "-bytes", "16384", "-evp", "sha256"],
            output: bench.newPath("speed"))
        child.wait()
        // `+F:<algorithm>:<name>:<bytes per second>`
        let line: Substring? = child.outputText.split(separator: "\n").last { $0.hasPrefix("+F:") }
        return line?.split(separator: ":").last.flatMap { Double($0) }
    }
}

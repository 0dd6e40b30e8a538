internal import Glibc

/// What a process has caused to be written to disk, as the kernel accounts for it (proc(5)).
enum ProcessDisk {
    /// Bytes since the start of the process. Throws `BenchError`.
    static func written(_ process: pid_t) throws -> Int {
        for line in try Files.read("/proc/\(process)/io").split(separator: "\n") where line.hasPrefix("write_bytes:") {
            if let bytes = Int(line.filter(\.isNumber)) { return bytes }
        }
        throw BenchError("/proc/\(process)/io has no write_bytes")
    }
}

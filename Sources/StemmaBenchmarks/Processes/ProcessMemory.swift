internal import Glibc

/// Resident memory of a process, as the kernel accounts for it (proc(5)).
enum ProcessMemory {
    /// Bytes resident now.
    static func resident(_ process: pid_t) throws -> Int { try field("VmRSS", process) }

    /// The most that was resident since the start or the last `resetPeak`, in bytes.
    static func peak(_ process: pid_t) throws -> Int { try field("VmHWM", process) }

    /// Makes the peak what is resident now. False where the kernel does not allow it.
    static func resetPeak(_ process: pid_t) -> Bool {
        let descriptor: Int32 = open("/proc/\(process)/clear_refs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Files.writeAll(Array("5".utf8), to: descriptor)
    }

    private static func field(_ name: String, _ process: pid_t) throws -> Int {
        for line in try Files.read("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix(name + ":") {
            let digits: Substring = line.filter { $0.isNumber }[...]
            if let kibibytes = Int(digits) { return kibibytes * 1_024 }
        }
        throw BenchError("/proc/\(process)/status has no \(name)")
    }
}

internal import Glibc

/// Files and directories.
enum Files {
    /// Whole content as text. Throws `BenchError`.
    static func read(_ path: String) throws -> String {
        let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError.system("open \(path)") }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk: [UInt8] = Array(repeating: 0, count: 65_536)
        while true {
            let count: Int = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw BenchError.system("read \(path)") }
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content.append(contentsOf: chunk[0..<count])
        }
    }

    /// Replaces the content; the file is readable by its owner only.
    static func write(_ text: String, to path: String) throws {
        let descriptor: Int32 = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError.system("create \(path)") }
        defer { close(descriptor) }
        guard writeAll(Array(text.utf8), to: descriptor) else { throw BenchError.system("write \(path)") }
    }

    /// Lets this process, and those that it starts, have that many files open. Throws `BenchError` where it may not.
    static func allowOpenFiles(_ count: Int) throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { throw BenchError.system("getrlimit") }
        guard limit.rlim_cur < rlim_t(count) else { return }
        guard limit.rlim_max >= rlim_t(count) else {
            throw BenchError("\(count) open files are needed; the limit (ulimit -Hn) is \(limit.rlim_max)")
        }
        limit.rlim_cur = rlim_t(count)
        guard setrlimit(resource, &limit) == 0 else { throw BenchError.system("setrlimit") }
    }

    /// False where an error ended it early.
    @discardableResult
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count: Int = Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw BenchError.system("stat \(path)") }
        return Int(status.st_size)
    }

    static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 else { throw BenchError.system("mkdir \(path)") }
    }

    /// A new directory of ours that goes away with the program, whatever ends it but SIGKILL.
    static func makeTemporaryDirectory(in parent: String) throws -> String {
        let path: String = "\(parent)/stemma-benchmarks-\(getpid())"
        try makeDirectory(path)
        Cleanup.remember(directory: path)
        return path
    }

    /// Removes a file or a tree; what is absent is removed already.
    static func remove(_ path: String) throws {
        try ChildProcess("rm", ["-rf", "--", path]).expectSuccess()
    }

    /// Copies a tree with everything that belongs to it.
    static func copy(_ source: String, to target: String) throws {
        try ChildProcess("cp", ["-a", "--", source, target]).expectSuccess()
    }

    /// Bytes that may still be written there.
    static func free(_ directory: String) throws -> Int {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { throw BenchError.system("statvfs \(directory)") }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Waits until the file system holds nothing unwritten, so that one measurement does not pay for the one before.
    static func settle(_ directory: String) throws {
        try ChildProcess("sync", ["-f", directory]).expectSuccess()
    }

    /// Whether the directory lies in memory and not on a disk. `output` is a path for scratch.
    static func isOnMemory(_ directory: String, output: String) throws -> Bool {
        let child = try ChildProcess("stat", ["--file-system", "--format=%T", directory], output: output)
        try child.expectSuccess()
        return ["tmpfs", "ramfs"].contains(Text.trimmed(child.outputText))
    }

    static func ownExecutable() throws -> String {
        var buffer: [UInt8] = Array(repeating: 0, count: 4_096)
        let count: Int = buffer.withUnsafeMutableBytes { raw in
            readlink("/proc/self/exe", raw.bindMemory(to: CChar.self).baseAddress!, raw.count)
        }
        guard count > 0 else { throw BenchError.system("readlink /proc/self/exe") }
        return String(decoding: buffer[0..<count], as: UTF8.self)
    }

    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

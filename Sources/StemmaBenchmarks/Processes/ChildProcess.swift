internal import Glibc

/// A program that this one runs, in a process group of its own, with nothing on standard input.
final class ChildProcess {
    let name: String
    let pid: pid_t
    private let output: String?
    private var status: Int32?

    /// `program` is a path or a name on PATH. Both output streams go to the file `output`, or nowhere. Throws `BenchError`.
    init(_ program: String, _ arguments: [String], output: String? = nil) throws {
        name = program
        self.output = output
        let path: String? = program.contains("/") ? program : Program.find(program)
        guard let path else { throw BenchError("there is no program \(program)") }
        pid = try Cleanup.start { try ChildProcess.spawn(path, arguments, output: output) }
    }

    /// What it has written so far.
    var outputText: String { output.flatMap { try? Files.read($0) } ?? "" }

    var hasEnded: Bool {
        if status == nil { status = Cleanup.collect(pid) }
        return status != nil
    }

    /// Waits for its end; answers the exit code, or 128 and the signal.
    @discardableResult
    func wait() -> Int32 {
        while status == nil {
            var information = siginfo_t()
            // Without collecting, so that its id stays taken until `Cleanup` knows of its end.
            _ = waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
            status = Cleanup.collect(pid)
        }
        let status: Int32 = status ?? 0
        let signal: Int32 = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Waits; throws `BenchError` with the end of the output for any exit code but 0.
    func expectSuccess() throws {
        let code: Int32 = wait()
        guard code == 0 else { throw BenchError("\(name) ended with \(code): \(outputText.suffix(500))") }
    }

    /// SIGKILL to it and whatever it started.
    func kill() {
        guard !hasEnded else { return }
        Glibc.kill(-pid, SIGKILL)
        wait()
    }

    /// SIGTERM, and SIGKILL when that is not heeded within ten seconds.
    func stop() {
        guard !hasEnded else { return }
        Glibc.kill(pid, SIGTERM)
        let start: UInt64 = Clock.now
        while !hasEnded, Clock.seconds(since: start) < 10 { Clock.sleep(milliseconds: 1) }
        kill()
    }

    /// The bare start, for those who keep account of the child themselves.
    static func spawn(_ path: String, _ arguments: [String], output: String? = nil) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this program ignores would stay ignored in the child.
        var defaults = sigset_t()
        sigfillset(&defaults)
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code: Int32 = posix_spawn(&pid, path, &actions, &attributes, &words, environ)
        guard code == 0 else { throw BenchError("cannot start \(path): \(String(cString: strerror(code)))") }
        return pid
    }
}

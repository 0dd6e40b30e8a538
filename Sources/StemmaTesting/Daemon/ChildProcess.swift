internal import Glibc
internal import Synchronization

/// A child process of the tests: its output is collected, its end is observed, and it never outlives the test run.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// The process number.
    package let pid: Int32
    /// Standard output and standard error, as they came.
    package let output: OutputLog
    private let ending = Mutex<Ending?>(nil)

    /// Starts `executable` (a path) with `arguments`, standard input empty.
    ///
    /// - Parameter environment: The whole environment of the child; nothing is inherited.
    /// - Parameter folder: Its working directory; that of the tests where nil.
    /// - Throws: `SystemFailure` when it cannot be started.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = ChildProcess.plainEnvironment,
        folder: String? = nil
    ) throws {
        let command = folder.map { ["env", "-C", $0, executable] } ?? [executable]
        let started = try Self.spawn(command + arguments, environment.map { "\($0.key)=\($0.value)" })
        pid = started.pid
        output = OutputLog(reading: started.output)
        Leftovers.add(process: pid)
        Blocking.start { [self] in observe() }
    }

    /// The few variables that programs need to find one another.
    package static var plainEnvironment: [String: String] {
        var environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
        for name in ["PATH", "HOME", "TMPDIR"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }

    /// How the process ended; nil while it runs.
    package var state: Ending? { ending.withLock { $0 } }

    /// Sends a signal; does nothing when the process has ended, so no other process can be hit.
    package func send(_ signal: Int32) {
        ending.withLock { if $0 == nil { _ = kill(pid, signal) } }
    }

    /// Waits for the end of the process.
    ///
    /// - Throws: `OutOfPatience`, after killing the process, when it does not end in time.
    package func ended(within limit: Duration = .seconds(30)) async throws -> Ending {
        do {
            return try await Patience.wait(for: "the end of process \(pid)", limit: limit) {
                output.isComplete ? state : nil
            }
        } catch {
            send(SIGKILL)
            throw error
        }
    }

    /// Runs a program to its end; answers how it ended and all it wrote.
    package static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = plainEnvironment,
        folder: String? = nil, within limit: Duration = .seconds(60)
    ) async throws -> (ending: Ending, output: String) {
        let child = try ChildProcess(executable, arguments, environment: environment, folder: folder)
        let ending = try await child.ended(within: limit)
        return (ending, child.output.text)
    }

    /// Notes the end before the process is reaped, so that `send` never meets a number that was given away again.
    private func observe() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        ending.withLock { ending in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let signal = status & 0x7f
            ending = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
            Leftovers.remove(process: pid)
        }
    }

    /// One start at a time: a child must not inherit the pipe of another one that is just being made.
    private static let starting = Mutex(())

    /// Starts a process; answers its number and the reading end of its output.
    private static func spawn(_ command: [String], _ environment: [String]) throws -> (pid: Int32, output: Int32) {
        try starting.withLock { _ in
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw SystemFailure("pipe") }
            defer { close(ends[1]) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            do {
                return (try spawn(command, environment, output: ends[1]), ends[0])
            } catch {
                close(ends[0])
                throw error
            }
        }
    }

    private static func spawn(_ command: [String], _ environment: [String], output: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        closeTheRest(&actions)
        let commandPointers = command.map { strdup($0) }
        let environmentPointers = environment.map { strdup($0) }
        defer { (commandPointers + environmentPointers).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(
            &pid, command[0], &actions, nil, commandPointers + [nil], environmentPointers + [nil])
        guard failure == 0 else { throw SystemFailure("posix_spawn \(command[0])", code: failure) }
        return pid
    }

    /// Leaves the child no descriptor but the three standard ones: a long-lived child that holds the writing end of
    /// somebody else's pipe would keep its reader waiting for ever. The call is a glibc extension (2.34) that its Swift
    /// module leaves out.
    private static func closeTheRest(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>) {
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(actions, 3)
    }
}

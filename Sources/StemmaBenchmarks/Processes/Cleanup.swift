internal import Dispatch
internal import Glibc
internal import Synchronization

/// Knows every child process and temporary directory, and takes them away when the program ends, also on a signal.
enum Cleanup {
    private struct State {
        var children: Set<pid_t> = []
        var directories: [String] = []
        /// Set when all is being taken away; nothing starts after that.
        var isOver = false
    }

    private static let state = Mutex<State>(State())

    /// SIGINT, SIGTERM and SIGHUP clean up and end the program, as long as somebody holds what this answers.
    static func onSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source: any DispatchSourceSignal = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                everything()
                _exit(128 + number)
            }
            source.resume()
            return source
        }
    }

    static func remember(directory: String) {
        state.withLock { $0.directories.append(directory) }
    }

    /// Starts a child and remembers it in one step, so that a signal in between cannot leave it behind.
    static func start(_ spawn: () throws -> pid_t) throws -> pid_t {
        try state.withLock { state in
            guard !state.isOver else { throw BenchError("the program is ending") }
            let child: pid_t = try spawn()
            state.children.insert(child)
            return child
        }
    }

    /// Collects a child that has ended; answers its status as `waitpid` tells it, or nil while it runs (or is collected).
    static func collect(_ child: pid_t) -> Int32? {
        state.withLock { state in
            var status: Int32 = 0
            guard state.children.contains(child), waitpid(child, &status, WNOHANG) == child else { return nil }
            state.children.remove(child)
            return status
        }
    }

    /// Kills all children and removes all directories.
    static func everything() {
        state.withLock { state in
            state.isOver = true
            for child in state.children {
                // Each child leads a process group of its own, so this takes nginx's workers along.
                kill(-child, SIGKILL)
                waitpid(child, nil, 0)
            }
            state.children = []
            for directory in state.directories {
                guard let remover = try? ChildProcess.spawn("/bin/rm", ["-rf", "--", directory]) else { continue }
                waitpid(remover, nil, 0)
            }
            state.directories = []
        }
    }
}

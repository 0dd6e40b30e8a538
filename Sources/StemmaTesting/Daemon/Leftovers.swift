internal import Glibc
internal import Synchronization

/// What the test run must not leave behind: its child processes, mounts and scratch folders.
enum Leftovers {
    private struct State {
        var isArmed = false
        var processes: Set<Int32> = []
        var mounts: [String] = []
        var folders: [String] = []
    }

    private static let state = Mutex(State())

    static func add(process: Int32) { change { $0.processes.insert(process) } }
    static func remove(process: Int32) { change { $0.processes.remove(process) } }
    static func add(mount: String) { change { $0.mounts.append(mount) } }
    static func add(folder: String) { change { $0.folders.append(folder) } }

    private static func change(_ edit: (inout State) -> Void) {
        state.withLock { state in
            edit(&state)
            guard !state.isArmed else { return }
            state.isArmed = true
            atexit { Leftovers.clear() }
        }
    }

    /// Runs when the test process ends. Lists are copied first: the threads that observe the children still take the lock.
    private static func clear() {
        let left = state.withLock { ($0.processes, $0.mounts, $0.folders) }
        for process in left.0 { kill(process, SIGKILL) }
        for mount in left.1 { umount2(mount, Int32(MNT_DETACH)) }
        for folder in left.2 { FileAccess.removeTree(folder) }
    }
}

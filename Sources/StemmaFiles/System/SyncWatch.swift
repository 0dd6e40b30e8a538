internal import Glibc
internal import StemmaRegistry
internal import Synchronization

/// Remembers that a sync failed. After that nobody can tell what the disk holds, also of other files: the kernel may have
/// dropped what it could not write and let the next sync succeed.
final class SyncWatch: Sendable {
    private struct State {
        var reason: String?
        var handler: (@Sendable (String) -> Void)?
    }

    private let state = Mutex(State())

    /// What failed first; nil while every sync has succeeded.
    var reason: String? { state.withLock { $0.reason } }

    /// Calls `handler` with the reason at the first failure, at once where that has been.
    func onFailure(_ handler: @escaping @Sendable (String) -> Void) {
        let reason: String? = state.withLock { state in
            state.handler = handler
            return state.reason
        }
        if let reason { handler(reason) }
    }

    /// Throws `writesSuspended` after a failure.
    func requireSound() throws {
        guard let reason else { return }
        throw StemmaError(
            .writesSuspended,
            "the daemon takes no writes until it is restarted, because it cannot tell what the disk holds",
            cause: reason)
    }

    /// Notes a sync that failed. A disk that has no room is no disk that loses bytes: what waited for the sync is refused
    /// and dropped, and that is all.
    func note(_ call: String, _ subject: String, _ code: Int32) {
        guard code != ENOSPC, code != EDQUOT else { return }
        let reason: String = "\(call) \(subject): \(String(cString: strerror(code)))"
        let handler: (@Sendable (String) -> Void)? = state.withLock { state in
            guard state.reason == nil else { return nil }
            state.reason = reason
            return state.handler
        }
        handler?(reason)
    }
}

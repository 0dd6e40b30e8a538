internal import Dispatch
internal import Glibc
internal import Logging
internal import StemmaRegistry
internal import Synchronization

/// Writes log lines to a descriptor from a queue of its own, so that a reader that stalls holds up nobody who logs.
///
/// Lines wait in memory up to a limit. Beyond it they are dropped, and a line says how many as soon as there is room.
package final class LogSink: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var dropped: Int = 0
        var isWriting: Bool = false
    }

    let format: LogFormat
    private let descriptor: Int32
    private let pendingMaxBytes: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "stemma.log")

    /// `descriptor` is used, not owned; a pipe among others, best with SIGPIPE ignored.
    package init(descriptor: Int32 = STDERR_FILENO, format: LogFormat, pendingMaxBytes: Int = 4 << 20) {
        self.descriptor = descriptor
        self.format = format
        self.pendingMaxBytes = pendingMaxBytes
    }

    /// Takes one line, its line feed included. Never waits for the reader.
    func write(_ line: [UInt8]) {
        let mustStart: Bool = state.withLock { state in
            guard state.pending.count + line.count <= pendingMaxBytes else {
                state.dropped += 1
                return false
            }
            state.pending.append(contentsOf: line)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.writePending() } }
    }

    /// Waits until what was logged before is written, at most that long. Answers whether it is.
    @discardableResult
    package func flush(timeoutMilliseconds: Int = 1_000) -> Bool {
        let written = DispatchSemaphore(value: 0)
        queue.async { written.signal() }
        return written.wait(timeout: .now() + .milliseconds(timeoutMilliseconds)) == .success
    }

    private func writePending() {
        while let bytes = takePending() { writeAll(bytes) }
    }

    private func takePending() -> [UInt8]? {
        state.withLock { state in
            if state.dropped > 0 {
                state.pending.append(contentsOf: lossNotice(state.dropped))
                state.dropped = 0
            }
            guard !state.pending.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.pending = [] }
            return state.pending
        }
    }

    private func lossNotice(_ count: Int) -> [UInt8] {
        format.line(
            time: Environment.system.now(), level: .warning, message: "log lines were dropped: the reader is too slow",
            metadata: ["dropped": .stringConvertible(count)], error: nil)
    }

    /// Gives up when the descriptor is gone: there is nobody to tell.
    private func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest: UnsafeRawBufferPointer.SubSequence = buffer[...]
            while !rest.isEmpty {
                let count: Int = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&poller, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

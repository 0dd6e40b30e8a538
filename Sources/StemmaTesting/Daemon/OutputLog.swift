internal import Glibc
internal import Synchronization

/// What a child process has written so far, collected by a thread of its own.
package final class OutputLog: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isComplete = false
    }

    private let state = Mutex(State())

    /// Reads `descriptor` until its writers have closed it, then closes it.
    init(reading descriptor: Int32) {
        Blocking.start { [self] in collect(descriptor) }
    }

    /// All the text so far; bytes that are no UTF-8 appear as replacement characters.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// All the bytes so far.
    package var bytes: [UInt8] { state.withLock { $0.bytes } }

    /// Whether every writer has closed its end.
    package var isComplete: Bool { state.withLock { $0.isComplete } }

    /// The rest of the first line that begins with `prefix`, or nil while there is none.
    package func line(after prefix: String) -> String? {
        text.split(separator: "\n").lazy.compactMap { line -> String? in
            guard let found = line.firstRange(of: prefix) else { return nil }
            return String(line[found.upperBound...])
        }.first
    }

    private func collect(_ descriptor: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            state.withLock { $0.bytes.append(contentsOf: chunk[..<count]) }
        }
        close(descriptor)
        state.withLock { $0.isComplete = true }
    }
}

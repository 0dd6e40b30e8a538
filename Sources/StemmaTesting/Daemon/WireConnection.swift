internal import Glibc
internal import Synchronization

/// One connection to the daemon that sends exactly the bytes it is given and reads answers strictly.
///
/// It is meant for tests, so it keeps whole answers in memory and one thread per waiting call.
package final class WireConnection: Sendable {
    private let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])
    private let isClosed = Mutex(false)

    /// Connects.
    ///
    /// - Parameter timeout: Longest wait for one read or write.
    /// - Throws: `SystemFailure`.
    package init(_ endpoint: DaemonEndpoint, timeout seconds: Int = 60) async throws {
        descriptor = try await Blocking.run { try WireSocket.connect(endpoint, timeoutSeconds: seconds) }
    }

    deinit { close() }

    /// Ends the connection; further calls do nothing.
    package func close() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            Glibc.close(descriptor)
        }
    }

    /// Ends the connection so that the other side sees a reset instead of an orderly end.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    /// Tells the daemon that no more bytes will come, while answers can still be read.
    package func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends all bytes.
    ///
    /// - Throws: `SystemFailure` when the daemon has closed the connection.
    package func send(_ bytes: [UInt8]) async throws {
        try await Blocking.run { [descriptor] in try WireSocket.send(bytes, on: descriptor) }
    }

    /// Sends the UTF-8 of a text; otherwise as above.
    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// The next final answer; interim ones (1xx) are passed over.
    ///
    /// - Parameter method: That of the request, for an answer to HEAD has no body.
    /// - Throws: `WireError`.
    package func reply(to method: String = "GET") async throws -> WireReply {
        while true {
            let reply = try await anyReply(to: method)
            if reply.status >= 200 { return reply }
        }
    }

    /// The next answer, be it interim or final.
    ///
    /// - Throws: `WireError`.
    package func anyReply(to method: String = "GET") async throws -> WireReply {
        try await Blocking.run { [self] in
            var reader = WireReader(descriptor: descriptor, buffer: unread.withLock { $0 })
            defer { unread.withLock { $0 = reader.unread } }
            return try reader.reply(to: method)
        }
    }

    /// Whether bytes of an answer have come that no call has read yet; does not wait.
    package func hasBytes() -> Bool {
        guard unread.withLock({ $0.isEmpty }) else { return true }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// All answers until the daemon closes the connection.
    ///
    /// - Throws: `WireError` when it stays open or an answer breaks off.
    package func repliesToEnd() async throws -> [WireReply] {
        var replies: [WireReply] = []
        while true {
            do { replies.append(try await anyReply()) } catch WireError.closed { return replies }
        }
    }
}

internal import CEpoll
internal import Glibc

/// The bytes in and out of one connection: the socket itself, or TLS on it. Non-blocking; closes the socket in the end.
///
/// Remembers whether the socket may have something, because readiness is told once only (edge-triggered).
struct Transport: ~Copyable {
    // Results of reading and writing that are not byte counts.
    static let wouldBlock = 0
    static let ended = -1
    static let failed = -2

    let descriptor: Int32
    let tls: TLSSession?
    var canRead = false
    var canWrite = true
    /// The peer has closed its sending side; what it sent before may still be unread.
    var inputEnding = false

    init(descriptor: Int32, tls: TLSSession?) {
        self.descriptor = descriptor
        self.tls = tls
    }

    deinit { close(descriptor) }

    /// Reads at most `count` bytes: their number, or `wouldBlock`, `ended`, `failed`.
    mutating func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard canRead else { return Self.wouldBlock }
        if let tls {
            let result = tls.read(target, count)
            if result == Self.wouldBlock { canRead = false }
            // A peer may leave out close_notify; the end of the stream is checked by HTTP's own framing.
            return result == Self.failed && inputEnding ? Self.ended : result
        }
        return readRaw(target, count)
    }

    /// Reads from the socket itself, past TLS: for input that is thrown away.
    mutating func readRaw(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard canRead else { return Self.wouldBlock }
        while true {
            let result = recv(descriptor, target, count, 0)
            if result > 0 {
                // A short read has emptied the socket (epoll(7)), unless the end is still to be read.
                if result < count, !inputEnding { canRead = false }
                return result
            }
            if result == 0 { return Self.ended }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { return Self.failed }
            canRead = false
            return Self.wouldBlock
        }
    }

    /// Writes at most `count` bytes: their number, or `wouldBlock`, `failed`. `more`: other bytes follow at once.
    mutating func write(_ source: UnsafeRawPointer, _ count: Int, more: Bool) -> Int {
        guard canWrite else { return Self.wouldBlock }
        if let tls {
            let result = tls.write(source, count)
            if result == Self.wouldBlock { canWrite = false }
            return result
        }
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let result = send(descriptor, source, count, flags)
            if result > 0 {
                if result < count { canWrite = false }
                return result
            }
            if result < 0, errno == EINTR { continue }
            guard result < 0, errno == EAGAIN else { return Self.failed }
            canWrite = false
            return Self.wouldBlock
        }
    }

    /// Sends bytes of a file without copying them through user space; plain connections only. As `write`; the end of
    /// the file before `count` bytes is `failed`.
    mutating func sendFile(_ file: Int32, offset: Int64, count: Int) -> Int {
        guard canWrite else { return Self.wouldBlock }
        var position = off_t(offset)
        while true {
            let result = sendfile(descriptor, file, &position, count)
            if result > 0 { return result }
            if result < 0, errno == EINTR { continue }
            guard result < 0, errno == EAGAIN else { return Self.failed }
            canWrite = false
            return Self.wouldBlock
        }
    }

    /// Ends the sending side.
    mutating func closeOutput() {
        tls?.closeOutput()
        shutdown(descriptor, Int32(SHUT_WR))
    }
}

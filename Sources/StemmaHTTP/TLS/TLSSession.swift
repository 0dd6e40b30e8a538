internal import COpenSSL

/// TLS on one non-blocking connection; used by that connection's thread only.
final class TLSSession {
    enum Handshake {
        case done
        /// Waits for the socket.
        case waiting
        case failed
    }

    private let ssl: OpaquePointer
    private var isBroken = false

    init(_ ssl: OpaquePointer) { self.ssl = ssl }

    deinit { SSL_free(ssl) }

    func handshake() -> Handshake {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        default:
            isBroken = true
            return .failed
        }
    }

    /// Reads at most `count` bytes. The result is as of `Transport.read`.
    func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        ERR_clear_error()
        let result = SSL_read(ssl, target, Int32(clamping: count))
        return result > 0 ? Int(result) : failure(result)
    }

    /// Writes at most `count` bytes. The result is as of `Transport.write`.
    func write(_ source: UnsafeRawPointer, _ count: Int) -> Int {
        ERR_clear_error()
        let result = SSL_write(ssl, source, Int32(clamping: count))
        return result > 0 ? Int(result) : failure(result)
    }

    /// Tells the peer that nothing more comes (`close_notify`), as far as the socket takes it now.
    func closeOutput() {
        guard !isBroken, SSL_is_init_finished(ssl) == 1 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
    }

    private func failure(_ result: Int32) -> Int {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return Transport.wouldBlock
        case SSL_ERROR_ZERO_RETURN: return Transport.ended
        default:
            // After a protocol or system error the session may not be used again, not even to shut it down.
            isBroken = true
            return Transport.failed
        }
    }
}

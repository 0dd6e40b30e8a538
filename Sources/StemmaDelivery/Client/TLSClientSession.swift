internal import COpenSSL

/// TLS for one connection, from memory to memory: what is received is put in, what is to be sent is taken out.
///
/// OpenSSL could use the socket by itself, but then with write(2), which raises SIGPIPE for a connection that the peer has
/// closed. Used by one thread.
final class TLSClientSession {
    private let ssl: OpaquePointer
    /// Both belong to `ssl`.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private var isBroken: Bool = false

    /// Takes over the session with its buffers.
    init(_ ssl: OpaquePointer, input: OpaquePointer, output: OpaquePointer) {
        self.ssl = ssl
        self.input = input
        self.output = output
    }

    deinit { SSL_free(ssl) }

    /// Whether the handshake is over; else it waits for the peer. Throws `DeliveryFailure.tls`.
    func shakeHands() throws(DeliveryFailure) -> Bool {
        ERR_clear_error()
        let result: Int32 = SSL_do_handshake(ssl)
        if result == 1 { return true }
        guard SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ else { throw failure() }
        return false
    }

    /// Takes what was received.
    func put(_ bytes: [UInt8]) throws(DeliveryFailure) {
        guard !bytes.isEmpty else { return }
        guard BIO_write(input, bytes, Int32(bytes.count)) == Int32(bytes.count) else { throw failure() }
    }

    /// What is to be sent.
    func take() -> [UInt8] {
        let count: Int = BIO_ctrl_pending(output)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            filled = Int(max(0, BIO_read(output, target.baseAddress, Int32(clamping: count))))
        }
    }

    /// Encrypts all of it.
    func encrypt(_ bytes: [UInt8]) throws(DeliveryFailure) {
        ERR_clear_error()
        // The output has no limit, so nothing has to wait.
        guard SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) else { throw failure() }
    }

    /// Decrypts what is there. Throws `DeliveryFailure.protocol` where the peer has ended and `.tls` where the session is
    /// broken, but not before the bytes that came earlier are read.
    func decrypt() throws(DeliveryFailure) -> [UInt8] {
        var plain: [UInt8] = []
        while true {
            ERR_clear_error()
            var result: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 4 * 1024) { target, filled in
                result = SSL_read(ssl, target.baseAddress, Int32(target.count))
                filled = Int(max(0, result))
            }
            if result > 0 {
                plain += piece
                continue
            }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ: return plain
            case SSL_ERROR_ZERO_RETURN:
                guard !plain.isEmpty else { throw .protocol }
                return plain
            default:
                let failure: DeliveryFailure = failure()
                guard !plain.isEmpty else { throw failure }
                return plain
            }
        }
    }

    /// Tells the peer that nothing more comes (`close_notify`).
    func close() {
        guard !isBroken, SSL_is_init_finished(ssl) == 1 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
    }

    private func failure() -> DeliveryFailure {
        // After a protocol error the session may not be used again, not even to shut it down.
        isBroken = true
        return .tls
    }
}

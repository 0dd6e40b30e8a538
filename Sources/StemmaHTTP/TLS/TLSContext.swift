internal import COpenSSL

/// A certificate with its key and the protocol settings, made ready once and shared by connections on all threads.
final class TLSContext: Sendable {
    // SSL_CTX is reference-counted and safe to use from several threads once it is set up.
    private nonisolated(unsafe) let context: OpaquePointer

    // OpenSSL defines these as macros that Swift does not import.
    private static let noCompression: UInt64 = 1 << 17
    private static let cipherServerPreference: UInt64 = 1 << 22
    private static let noRenegotiation: UInt64 = 1 << 30
    private static let enablePartialWrite = 0x1
    private static let acceptMovingWriteBuffer = 0x2
    private static let releaseBuffers = 0x10

    /// Throws `ListenError.tls` where the files cannot be read or do not belong together.
    init(_ configuration: TLSConfiguration) throws {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw Self.failure("cannot set TLS up") }
        self.context = context
        let minimum = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(minimum), nil)
        SSL_CTX_set_options(context, Self.noCompression | Self.cipherServerPreference | Self.noRenegotiation)
        let modes = Self.enablePartialWrite | Self.acceptMovingWriteBuffer | Self.releaseBuffers
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, modes, nil)
        SSL_CTX_set_alpn_select_cb(context, selectHTTP11, nil)
        guard SSL_CTX_use_certificate_chain_file(context, configuration.certificatePath) == 1 else {
            throw Self.failure("cannot use the certificate `\(configuration.certificatePath)`")
        }
        guard SSL_CTX_use_PrivateKey_file(context, configuration.privateKeyPath, SSL_FILETYPE_PEM) == 1 else {
            throw Self.failure("cannot use the private key `\(configuration.privateKeyPath)`")
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw Self.failure("the private key does not belong to the certificate")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// A session for one accepted connection, or nil where memory is short.
    func makeSession(descriptor: Int32) -> TLSSession? {
        guard let ssl = SSL_new(context) else { return nil }
        guard SSL_set_fd(ssl, descriptor) == 1 else {
            SSL_free(ssl)
            return nil
        }
        SSL_set_accept_state(ssl)
        return TLSSession(ssl)
    }

    private static func failure(_ what: String) -> ListenError {
        var reason = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &reason, reason.count)
        let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return .tls("\(what): \(text)")
    }
}

/// Chooses `http/1.1` where the client offers it (RFC 7301); else goes on without a protocol name.
private func selectHTTP11(
    _ ssl: OpaquePointer?, _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ outLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    let wanted: StaticString = "http/1.1"
    guard let out, let outLength, let offered else { return SSL_TLSEXT_ERR_NOACK }
    var at = 0
    while at < Int(offeredLength) {
        let length = Int(offered[at])
        guard at + 1 + length <= Int(offeredLength) else { break }
        let name = UnsafeBufferPointer(start: offered + at + 1, count: length)
        if name.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount)) {
            out.pointee = offered + at + 1
            outLength.pointee = UInt8(length)
            return SSL_TLSEXT_ERR_OK
        }
        at += 1 + length
    }
    return SSL_TLSEXT_ERR_NOACK
}

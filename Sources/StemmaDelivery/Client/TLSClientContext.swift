internal import COpenSSL

/// The trusted authorities and the protocol settings, made ready once and shared by deliveries on all threads.
final class TLSClientContext: Sendable {
    // SSL_CTX is reference-counted and safe to use from several threads once it is set up.
    private nonisolated(unsafe) let context: OpaquePointer

    // OpenSSL defines these as macros that Swift does not import, or in headers that this package does not need otherwise.
    private static let noCompression: UInt64 = 1 << 17
    private static let noRenegotiation: UInt64 = 1 << 30
    private static let noPartialWildcards: UInt32 = 0x4
    private static let neverCheckSubject: UInt32 = 0x20
    /// The list of protocols that ALPN offers (RFC 7301 section 3.1): one name with its length.
    private static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

    /// Trusts the system's authorities, and those of a PEM file besides. Throws `DeliverySetupError`.
    init(additionalAuthoritiesPath: String?) throws(DeliverySetupError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw .tls(TLSClientContext.reason()) }
        // From here on `deinit` frees it, also when the initializer throws.
        self.context = context
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_options(context, TLSClientContext.noCompression | TLSClientContext.noRenegotiation)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard SSL_CTX_set_default_verify_paths(context) == 1,
            SSL_CTX_set_alpn_protos(context, TLSClientContext.protocols, UInt32(TLSClientContext.protocols.count)) == 0
        else { throw .tls(TLSClientContext.reason()) }
        if let path = additionalAuthoritiesPath, SSL_CTX_load_verify_file(context, path) != 1 {
            throw .authorities(path: path, reason: TLSClientContext.reason())
        }
        // A system store without a certain file or directory leaves an error behind that nobody has to see.
        ERR_clear_error()
    }

    deinit { SSL_CTX_free(context) }

    /// A session that goes on only with a certificate for that host. Throws `DeliveryFailure.tls` where memory is short.
    func makeSession(host: DeliveryTarget.Host) throws(DeliveryFailure) -> TLSClientSession {
        guard let ssl = SSL_new(context) else { throw .tls }
        guard let input = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw .tls
        }
        guard let output = BIO_new(BIO_s_mem()) else {
            BIO_free(input)
            SSL_free(ssl)
            throw .tls
        }
        SSL_set_bio(ssl, input, output)
        let session = TLSClientSession(ssl, input: input, output: output)
        // Names come from the alternative names of the certificate alone (RFC 9525 section 2).
        SSL_set_hostflags(ssl, TLSClientContext.noPartialWildcards | TLSClientContext.neverCheckSubject)
        let isSet: Bool
        switch host {
        case .name(let name):
            isSet = SSL_set1_host(ssl, name) == 1 && TLSClientContext.setServerName(ssl, name)
        case .address(let address):
            // Server Name Indication has no form for addresses (RFC 6066 section 3).
            isSet = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address.description) == 1
        }
        guard isSet else { throw .tls }
        SSL_set_connect_state(ssl)
        return session
    }

    private static func setServerName(_ ssl: OpaquePointer, _ name: String) -> Bool {
        // OpenSSL copies the name.
        var bytes: [CChar] = Array(name.utf8CString)
        return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &bytes) == 1
    }

    private static func reason() -> String {
        var reason = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &reason, reason.count)
        return String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Why nothing can be delivered at all.
package enum DeliverySetupError: Error, Equatable, Sendable, CustomStringConvertible {
    case tls(String)
    case authorities(path: String, reason: String)

    /// One line for the operator.
    package var description: String {
        switch self {
        case .tls(let reason): "cannot set TLS up: \(reason)"
        case .authorities(let path, let reason): "cannot use the authorities in `\(path)`: \(reason)"
        }
    }
}

internal import COpenSSL

/// The OpenSSL library that the process runs with.
package enum OpenSSLLibrary {
    /// E.g. `OpenSSL 3.0.19 27 Jan 2026`.
    package static var version: String {
        OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "unknown"
    }
}

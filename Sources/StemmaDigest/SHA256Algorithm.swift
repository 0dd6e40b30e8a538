internal import COpenSSL

/// OpenSSL's SHA-256, looked up once for the process.
///
/// `EVP_sha256()` makes every digest search the provider tables again, which costs more than hashing a short text.
enum SHA256Algorithm {
    /// Never freed: it serves until the process ends. OpenSSL allows sharing a fetched `EVP_MD` between threads.
    nonisolated(unsafe) static let shared: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            preconditionFailure("OpenSSL offers no SHA-256")
        }
        return algorithm
    }()
}

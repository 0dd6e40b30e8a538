internal import COpenSSL

/// Message authentication with a shared key: HMAC over SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// The 32-byte code of `message` under `key`. Any key length is allowed; 32 random bytes are what RFC 2104 section 3 asks for.
    package static func code(key: [UInt8], message: [UInt8]) -> [UInt8] {
        // OpenSSL reads a null key as "keep the key of before", so an empty array must still hand it an address.
        let keyBytes: [UInt8] = key.isEmpty ? [0] : key
        guard let context = EVP_MAC_CTX_dup(HMACSHA256.template) else { preconditionFailure("OpenSSL has no memory") }
        defer { EVP_MAC_CTX_free(context) }
        return [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
            let isDone: Bool =
                EVP_MAC_init(context, keyBytes, key.count, nil) == 1
                && EVP_MAC_update(context, message, message.count) == 1
                && EVP_MAC_final(context, buffer.baseAddress, &count, Digest.byteCount) == 1
            precondition(isDone && count == Digest.byteCount, "OpenSSL's HMAC failed")
        }
    }

    /// HMAC over SHA-256 without a key, looked up once for the process: to search the provider's tables for each code costs
    /// more than the code. Never freed, and never changed, so that threads may copy it at the same time.
    nonisolated(unsafe) private static let template: OpaquePointer = {
        var name: [CChar] = Array("SHA256".utf8CString)
        let context: OpaquePointer? = name.withUnsafeMutableBufferPointer { name in
            guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil), let context = EVP_MAC_CTX_new(algorithm) else {
                return nil
            }
            EVP_MAC_free(algorithm)
            let parameters: [OSSL_PARAM] = [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_CTX_set_params(context, parameters) == 1 ? context : nil
        }
        guard let context else { preconditionFailure("OpenSSL offers no HMAC") }
        return context
    }()
}

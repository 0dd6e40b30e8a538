internal import COpenSSL

/// A public key for signatures with Ed25519 (RFC 8032).
package struct Ed25519PublicKey: Hashable, Sendable {
    /// Bytes of a key.
    package static let byteCount: Int = 32
    /// Bytes of a signature.
    package static let signatureByteCount: Int = 64

    /// The 32 bytes of RFC 8032 section 5.1.5.
    package let bytes: [UInt8]

    /// Nil for anything but 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Ed25519PublicKey.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Whether `signature` is this key's over `message`; false also for what is no signature.
    package func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == Ed25519PublicKey.signatureByteCount,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        // A message may be empty, its address may not be null.
        let memory: [UInt8] = message.isEmpty ? [0] : message
        return EVP_DigestVerify(context, signature, signature.count, memory, message.count) == 1
    }
}

/// A private key for signatures with Ed25519 (RFC 8032). Its memory is OpenSSL's, which clears it at the end.
package final class Ed25519PrivateKey: Sendable {
    /// Used by many tasks at once, and never changed: OpenSSL allows that for signing.
    nonisolated(unsafe) private let key: OpaquePointer
    package let publicKey: Ed25519PublicKey

    /// From the 32 bytes of RFC 8032 section 5.1.5; nil for any other count.
    package convenience init?(seed: [UInt8]) {
        guard seed.count == Ed25519PublicKey.byteCount,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { return nil }
        self.init(owning: key)
    }

    /// From PEM text of a PKCS#8 `PRIVATE KEY` without a pass phrase (RFC 8410 section 7); nil for anything else.
    package convenience init?(pem: [UInt8]) {
        guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(bio) }
        // An empty pass phrase keeps OpenSSL from asking at the terminal.
        var phrase: [CChar] = [0]
        guard let key = PEM_read_bio_PrivateKey(bio, nil, nil, &phrase) else {
            ERR_clear_error()
            return nil
        }
        guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 else {
            EVP_PKEY_free(key)
            return nil
        }
        self.init(owning: key)
    }

    private init?(owning key: OpaquePointer) {
        var bytes: [UInt8] = Array(repeating: 0, count: Ed25519PublicKey.byteCount)
        var count: Int = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, let publicKey = Ed25519PublicKey(bytes: bytes)
        else {
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
        self.publicKey = publicKey
    }

    deinit { EVP_PKEY_free(key) }

    /// PKCS#8 in PEM, not encrypted.
    package var pem: [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { preconditionFailure("OpenSSL has no memory") }
        defer { BIO_free(bio) }
        precondition(
            PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1, "OpenSSL cannot write an Ed25519 key")
        var text: [UInt8] = Array(repeating: 0, count: 1_024)
        let count: Int32 = BIO_read(bio, &text, Int32(text.count))
        return Array(text.prefix(Int(max(0, count))))
    }

    /// The 64 bytes of RFC 8032 section 5.1.6.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory") }
        defer { EVP_MD_CTX_free(context) }
        var signature: [UInt8] = Array(repeating: 0, count: Ed25519PublicKey.signatureByteCount)
        var count: Int = signature.count
        let memory: [UInt8] = message.isEmpty ? [0] : message
        precondition(
            EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                && EVP_DigestSign(context, &signature, &count, memory, message.count) == 1
                && count == Ed25519PublicKey.signatureByteCount, "OpenSSL cannot sign with Ed25519")
        return signature
    }
}

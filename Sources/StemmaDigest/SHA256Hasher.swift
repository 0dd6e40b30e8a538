internal import COpenSSL

/// A streaming SHA-256 over OpenSSL's EVP interface (FIPS 180-4). Used by one task at a time.
package final class SHA256Hasher {
    private let context: OpaquePointer
    private var isFinished: Bool = false

    /// The hash of no bytes yet.
    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, SHA256Algorithm.shared, nil) == 1 else {
            preconditionFailure("OpenSSL offers no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes. Calling it after `finish` is a programmer error.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(!isFinished, "the digest was finished")
        guard bytes.count > 0 else { return }
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "EVP_DigestUpdate failed")
    }

    /// Adds bytes. Calling it after `finish` is a programmer error.
    package func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of everything added. May be called once.
    package func finish() -> Digest {
        precondition(!isFinished, "the digest was finished")
        isFinished = true
        return Digest(filledBy: { buffer in
            precondition(EVP_DigestFinal_ex(context, buffer, nil) == 1, "EVP_DigestFinal_ex failed")
        })
    }

    /// The digest of one piece of memory.
    package static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        Digest(filledBy: { buffer in
            let result: Int32 = EVP_Digest(bytes.baseAddress, bytes.count, buffer, nil, SHA256Algorithm.shared, nil)
            precondition(result == 1, "EVP_Digest failed")
        })
    }

    /// The digest of some bytes.
    package static func digest(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { digest($0) }
    }
}

internal import COpenSSL

/// Message authentication with a shared key: HMAC over SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// The 32-byte code of `message` under `key`. Any key length is allowed; 32 random bytes are what RFC 2104 section 3 asks for.
    package static func code(key: [UInt8], message: [UInt8]) -> [UInt8] {
        precondition(key.count <= Int(Int32.max), "an HMAC key is longer than OpenSSL can take")
        // OpenSSL reads a null key as "keep the key of before", so an empty array must still hand it an address.
        let keyBytes: [UInt8] = key.isEmpty ? [0] : key
        return [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
            var length: UInt32 = 0
            let result = HMAC(
                SHA256Algorithm.shared, keyBytes, Int32(key.count), message, message.count, buffer.baseAddress, &length)
            precondition(result != nil && length == UInt32(Digest.byteCount), "OpenSSL's HMAC failed")
            count = Digest.byteCount
        }
    }
}

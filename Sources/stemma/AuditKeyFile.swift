internal import Glibc
internal import Logging
internal import StemmaDigest

/// The file of the key that signs the audit log.
enum AuditKeyFile {
    /// The key in the file. Where there is none a new one is made and written, mode 0600, unless the log was signed before.
    ///
    /// Throws `CommandFailure` for a file that others than its owner may read or write, and for one that holds no Ed25519 key.
    static func open(_ path: String, mayMake: Bool, logger: Logger) throws -> Ed25519PrivateKey {
        guard let pem = try read(path) else {
            guard mayMake else {
                throw CommandFailure(
                    "the audit log's signing key \(path) is gone. Put the file back from its copy; where there is none, "
                        + "`stemma audit rotate-key --lost` starts a new key and says so in the log")
            }
            let key: Ed25519PrivateKey = try make(path)
            logger.notice("the audit log is signed with a new key in \(path); keep a copy of it")
            return key
        }
        guard let key = Ed25519PrivateKey(pem: pem) else {
            throw CommandFailure("\(path) holds no Ed25519 private key in PEM (PKCS#8, without a pass phrase)")
        }
        return key
    }

    /// A new key in a file that is not there yet.
    static func make(_ path: String) throws -> Ed25519PrivateKey {
        guard let key = Ed25519PrivateKey(seed: SecureRandom.bytes(Ed25519PublicKey.byteCount)) else {
            throw CommandFailure("no Ed25519 key can be made")
        }
        try PrivateFile.write(String(decoding: key.pem, as: UTF8.self), to: path)
        return key
    }

    private static func read(_ path: String) throws -> [UInt8]? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw CommandFailure("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw CommandFailure("\(path) may be read by others; its mode must be 0600 (chmod 600 \(path))")
        }
        return try SmallFile.read(path)
    }
}

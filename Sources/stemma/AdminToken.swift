internal import Glibc
internal import Logging
internal import StemmaRegistry

/// The operator's first token.
enum AdminToken {
    static let fileName: String = "admin.token"

    /// In a database without tokens: makes one with the role `admin` and writes it to `DIR/admin.token`, mode 0600.
    static func ensure(_ registry: OpenRegistry, directory: String, logger: Logger) async throws {
        let access = AccessService(core: registry.core)
        guard let secret = try await access.bootstrapAdmin() else { return }
        try await registry.tokens.load(from: registry.store)
        try PrivateFile.write(secret + "\n", to: directory + "/" + fileName)
        logger.notice("first start: the admin token is in \(directory)/\(fileName)")
    }
}

/// Files that only their owner may read.
enum PrivateFile {
    /// Replaces the file at once: the text is written beside it, synced and renamed. Mode 0600 from the beginning.
    static func write(_ text: String, to path: String) throws {
        let partial: String = path + ".partial"
        unlink(partial)
        let descriptor: Int32 = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let bytes: [UInt8] = Array(text.utf8)
        let written: Int = Glibc.write(descriptor, bytes, bytes.count)
        let isSynced: Bool = fsync(descriptor) == 0
        close(descriptor)
        guard written == bytes.count, isSynced, rename(partial, path) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> StartError {
        StartError("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

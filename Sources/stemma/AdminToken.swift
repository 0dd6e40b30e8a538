internal import Glibc
internal import Logging
internal import StemmaRegistry

/// The operator's first token.
enum AdminToken {
    /// In a database without tokens: makes one with the role `admin` and writes it to the directory, mode 0600.
    static func ensure(_ registry: OpenRegistry, directory: String, logger: Logger) async throws {
        let access = AccessService(core: registry.core)
        let path: String = DataDirectory.adminTokenPath(directory)
        guard try await access.bootstrapAdmin(keep: { try PrivateFile.write($0 + "\n", to: path) }) else { return }
        try await registry.tokens.load(from: registry.store)
        logger.notice("first start: the admin token is in \(path)")
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

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

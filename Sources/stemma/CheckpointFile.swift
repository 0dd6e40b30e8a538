internal import Glibc
internal import StemmaRegistry

/// A file that gets every signed head of the audit log, one after the other with an empty line between them. Best on another
/// disk, or sent elsewhere by the system: an older copy of the database does not agree with it.
struct CheckpointFile: CheckpointAnchor {
    let path: String

    var name: String { path }

    /// Bytes from the end of the file in which the last head is looked for.
    private static let tailBytes: Int = 131_072

    func last() throws -> String? {
        let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read")
        }
        defer { close(descriptor) }
        let size: Int = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0 else { throw failure("read") }
        let start: Int = max(0, size - CheckpointFile.tailBytes)
        var bytes: [UInt8] = Array(repeating: 0, count: size - start)
        guard pread(descriptor, &bytes, bytes.count, off_t(start)) == bytes.count else { throw failure("read") }
        // Each head ends with a line that holds a full stop; one that a crash cut short has none.
        let text = String(decoding: bytes, as: UTF8.self)
        return text.components(separatedBy: CheckpointFile.end).dropLast().last { !$0.isEmpty }
    }

    func take(_ note: String, oldSize: Int64, log: AnchoredLog) throws -> [String] {
        let descriptor: Int32 = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("written") }
        defer { close(descriptor) }
        let bytes: [UInt8] = Array((note + CheckpointFile.end).utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
            FolderSync.syncFolder(of: path)
        else { throw failure("written") }
        return []
    }

    private static let end: String = ".\n"

    private func failure(_ what: String) -> CommandFailure {
        CommandFailure("\(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}

extension String {
    /// The parts between a separator.
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = [""]
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if line + "\n" == separator { parts.append("") } else { parts[parts.count - 1] += line + "\n" }
        }
        return parts
    }
}

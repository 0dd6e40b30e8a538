internal import Dispatch
internal import Glibc
internal import Synchronization

/// Reads the bytes of a database's file beside SQLite, to see what is in its free pages too.
///
/// The descriptor stays open until the database is closed: POSIX drops all of a process's locks on a file when any of its
/// descriptors is closed.
final class SQLiteFileScan: Sendable {
    private let path: String
    private let descriptor = Mutex<Int32>(-1)
    private let queue = DispatchQueue(label: "stemma.sqlite.scan")
    /// Bytes that are read at once.
    private static let piece: Int = 1 << 20

    init(_ path: String) { self.path = path }

    /// The file's length in bytes.
    func size() throws(SQLiteFileError) -> Int64 {
        var status = stat()
        guard fstat(try opened(), &status) == 0 else { throw SQLiteFileError("fstat", path) }
        return Int64(status.st_size)
    }

    /// Hands the file over in pieces, each after the last `overlap` bytes of the one before, and adds up what `count` says of
    /// them.
    func sum(overlap: Int, _ count: @escaping @Sendable ([UInt8]) -> Int) async throws -> Int {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
            queue.async { continuation.resume(with: Result { try self.scan(overlap, count) }) }
        }
    }

    /// After every connection was closed.
    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    private func scan(_ overlap: Int, _ count: ([UInt8]) -> Int) throws(SQLiteFileError) -> Int {
        let file: Int32 = try opened()
        var (offset, found): (Int64, Int) = (0, 0)
        var kept: [UInt8] = []
        while true {
            var buffer = [UInt8](repeating: 0, count: SQLiteFileScan.piece)
            let length: Int = buffer.withUnsafeMutableBytes { bytes in
                pread(file, bytes.baseAddress, bytes.count, off_t(offset))
            }
            guard length >= 0 else { throw SQLiteFileError("pread", path) }
            if length == 0 { return found }
            let piece: [UInt8] = kept + buffer.prefix(length)
            found += count(piece)
            kept = Array(piece.suffix(overlap))
            offset += Int64(length)
        }
    }

    private func opened() throws(SQLiteFileError) -> Int32 {
        let file: Int32 = descriptor.withLock { descriptor in
            if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
            return descriptor
        }
        guard file >= 0 else { throw SQLiteFileError("open", path) }
        return file
    }
}

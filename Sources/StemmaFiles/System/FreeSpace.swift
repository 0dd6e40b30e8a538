internal import StemmaRegistry

/// Keeps the last bytes of the disk for the rest of the daemon, which must go on recording what it does.
struct FreeSpace: Sendable {
    let directory: Directory
    /// Bytes that the store leaves free.
    let floor: Int64

    /// Bytes that may still be written: zero at or below the floor.
    func usableBytes() throws -> Int64 {
        max(0, try directory.availableBytes() - floor)
    }

    /// Throws `insufficientStorage` where `count` more bytes would go below the floor.
    func require(_ count: Int) throws {
        let available: Int64 = try directory.availableBytes()
        guard available - Int64(count) >= floor else {
            throw insufficientStorage(cause: "\(available) bytes are free, \(floor) of them reserved")
        }
    }
}

internal import StemmaRegistry

/// An open and verified blob file.
final class FileBlobReader: BlobReader {
    let size: Int64
    private let file: Descriptor
    private let seal: Seal
    private let lanes: WorkerLanes

    init(_ blob: BlobVault.Verified, lanes: WorkerLanes) {
        size = blob.size
        file = blob.file
        seal = blob.seal
        self.lanes = lanes
    }

    var descriptor: Int32? { file.number }

    func read(at offset: Int64, count: Int) async throws -> [UInt8] {
        precondition(offset >= 0 && count >= 0, "a blob is read at a position within it")
        let wanted: Int = Int(min(Int64(count), max(0, size - offset)))
        guard wanted > 0 else { return [] }
        let file: Descriptor = file
        let bytes: [UInt8] = try await lanes.run {
            try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            }
        }
        guard bytes.count == wanted else {
            throw StemmaError(
                .blobCorrupt, "The stored bytes were damaged while they were read.",
                cause: "\(file.name) ended at \(offset + Int64(bytes.count)), not at \(size)")
        }
        return bytes
    }

    func isStillIntact() -> Bool { seal.isUnbroken(on: file) }
}

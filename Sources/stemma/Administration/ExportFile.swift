internal import Glibc
internal import StemmaTransparency

/// Feeds the lines of a file to a verifier.
enum ExportFile {
    private static let chunkBytes: Int = 1 << 20

    /// Throws `ExportFault`.
    static func verify(_ path: String, _ verifier: ExportVerifier) throws -> ExportVerifier.Verdict {
        let descriptor: Int32 = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ExportFault.unusable("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var verifier: ExportVerifier = verifier
        var pending: [UInt8] = []
        var chunk: [UInt8] = Array(repeating: 0, count: chunkBytes)
        while true {
            let count: Int = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ExportFault.unusable("cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            try take(chunk[..<count], &pending, &verifier)
        }
        guard pending.isEmpty else {
            // Nothing may stand behind the last line feed; a line cut short is looked at like any other.
            try pending.withUnsafeBufferPointer { try verifier.take($0) }
            throw ExportFault.tampered(line: verifier.lineCount, "the last line does not end")
        }
        return try verifier.finish()
    }

    /// The whole file. Throws `ExportFault.unusable` where it cannot be read, or is larger than `limit` bytes.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor: Int32 = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ExportFault.unusable("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk: [UInt8] = Array(repeating: 0, count: chunkBytes)
        while true {
            let count: Int = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ExportFault.unusable("cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw ExportFault.unusable("\(path) is larger than \(limit) bytes")
            }
        }
    }

    private static func take(
        _ chunk: ArraySlice<UInt8>, _ pending: inout [UInt8], _ verifier: inout ExportVerifier
    ) throws {
        var rest: ArraySlice<UInt8> = chunk
        while let end = rest.firstIndex(of: 0x0A) {
            if pending.isEmpty {
                try rest[..<end].withUnsafeBufferPointer { try verifier.take($0) }
            } else {
                pending.append(contentsOf: rest[..<end])
                try pending.withUnsafeBufferPointer { try verifier.take($0) }
                pending.removeAll(keepingCapacity: true)
            }
            rest = rest[(end + 1)...]
        }
        pending.append(contentsOf: rest)
        guard pending.count <= ExportVerifier.lineMax else {
            throw ExportFault.unusable("a line is longer than \(ExportVerifier.lineMax) bytes")
        }
    }
}

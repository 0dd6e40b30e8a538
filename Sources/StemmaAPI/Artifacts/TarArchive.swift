internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

/// A version as a tar archive in the pax interchange format (POSIX.1-2001), made while it is sent.
///
/// Plain ustar headers where path and size fit, an extended header before those that do not. Files are 0644, owned by
/// nobody in particular, dated with the version's registration, so that the same version always gives the same bytes.
struct TarArchive: Sendable {
    /// Opens the bytes of a blob.
    typealias Open = @Sendable (Digest) async throws -> any BlobReader

    private static let blockBytes: Int64 = 512

    private let metadata: [UInt8]
    private let modified: Timestamp
    private let artifacts: [ArtifactRecord]
    private let open: Open

    /// `metadata` becomes the first member; where a file of the version has the name `metadata.json` itself, the registry's
    /// document goes by `.stemma/metadata.json` instead.
    init(metadata: [UInt8], modified: Timestamp, artifacts: [ArtifactRecord], open: @escaping Open) {
        self.metadata = metadata
        self.modified = modified
        self.artifacts = artifacts
        self.open = open
    }

    private var metadataPath: String {
        artifacts.contains { $0.path == "metadata.json" } ? ".stemma/metadata.json" : "metadata.json"
    }

    /// The length of the whole archive in bytes.
    var length: Int64 {
        let first: Int64 = TarArchive.memberLength(path: metadataPath, size: Int64(metadata.count))
        let rest: Int64 = artifacts.reduce(0) { $0 + TarArchive.memberLength(path: $1.path, size: $1.sizeBytes) }
        return first + rest + 2 * TarArchive.blockBytes
    }

    /// Throws what opening the first file throws.
    func stream() throws -> TarStream {
        var head: [UInt8] = TarHeader.blocks(path: metadataPath, size: Int64(metadata.count), modified: modified)
        head += metadata
        head += TarArchive.padding(after: Int64(metadata.count))
        return TarStream(head: head, artifacts: artifacts, modified: modified, open: open)
    }

    static func padding(after size: Int64) -> [UInt8] {
        [UInt8](repeating: 0, count: Int((blockBytes - size % blockBytes) % blockBytes))
    }

    private static func memberLength(path: String, size: Int64) -> Int64 {
        Int64(TarHeader.blocks(path: path, size: size, modified: Timestamp(milliseconds: 0)).count) + size
            + Int64(padding(after: size).count)
    }
}

/// The archive's bytes in order, one piece of one file at a time.
actor TarStream: BodyStream {
    private static let pieceBytes: Int = 262_144

    private var pending: [UInt8]?
    private var remaining: ArraySlice<ArtifactRecord>
    private var current: (reader: any BlobReader, offset: Int64, size: Int64)?
    private var isFinished: Bool = false
    private let modified: Timestamp
    private let open: TarArchive.Open

    init(head: [UInt8], artifacts: [ArtifactRecord], modified: Timestamp, open: @escaping TarArchive.Open) {
        pending = head
        remaining = artifacts[...]
        self.modified = modified
        self.open = open
    }

    func next() async throws -> [UInt8]? {
        if let bytes = pending {
            pending = nil
            return bytes
        }
        if let piece = try await nextPiece() { return piece }
        guard let artifact = remaining.popFirst() else {
            if isFinished { return nil }
            isFinished = true
            return [UInt8](repeating: 0, count: 1_024)
        }
        let reader: any BlobReader = try await open(artifact.digest)
        guard reader.size == artifact.sizeBytes else {
            throw StemmaError(.blobCorrupt, "a blob has not the size it was registered with")
        }
        current = (reader, 0, artifact.sizeBytes)
        return TarHeader.blocks(path: artifact.path, size: artifact.sizeBytes, modified: modified)
    }

    private func nextPiece() async throws -> [UInt8]? {
        guard let file = current else { return nil }
        if file.offset == file.size {
            current = nil
            let padding: [UInt8] = TarArchive.padding(after: file.size)
            return padding.isEmpty ? nil : padding
        }
        let count = Int(min(Int64(TarStream.pieceBytes), file.size - file.offset))
        let piece: [UInt8] = try await file.reader.read(at: file.offset, count: count)
        let isLast: Bool = file.offset + Int64(piece.count) == file.size
        guard !piece.isEmpty, !isLast || file.reader.isStillIntact() else {
            throw StemmaError(.blobCorrupt, "a blob changed while it was sent")
        }
        current = (file.reader, file.offset + Int64(piece.count), file.size)
        return piece
    }
}

/// Headers of tar members.
enum TarHeader {
    private static let ustarSizeMax: Int64 = 0o77777777777

    /// The header block, after an extended one where path or size need it.
    static func blocks(path: String, size: Int64, modified: Timestamp) -> [UInt8] {
        let isASCII: Bool = path.utf8.allSatisfy { $0 < 0x80 }
        let fits: Bool = path.utf8.count <= 100 && isASCII && size <= ustarSizeMax
        if fits { return header(path: path, size: size, type: "0", modified: modified) }
        var records: [UInt8] = record("path", path)
        if size > ustarSizeMax { records += record("size", String(size)) }
        let shortened = String(decoding: path.utf8.filter { $0 < 0x80 }.suffix(100), as: UTF8.self)
        return header(path: "pax_header", size: Int64(records.count), type: "x", modified: modified) + records
            + TarArchive.padding(after: Int64(records.count))
            + header(path: shortened, size: min(size, ustarSizeMax), type: "0", modified: modified)
    }

    /// `<length> <key>=<value>\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest: Int = key.utf8.count + value.utf8.count + 3
        var length: Int = rest + 1
        while String(length).count + rest != length { length = String(length).count + rest }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }

    private static func header(path: String, size: Int64, type: Character, modified: Timestamp) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        func octal(_ value: Int64, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(path, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(max(0, modified.milliseconds / 1_000), digits: 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        let sum: Int64 = block.reduce(0) { $0 + Int64($1) }
        put(octal(sum, digits: 6), at: 148)
        block[154] = 0
        return block
    }
}

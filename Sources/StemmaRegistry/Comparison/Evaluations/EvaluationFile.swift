internal import StemmaDigest

/// The file in which an evaluation's examples are kept as a blob. Numbers are little-endian.
///
/// - Head, 16 bytes: `STMEVAL` and a zero byte; the form's version (1) and the examples of a full chunk, four bytes each.
/// - Chunks: the number of examples (four bytes), the width of a code in bytes (1 or 2, as four bytes), the labels' codes, the
///   predictions' codes, and a bit for each example, set where the two are the same, the lowest bit of a byte first.
/// - Footer: the number of classes (four bytes); for each class in the order of codes the length of its name (two bytes),
///   the name in UTF-8, and how many examples have it as label, as prediction and as both (eight bytes each); whether
///   examples have ids (one byte); the examples' digest (32 bytes).
/// - Tail, 16 bytes: where the footer begins (eight bytes), and the head's first eight bytes again.
struct EvaluationFile: Sendable {
    static let chunkExamples: Int = 65_536
    private static let mark: [UInt8] = Array("STMEVAL".utf8) + [0]
    private static let headBytes: Int64 = 16
    private static let tailBytes: Int64 = 16

    private let reader: any BlobReader
    private let footerStart: Int64
    let table: ClassTable
    let counts: ClassCounts

    /// Throws `blobCorrupt` where the blob is missing or no such file.
    init(_ digest: Digest, _ blobs: any BlobStore) async throws {
        guard let reader = try await blobs.open(digest) else { throw EvaluationFile.damage("the blob is absent") }
        self.reader = reader
        guard reader.size >= EvaluationFile.headBytes + EvaluationFile.tailBytes,
            try await reader.read(at: 0, count: Int(EvaluationFile.headBytes)) == EvaluationFile.head
        else { throw EvaluationFile.damage("head") }
        var tail = ByteScanner(
            try await reader.read(at: reader.size - EvaluationFile.tailBytes, count: Int(EvaluationFile.tailBytes)))
        footerStart = Int64(clamping: try tail.integer(8))
        let end: Int64 = reader.size - EvaluationFile.tailBytes
        guard try tail.bytes(8).elementsEqual(EvaluationFile.mark), footerStart >= EvaluationFile.headBytes,
            footerStart <= end
        else { throw EvaluationFile.damage("tail") }
        var footer = ByteScanner(try await reader.read(at: footerStart, count: Int(end - footerStart)))
        var table = ClassTable()
        var counts = ClassCounts()
        for number in 0..<Int(try footer.integer(4)) {
            let length: Int = Int(try footer.integer(2))
            guard table.insert(Array(try footer.bytes(length))) == number else { throw EvaluationFile.damage("name") }
            counts.addClass(
                support: Int(clamping: try footer.integer(8)), predicted: Int(clamping: try footer.integer(8)),
                correct: Int(clamping: try footer.integer(8)))
        }
        self.table = table
        self.counts = counts
    }

    /// Its chunks from the first on.
    var chunks: Chunks {
        Chunks(reader: reader, classes: table.count, position: EvaluationFile.headBytes, end: footerStart)
    }

    /// Some of the examples.
    struct Chunk: Sendable {
        let labels: [UInt16]
        let predictions: [UInt16]
        /// A bit for each, set where both are the same.
        let correct: [UInt8]
    }

    /// Reads chunk after chunk. Throws `blobCorrupt`.
    struct Chunks {
        fileprivate let reader: any BlobReader
        fileprivate let classes: Int
        fileprivate var position: Int64
        fileprivate let end: Int64

        fileprivate init(reader: any BlobReader, classes: Int, position: Int64, end: Int64) {
            self.reader = reader
            self.classes = classes
            self.position = position
            self.end = end
        }

        /// Nil after the last.
        mutating func next() async throws -> Chunk? {
            guard position < end else { return nil }
            let most: Int64 = 8 + Int64(EvaluationFile.chunkExamples) * 4 + Int64(EvaluationFile.chunkExamples / 8)
            let bytes: [UInt8] = try await reader.read(at: position, count: Int(min(most, end - position)))
            var scanner = ByteScanner(bytes)
            let count: Int = Int(try scanner.integer(4))
            let width: Int = Int(try scanner.integer(4))
            guard (1...EvaluationFile.chunkExamples).contains(count), width == 1 || width == 2 else {
                throw EvaluationFile.damage("chunk at \(position)")
            }
            let labels: [UInt16] = try scanner.codes(count, width: width, below: classes)
            let predictions: [UInt16] = try scanner.codes(count, width: width, below: classes)
            let correct: [UInt8] = Array(try scanner.bytes((count + 7) / 8))
            position += Int64(scanner.position)
            return Chunk(labels: labels, predictions: predictions, correct: correct)
        }
    }

    static func damage(_ what: String) -> StemmaError {
        StemmaError(
            .blobCorrupt, "the stored examples of an evaluation cannot be read", cause: "evaluation file: \(what)")
    }
}

/// Writing.
extension EvaluationFile {
    static var head: [UInt8] {
        var bytes: [UInt8] = mark
        append(UInt32(1), to: &bytes)
        append(UInt32(chunkExamples), to: &bytes)
        return bytes
    }

    static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    static func appendChunk(labels: [UInt16], predictions: [UInt16], to bytes: inout [UInt8]) {
        append(UInt32(labels.count), to: &bytes)
        let isWide: Bool = labels.contains { $0 > 0xFF } || predictions.contains { $0 > 0xFF }
        append(UInt32(isWide ? 2 : 1), to: &bytes)
        for codes in [labels, predictions] {
            if isWide {
                for code in codes { append(code, to: &bytes) }
            } else {
                for code in codes { bytes.append(UInt8(truncatingIfNeeded: code)) }
            }
        }
        for start in stride(from: 0, to: labels.count, by: 8) {
            var bits: UInt8 = 0
            for index in start..<min(start + 8, labels.count) where labels[index] == predictions[index] {
                bits |= 1 << UInt8(index - start)
            }
            bytes.append(bits)
        }
    }

    /// Footer and tail of a file whose chunks end at `start`.
    static func footer(
        table: ClassTable, counts: ClassCounts, hasIDs: Bool, digest: Digest, at start: UInt64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        append(UInt32(table.count), to: &bytes)
        for number in 0..<table.count {
            append(UInt16(table[number].count), to: &bytes)
            bytes.append(contentsOf: table[number])
            for count in [counts.support[number], counts.predicted[number], counts.correct[number]] {
                append(UInt64(count), to: &bytes)
            }
        }
        bytes.append(hasIDs ? 1 : 0)
        bytes.append(contentsOf: digest.bytes)
        append(start, to: &bytes)
        bytes.append(contentsOf: mark)
        return bytes
    }
}

/// Numbers and bytes in order. Throws `blobCorrupt` past the end.
private struct ByteScanner {
    private let content: [UInt8]
    private(set) var position: Int = 0

    init(_ content: [UInt8]) { self.content = content }

    mutating func bytes(_ count: Int) throws(StemmaError) -> ArraySlice<UInt8> {
        guard count <= content.count - position else { throw EvaluationFile.damage("it ends too early") }
        defer { position += count }
        return content[position..<(position + count)]
    }

    mutating func integer(_ width: Int) throws(StemmaError) -> UInt64 {
        try bytes(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func codes(_ count: Int, width: Int, below limit: Int) throws(StemmaError) -> [UInt16] {
        let raw: ArraySlice<UInt8> = try bytes(count * width)
        var highest: UInt16 = 0
        let codes: [UInt16] = raw.withUnsafeBufferPointer { raw in
            [UInt16](unsafeUninitializedCapacity: count) { codes, filled in
                for index in 0..<count {
                    let code: UInt16 =
                        width == 1 ? UInt16(raw[index]) : UInt16(raw[2 * index]) | UInt16(raw[2 * index + 1]) << 8
                    codes[index] = code
                    highest = max(highest, code)
                }
                filled = count
            }
        }
        guard Int(highest) < limit else { throw EvaluationFile.damage("a code without a class") }
        return codes
    }
}

/// Examples with what two models predicted, in pieces; classes are numbers that both models share, in the order of their
/// names, so that the same examples always give the same numbers.
struct PairedBatch: Sendable {
    let labels: [Int32]
    let a: [Int32]
    let b: [Int32]
}

/// Where paired examples come from. They may be walked more than once.
protocol PairedExamples: Sendable {
    /// The classes by number.
    var names: [String] { get }

    func forEachBatch(_ body: (PairedBatch) throws -> Void) async throws
}

/// The examples of two evaluations that have the same examples' digest.
struct StoredPair: PairedExamples {
    private let a: EvaluationFile
    private let b: EvaluationFile
    let names: [String]
    private let numbersA: [Int32]
    private let numbersB: [Int32]

    init(_ a: EvaluationFile, _ b: EvaluationFile) {
        self.a = a
        self.b = b
        var table: ClassTable = a.table
        let inTable: [Int] = (0..<b.table.count).map { table.insert(Array(b.table[$0])) }
        let sorted: (names: [String], places: [Int32]) = table.sorted
        names = sorted.names
        numbersA = Array(sorted.places.prefix(a.table.count))
        numbersB = inTable.map { sorted.places[$0] }
    }

    /// Throws `blobCorrupt` also where the labels are not the same place by place, whatever the digests said.
    func forEachBatch(_ body: (PairedBatch) throws -> Void) async throws {
        var chunksA: EvaluationFile.Chunks = a.chunks
        var chunksB: EvaluationFile.Chunks = b.chunks
        while let chunkA = try await chunksA.next() {
            guard let chunkB = try await chunksB.next(), chunkB.labels.count == chunkA.labels.count else {
                throw EvaluationFile.damage("two evaluations of the same examples differ in length")
            }
            let labels: [Int32] = Self.numbers(chunkA.labels, numbersA)
            guard labels == Self.numbers(chunkB.labels, numbersB) else {
                throw EvaluationFile.damage("two evaluations of the same examples differ in their labels")
            }
            try body(
                PairedBatch(
                    labels: labels, a: Self.numbers(chunkA.predictions, numbersA),
                    b: Self.numbers(chunkB.predictions, numbersB)))
        }
        guard try await chunksB.next() == nil else {
            throw EvaluationFile.damage("two evaluations of the same examples differ in length")
        }
    }

    private static func numbers(_ codes: [UInt16], _ numbers: [Int32]) -> [Int32] {
        codes.map { numbers[Int($0)] }
    }
}

/// Examples that came with the request.
struct InlinePair: PairedExamples {
    let names: [String]
    private let batch: PairedBatch

    /// Three lists of the same length.
    init(labels: [String], a: [String], b: [String]) {
        var table = ClassTable()
        let codes: [[Int]] = [labels, a, b].map { texts in texts.map { table.insert(Array($0.utf8)) } }
        let sorted: (names: [String], places: [Int32]) = table.sorted
        let numbers: ([Int]) -> [Int32] = { codes in codes.map { sorted.places[$0] } }
        names = sorted.names
        batch = PairedBatch(labels: numbers(codes[0]), a: numbers(codes[1]), b: numbers(codes[2]))
    }

    func forEachBatch(_ body: (PairedBatch) throws -> Void) async throws { try body(batch) }
}

internal import StemmaDigest
internal import StemmaJSON

/// What an encoded evaluation is.
struct EvaluationFacts: Sendable {
    let examples: Int
    let classes: Int
    let correct: Int
    let hasIDs: Bool
    let examplesDigest: Digest
    let summary: [UInt8]
}

/// Why an example was not taken.
struct ExampleRefusal {
    let field: String?
    let detail: String
    /// Whether the rest need not be read.
    let isFinal: Bool

    func note(line: Int, _ faults: inout ExampleFaults) throws(UnreadableExamples) {
        if isFinal { try faults.end(line: line, field: field, detail) }
        try faults.note(line: line, field: field, detail)
    }
}

/// Turns examples into the bytes of an `EvaluationFile`, a chunk at a time, and counts them.
///
/// The examples' digest is SHA-256 over `stemma-examples-1` and, for each example in order, the length of its id in bytes as
/// four bytes, the lowest first (FF FF FF FF without an id), the id, and its label in the same way. So two evaluations have
/// the same one exactly where their examples may be paired place by place.
struct EvaluationEncoder {
    private let limits: Limits
    private var table = ClassTable()
    private var counts = ClassCounts()
    /// Label by prediction, row after row; nil once there are too many classes for it.
    private var confusion: [Int]?
    private var labels: [UInt16] = []
    private var predictions: [UInt16] = []
    private var hasIDs: Bool?
    private let hasher = SHA256Hasher()
    private var hashed: [UInt8] = []
    private var output: [UInt8] = []
    private(set) var examples: Int = 0
    private var written: UInt64 = 0

    init(limits: Limits) {
        self.limits = limits
        confusion = [Int](repeating: 0, count: limits.evaluationShownClasses * limits.evaluationShownClasses)
        labels.reserveCapacity(EvaluationFile.chunkExamples)
        predictions.reserveCapacity(EvaluationFile.chunkExamples)
        output = EvaluationFile.head
        hashed = Array(EvaluationEncoder.domain.utf8)
    }

    /// Takes an example; nil where that went well.
    mutating func take(label: [UInt8], prediction: [UInt8], id: [UInt8]?) -> ExampleRefusal? {
        guard examples < limits.evaluationExamples else {
            return ExampleRefusal(
                field: nil, detail: "an evaluation may have at most \(limits.evaluationExamples) examples",
                isFinal: true)
        }
        if let refusal = check(id: id) { return refusal }
        guard let labelNumber = table.number(of: label) ?? add(label) else { return refusal(of: label, "label") }
        guard let predictionNumber = table.number(of: prediction) ?? add(prediction) else {
            return refusal(of: prediction, "prediction")
        }
        examples += 1
        labels.append(UInt16(truncatingIfNeeded: labelNumber))
        predictions.append(UInt16(truncatingIfNeeded: predictionNumber))
        counts.add(label: labelNumber, prediction: predictionNumber)
        if confusion != nil { confusion?[labelNumber * limits.evaluationShownClasses + predictionNumber] += 1 }
        EvaluationEncoder.append(id, to: &hashed)
        EvaluationEncoder.append(label, to: &hashed)
        if labels.count == EvaluationFile.chunkExamples { flush() }
        return nil
    }

    /// The bytes made since it was last asked.
    mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &output)
        written += UInt64(taken.count)
        return taken
    }

    /// Closes the file. Nothing may be taken after that.
    mutating func finish() -> EvaluationFacts {
        if !labels.isEmpty { flush() }
        hasher.update(hashed)
        let digest: Digest = hasher.finish()
        let footer: UInt64 = written + UInt64(output.count)
        output.append(
            contentsOf: EvaluationFile.footer(
                table: table, counts: counts, hasIDs: hasIDs ?? false, digest: digest, at: footer))
        let summary = EvaluationSummary(
            names: (0..<min(table.count, limits.evaluationShownClasses + 1)).map { table.name($0) }, counts: counts,
            confusion: confusion, side: limits.evaluationShownClasses)
        return EvaluationFacts(
            examples: examples, classes: table.count, correct: counts.right, hasIDs: hasIDs ?? false,
            examplesDigest: digest, summary: summary.text)
    }

    /// The examples' digest of labels without ids.
    static func digest(ofLabels labels: [String]) -> Digest {
        var bytes: [UInt8] = Array(EvaluationEncoder.domain.utf8)
        for label in labels {
            EvaluationEncoder.append(nil, to: &bytes)
            EvaluationEncoder.append(Array(label.utf8), to: &bytes)
        }
        return SHA256Hasher.digest(bytes)
    }

    private mutating func check(id: [UInt8]?) -> ExampleRefusal? {
        if let hasIDs, hasIDs != (id != nil) {
            return ExampleRefusal(field: "id", detail: "id must be given for all examples or for none", isFinal: false)
        }
        hasIDs = id != nil
        guard let id else { return nil }
        return problem(id, "id").map { ExampleRefusal(field: "id", detail: $0, isFinal: false) }
    }

    /// Gives a new label its number; nil where it is none, or one too many.
    private mutating func add(_ label: [UInt8]) -> Int? {
        guard table.count < limits.evaluationClasses, problem(label, "") == nil else { return nil }
        let number: Int = table.insert(label)
        counts.addClass()
        if table.count > limits.evaluationShownClasses { confusion = nil }
        return number
    }

    private func refusal(of label: [UInt8], _ field: String) -> ExampleRefusal {
        if let problem = problem(label, field) { return ExampleRefusal(field: field, detail: problem, isFinal: false) }
        return ExampleRefusal(
            field: field, detail: "an evaluation may have at most \(limits.evaluationClasses) different labels",
            isFinal: true)
    }

    private func problem(_ bytes: [UInt8], _ field: String) -> String? {
        if bytes.isEmpty { return "\(field) must not be empty" }
        if bytes.count > limits.evaluationLabelBytes {
            return "\(field) must have at most \(limits.evaluationLabelBytes) bytes"
        }
        if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { return "\(field) is not UTF-8" }
        return CommonShapes.oneLine(text).map { "\(field) \($0)" }
    }

    private static let domain: String = "stemma-examples-1"

    private static func append(_ bytes: [UInt8]?, to hashed: inout [UInt8]) {
        let length: UInt32 = bytes.map { UInt32($0.count) } ?? UInt32.max
        EvaluationFile.append(length, to: &hashed)
        if let bytes { hashed.append(contentsOf: bytes) }
    }

    private mutating func flush() {
        EvaluationFile.appendChunk(labels: labels, predictions: predictions, to: &output)
        labels.removeAll(keepingCapacity: true)
        predictions.removeAll(keepingCapacity: true)
        hasher.update(hashed)
        hashed.removeAll(keepingCapacity: true)
    }
}

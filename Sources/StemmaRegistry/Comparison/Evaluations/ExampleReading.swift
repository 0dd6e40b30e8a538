internal import StemmaJSON

/// Why reading examples cannot go on. What was wrong is in `ExampleFaults`.
struct UnreadableExamples: Error {}

/// What is wrong with the lines of an upload.
struct ExampleFaults: Sendable {
    private(set) var faults: [ShapeFault] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { faults.isEmpty }

    /// Keeps a fault; throws once there are so many that more would not help.
    mutating func note(line: Int, field: String? = nil, _ detail: String) throws(UnreadableExamples) {
        let pointer: String = "/lines/\(line)" + (field.map { "/" + $0 } ?? "")
        faults.append(ShapeFault(pointer: pointer, detail: "line \(line): \(detail)"))
        if faults.count >= limit { throw UnreadableExamples() }
    }

    /// Keeps a fault after which nothing can be made of the rest.
    mutating func end(line: Int, field: String? = nil, _ detail: String) throws(UnreadableExamples) {
        try note(line: line, field: field, detail)
        throw UnreadableExamples()
    }
}

/// Examples as they arrive, in one of the two forms.
enum ExampleFormat: Sendable {
    case csv
    case ndjson

    /// By the media type without its parameters; nil for another.
    init?(mediaType: String) {
        switch mediaType {
        case "text/csv": self = .csv
        case "application/x-ndjson": self = .ndjson
        default: return nil
        }
    }
}

/// Takes the pieces of an upload, cut anywhere, and gives the pieces of the file that is stored. Memory is bounded whatever
/// arrives.
struct ExampleIntake {
    private enum Reader {
        case csv(CSVExamples)
        case ndjson(NDJSONExamples)
    }

    private var reader: Reader
    private var encoder: EvaluationEncoder
    private var faults: ExampleFaults

    init(_ format: ExampleFormat, limits: Limits) {
        reader = format == .csv ? .csv(CSVExamples(limits: limits)) : .ndjson(NDJSONExamples(limits: limits))
        encoder = EvaluationEncoder(limits: limits)
        faults = ExampleFaults(limit: limits.evaluationFaults)
    }

    /// Takes the next bytes and answers what is to be stored of those so far. Throws `validationFailed` naming lines.
    mutating func take(_ bytes: [UInt8]) throws(StemmaError) -> [UInt8] {
        do throws(UnreadableExamples) {
            switch reader {
            case .csv(var csv):
                // Taken out while it is changed, so that its buffers are not copied.
                reader = .ndjson(NDJSONExamples(limits: Limits()))
                defer { reader = .csv(csv) }
                try csv.take(bytes, &encoder, &faults)
            case .ndjson(var ndjson):
                reader = .ndjson(NDJSONExamples(limits: Limits()))
                defer { reader = .ndjson(ndjson) }
                try ndjson.take(bytes, &encoder, &faults)
            }
        } catch {
            throw StemmaError.validation(faults.faults)
        }
        return encoder.takeOutput()
    }

    /// The last bytes to be stored, and what the whole is. Throws `validationFailed`.
    mutating func finish() throws(StemmaError) -> (bytes: [UInt8], facts: EvaluationFacts) {
        do throws(UnreadableExamples) {
            switch reader {
            case .csv(var csv): try csv.finish(&encoder, &faults)
            case .ndjson(var ndjson): try ndjson.finish(&encoder, &faults)
            }
            if faults.isEmpty, encoder.examples == 0 { try faults.note(line: 1, "there are no examples") }
        } catch {
            throw StemmaError.validation(faults.faults)
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults.faults) }
        let facts: EvaluationFacts = encoder.finish()
        return (encoder.takeOutput(), facts)
    }
}

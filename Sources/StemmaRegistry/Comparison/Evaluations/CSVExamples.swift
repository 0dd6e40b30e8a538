internal import StemmaJSON

/// Reads examples from CSV (RFC 4180, lines ending in CRLF or LF, a header first, a byte order mark allowed): the columns
/// `label` and `prediction`, `id` where there is one; any other is read over.
struct CSVExamples {
    private enum State {
        case fieldStart
        case plain
        case quoted
        /// After a quote within a quoted field: its end, or the first half of a doubled quote.
        case afterQuote
        case afterReturn
    }

    private enum Column {
        case label
        case prediction
        case id
        case other
    }

    private let limits: Limits
    private var state: State = .fieldStart
    /// Bytes of the byte order mark that were seen; 3 when that is over.
    private var mark: Int = 0
    /// The line being read, and that on which the record began: a quoted field may hold line ends.
    private var line: Int = 1
    private var recordLine: Int = 1
    private var recordBytes: Int = 0
    private var isQuoted: Bool = false
    private var column: Int = 0
    private var columns: [Column] = []
    private var hasHeader: Bool = false
    private var hasID: Bool = false
    private var names: [[UInt8]] = []
    private var field: [UInt8] = []
    private var label: [UInt8] = []
    private var prediction: [UInt8] = []
    private var id: [UInt8] = []

    init(limits: Limits) { self.limits = limits }

    mutating func take(
        _ bytes: [UInt8], _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        for byte in bytes {
            if mark < 3, try isMark(byte, &encoder, &faults) { continue }
            try step(byte, &encoder, &faults)
        }
    }

    /// The end of the bytes, which may end the last line.
    mutating func finish(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        switch state {
        case .quoted:
            try faults.end(line: recordLine, "a quoted field that begins in this record is not closed")
        case .afterReturn:
            try faults.end(line: line, "a carriage return without a line feed")
        case .fieldStart where column == 0 && !isQuoted:
            break
        case .fieldStart, .plain, .afterQuote:
            try endRecord(&encoder, &faults)
        }
        if !hasHeader, faults.isEmpty {
            try faults.end(line: 1, "there is no header; it must name label and prediction")
        }
    }

    private mutating func isMark(
        _ byte: UInt8, _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) -> Bool {
        let whole: [UInt8] = [0xEF, 0xBB, 0xBF]
        if byte == whole[mark] {
            mark += 1
            return true
        }
        let seen: Int = mark
        mark = 3
        for index in 0..<seen { try step(whole[index], &encoder, &faults) }
        return false
    }

    private mutating func step(
        _ byte: UInt8, _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        recordBytes += 1
        if recordBytes > limits.evaluationLineBytes {
            try faults.end(line: recordLine, "an example may have at most \(limits.evaluationLineBytes) bytes")
        }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .afterQuote
        case (.quoted, _):
            if byte == UInt8(ascii: "\n") { line += 1 }
            append(byte)
        case (.afterReturn, UInt8(ascii: "\n")), (.fieldStart, UInt8(ascii: "\n")), (.plain, UInt8(ascii: "\n")),
            (.afterQuote, UInt8(ascii: "\n")):
            try endRecord(&encoder, &faults)
        case (.afterReturn, _): try faults.end(line: line, "a carriage return without a line feed")
        case (_, UInt8(ascii: "\r")): state = .afterReturn
        case (_, UInt8(ascii: ",")): try endField(&faults)
        case (.fieldStart, UInt8(ascii: "\"")):
            isQuoted = true
            state = .quoted
        case (.afterQuote, UInt8(ascii: "\"")):
            append(byte)
            state = .quoted
        case (.afterQuote, _): try faults.end(line: line, "a closing quote must be followed by a comma or a line end")
        case (.plain, UInt8(ascii: "\"")):
            try faults.end(line: line, "a field with a quote in it must be quoted, and the quote doubled")
        case (.fieldStart, _), (.plain, _):
            append(byte)
            state = .plain
        }
    }

    /// Keeps a byte of a column that is wanted; what is too long anyway is not kept.
    private mutating func append(_ byte: UInt8) {
        guard hasHeader else { return field.append(byte) }
        guard column < columns.count, columns[column] != .other, field.count <= limits.evaluationLabelBytes else {
            return
        }
        field.append(byte)
    }

    private mutating func endField(_ faults: inout ExampleFaults) throws(UnreadableExamples) {
        if !hasHeader {
            names.append(field)
        } else if column < columns.count {
            switch columns[column] {
            case .label: swap(&label, &field)
            case .prediction: swap(&prediction, &field)
            case .id: swap(&id, &field)
            case .other: break
            }
        }
        field.removeAll(keepingCapacity: true)
        column += 1
        state = .fieldStart
    }

    private mutating func endRecord(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        // Nothing but a line end.
        let isBlank: Bool = state == .fieldStart && recordBytes == 1 || state == .afterReturn && recordBytes == 2
        if !isBlank {
            try endField(&faults)
            if hasHeader { try example(&encoder, &faults) } else { try header(&faults) }
        }
        state = .fieldStart
        line += 1
        recordLine = line
        recordBytes = 0
        column = 0
        isQuoted = false
    }

    private mutating func header(_ faults: inout ExampleFaults) throws(UnreadableExamples) {
        var texts: [String] = []
        for name in names {
            guard let text = String(validating: name, as: UTF8.self) else {
                return try faults.end(line: recordLine, "the header is not UTF-8")
            }
            texts.append(text)
        }
        for wanted in ["label", "prediction", "id"] {
            let count: Int = texts.count { $0 == wanted }
            if count > 1 {
                try faults.end(line: recordLine, field: wanted, "the header names \(wanted) \(count) times")
            }
            // Read over, such a column would make examples without ids of those that have them.
            if count == 0, let close = texts.first(where: { CSVExamples.isClose($0, to: wanted) }) {
                try faults.end(line: recordLine, field: wanted, "the header names \"\(close)\"; write \(wanted)")
            }
            if count == 0, wanted != "id" {
                try faults.end(line: recordLine, field: wanted, "the header has no column \(wanted)")
            }
        }
        columns = texts.map { text in
            switch text {
            case "label": .label
            case "prediction": .prediction
            case "id": .id
            default: .other
            }
        }
        hasID = columns.contains(.id)
        hasHeader = true
        names = []
    }

    private static func isClose(_ name: String, to wanted: String) -> Bool {
        name.lowercased().filter { !$0.isWhitespace } == wanted
    }

    private mutating func example(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        guard column == columns.count else {
            return try faults.note(
                line: recordLine, "has \(column) fields where the header names \(columns.count) columns")
        }
        if let refusal = encoder.take(label: label, prediction: prediction, id: hasID ? id : nil) {
            try refusal.note(line: recordLine, &faults)
        }
    }
}

internal import StemmaJSON

/// Reads examples from lines of JSON: `{"label":...,"prediction":...}`, with `"id"` in all of them or in none.
struct NDJSONExamples {
    private let limits: Limits
    private var line: Int = 1
    /// The line so far.
    private var rest: [UInt8] = []

    init(limits: Limits) { self.limits = limits }

    mutating func take(
        _ bytes: [UInt8], _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        var start: Int = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            try keep(bytes[start..<end], &faults)
            try endLine(&encoder, &faults)
            start = end + 1
        }
        try keep(bytes[start...], &faults)
    }

    /// The end of the bytes, which may end the last line.
    mutating func finish(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        try endLine(&encoder, &faults)
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>, _ faults: inout ExampleFaults) throws(UnreadableExamples) {
        guard rest.count + bytes.count <= limits.evaluationLineBytes else {
            return try faults.end(line: line, "an example may have at most \(limits.evaluationLineBytes) bytes")
        }
        rest.append(contentsOf: bytes)
    }

    private mutating func endLine(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        if !rest.isEmpty { try example(&encoder, &faults) }
        rest.removeAll(keepingCapacity: true)
        line += 1
    }

    private func example(
        _ encoder: inout EvaluationEncoder, _ faults: inout ExampleFaults
    ) throws(UnreadableExamples) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(rest)
        } catch {
            return try faults.note(line: line, "is not acceptable JSON: \(error)")
        }
        guard case .object(let object) = value else {
            return try faults.note(line: line, "must be an object, found \(value.typeName)")
        }
        var texts: [String: [UInt8]] = [:]
        for member in object.members {
            guard ["label", "prediction", "id"].contains(member.name) else {
                return try faults.note(line: line, field: member.name, "unknown field")
            }
            guard let text = ClassText.text(of: member.value) else {
                return try faults.note(line: line, field: member.name, ClassText.problem(member.value))
            }
            texts[member.name] = Array(text.utf8)
        }
        guard let label = texts["label"], let prediction = texts["prediction"] else {
            let missing: String = texts["label"] == nil ? "label" : "prediction"
            return try faults.note(line: line, field: missing, "is required")
        }
        if let refusal = encoder.take(label: label, prediction: prediction, id: texts["id"]) {
            try refusal.note(line: line, &faults)
        }
    }
}

/// Labels that come as JSON values.
enum ClassText {
    /// A string as it is, a whole number in decimal digits (`1.0` as `1`), `true` and `false`; nil for anything else.
    static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        case .double(let number):
            // Beyond 2^53 neighbouring whole numbers would become one label.
            abs(number) < 0x1p53 && number == number.rounded() ? String(Int64(number)) : nil
        case .null, .array, .object: nil
        }
    }

    /// Why `text(of:)` is nil.
    static func problem(_ value: JSONValue) -> String {
        "must be a string, a whole number or a boolean, found \(value.typeName)"
    }
}

extension Shape {
    /// Everything wrong with `value`, in document order, at most 100 faults.
    package func faults(in value: JSONValue, at pointer: String = "") -> [ShapeFault] {
        var checker = ShapeChecker()
        checker.check(value, against: self, at: pointer)
        return checker.faults
    }
}

/// Walks a value beside its shape and collects faults.
private struct ShapeChecker {
    private static let maxFaults: Int = 100

    private(set) var faults: [ShapeFault] = []

    private mutating func report(_ pointer: String, _ detail: String) {
        if faults.count < ShapeChecker.maxFaults { faults.append(ShapeFault(pointer: pointer, detail: detail)) }
    }

    mutating func check(_ value: JSONValue, against shape: Shape, at pointer: String) {
        switch shape {
        case .any:
            break
        case .named(_, let inner):
            check(value, against: inner, at: pointer)
        case .nullable(let inner):
            if case .null = value { break }
            check(value, against: inner, at: pointer)
        case .string(let rule):
            checkString(value, rule, at: pointer)
        case .choice(let names):
            guard case .string(let text) = value, names.contains(text) else {
                let listed: String = names.joined(separator: ", ")
                return report(pointer, "must be one of \(listed)")
            }
        case .boolean:
            guard case .bool = value else { return reportType(pointer, "true or false", value) }
        case .integer(let range):
            checkInteger(value, range, at: pointer)
        case .number(let minimum):
            checkNumber(value, minimum, at: pointer)
        case .array(let element, let count):
            checkArray(value, element, count, at: pointer)
        case .object(let fields):
            checkObject(value, fields, at: pointer)
        case .map(let element, let maxCount, let keyBytes):
            checkMap(value, element, maxCount: maxCount, keyBytes: keyBytes, at: pointer)
        }
    }

    private mutating func reportType(_ pointer: String, _ expected: String, _ value: JSONValue) {
        report(pointer, "must be \(expected), found \(value.typeName)")
    }

    private mutating func checkString(_ value: JSONValue, _ rule: Shape.StringRule, at pointer: String) {
        guard case .string(let text) = value else { return reportType(pointer, "a string", value) }
        let size: Int = text.utf8.count
        if size < rule.bytes.lowerBound {
            report(pointer, size == 0 ? "must not be empty" : "must have at least \(rule.bytes.lowerBound) bytes")
        } else if size > rule.bytes.upperBound {
            report(pointer, "must have at most \(rule.bytes.upperBound) bytes, has \(size)")
        } else if let problem = rule.check?(text) {
            report(pointer, problem)
        }
    }

    private mutating func checkInteger(_ value: JSONValue, _ range: ClosedRange<Int64>, at pointer: String) {
        guard case .integer(let number) = value else { return reportType(pointer, "an integer", value) }
        if number < range.lowerBound {
            report(pointer, "must be at least \(range.lowerBound)")
        } else if number > range.upperBound {
            report(pointer, "must be at most \(range.upperBound)")
        }
    }

    private mutating func checkNumber(_ value: JSONValue, _ minimum: Double?, at pointer: String) {
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .double(let double): number = double
        default: return reportType(pointer, "a number", value)
        }
        if let minimum, number < minimum { report(pointer, "must be at least \(minimum)") }
    }

    private mutating func checkArray(
        _ value: JSONValue, _ element: Shape, _ count: ClosedRange<Int>, at pointer: String
    ) {
        guard case .array(let elements) = value else { return reportType(pointer, "an array", value) }
        guard count.contains(elements.count) else {
            let wanted: String =
                count.lowerBound == count.upperBound
                ? "exactly \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            return report(pointer, "must have \(wanted) elements, has \(elements.count)")
        }
        for (index, item) in elements.enumerated() { check(item, against: element, at: "\(pointer)/\(index)") }
    }

    private mutating func checkObject(_ value: JSONValue, _ fields: [Shape.Field], at pointer: String) {
        guard case .object(let object) = value else { return reportType(pointer, "an object", value) }
        for member in object.members {
            let place: String = JSONPointer.appending(member.name, to: pointer)
            guard let field = fields.first(where: { $0.name == member.name }) else {
                report(place, "unknown field")
                continue
            }
            if field.isReadOnly {
                report(place, "is set by the server and cannot be sent")
            } else {
                check(member.value, against: field.shape, at: place)
            }
        }
        for field in fields where field.isRequired && !field.isReadOnly {
            if !object.members.contains(where: { $0.name == field.name }) {
                report(JSONPointer.appending(field.name, to: pointer), "is required")
            }
        }
    }

    private mutating func checkMap(
        _ value: JSONValue, _ element: Shape, maxCount: Int, keyBytes: Int, at pointer: String
    ) {
        guard case .object(let object) = value else { return reportType(pointer, "an object", value) }
        guard object.members.count <= maxCount else {
            return report(pointer, "must have at most \(maxCount) members, has \(object.members.count)")
        }
        for member in object.members {
            let place: String = JSONPointer.appending(member.name, to: pointer)
            if !(1...keyBytes).contains(member.name.utf8.count) {
                report(place, "a name here must have 1 to \(keyBytes) bytes")
            }
            check(member.value, against: element, at: place)
        }
    }
}


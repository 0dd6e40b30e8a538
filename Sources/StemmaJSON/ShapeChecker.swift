extension Shape {
    /// Everything wrong with `value`, in document order, at most 100 faults.
    package func faults(in value: JSONValue, at pointer: String = "") -> [ShapeFault] {
        var checker = ShapeChecker(root: pointer)
        checker.check(value, against: self)
        return checker.faults
    }
}

/// Walks a value beside its shape and collects faults.
private struct ShapeChecker {
    private static let maxFaults: Int = 100

    private enum Step {
        case member(String)
        case element(Int)
    }

    private(set) var faults: [ShapeFault] = []
    private let root: String
    /// The way from the root to the value being checked; written out only where there is a fault to report.
    private var steps: [Step] = []

    init(root: String) { self.root = root }

    private mutating func report(_ detail: String) {
        guard faults.count < ShapeChecker.maxFaults else { return }
        let pointer: String = steps.reduce(root) { base, step in
            switch step {
            case .member(let name): JSONPointer.appending(name, to: base)
            case .element(let index): JSONPointer.appending(index, to: base)
            }
        }
        faults.append(ShapeFault(pointer: pointer, detail: detail))
    }

    private mutating func within(_ step: Step, _ body: (inout ShapeChecker) -> Void) {
        steps.append(step)
        body(&self)
        steps.removeLast()
    }

    mutating func check(_ value: JSONValue, against shape: Shape) {
        switch shape {
        case .any:
            break
        case .named(_, let inner):
            check(value, against: inner)
        case .nullable(let inner):
            if case .null = value { break }
            check(value, against: inner)
        case .string(let rule):
            checkString(value, rule)
        case .choice(let names):
            guard case .string(let text) = value, names.contains(text) else {
                let listed: String = names.joined(separator: ", ")
                return report("must be one of \(listed)")
            }
        case .boolean:
            guard case .bool = value else { return reportType("true or false", value) }
        case .integer(let range):
            checkInteger(value, range)
        case .number(let minimum):
            checkNumber(value, minimum)
        case .array(let element, let count):
            checkArray(value, element, count)
        case .object(let fields):
            checkObject(value, fields)
        case .map(let element, let maxCount, let keyBytes):
            checkMap(value, element, maxCount: maxCount, keyBytes: keyBytes)
        }
    }

    private mutating func reportType(_ expected: String, _ value: JSONValue) {
        report("must be \(expected), found \(value.typeName)")
    }

    private mutating func checkString(_ value: JSONValue, _ rule: Shape.StringRule) {
        guard case .string(let text) = value else { return reportType("a string", value) }
        let size: Int = text.utf8.count
        if size < rule.bytes.lowerBound {
            report(size == 0 ? "must not be empty" : "must have at least \(rule.bytes.lowerBound) bytes")
        } else if size > rule.bytes.upperBound {
            report("must have at most \(rule.bytes.upperBound) bytes, has \(size)")
        } else if let problem = rule.check?(text) {
            report(problem)
        }
    }

    private mutating func checkInteger(_ value: JSONValue, _ range: ClosedRange<Int64>) {
        guard case .integer(let number) = value else { return reportType("an integer", value) }
        if number < range.lowerBound {
            report("must be at least \(range.lowerBound)")
        } else if number > range.upperBound {
            report("must be at most \(range.upperBound)")
        }
    }

    private mutating func checkNumber(_ value: JSONValue, _ minimum: Double?) {
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .double(let double): number = double
        default: return reportType("a number", value)
        }
        if let minimum, number < minimum { report("must be at least \(minimum)") }
    }

    private mutating func checkArray(
        _ value: JSONValue, _ element: Shape, _ count: ClosedRange<Int>
    ) {
        guard case .array(let elements) = value else { return reportType("an array", value) }
        guard count.contains(elements.count) else {
            let wanted: String =
                count.lowerBound == count.upperBound
                ? "exactly \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            return report("must have \(wanted) elements, has \(elements.count)")
        }
        for (index, item) in elements.enumerated() {
            within(.element(index)) { $0.check(item, against: element) }
        }
    }

    private mutating func checkObject(_ value: JSONValue, _ fields: [Shape.Field]) {
        guard case .object(let object) = value else { return reportType("an object", value) }
        for member in object.members {
            let field: Shape.Field? = fields.first(where: { $0.name == member.name })
            within(.member(member.name)) { checker in
                switch field {
                case nil: checker.report("unknown field")
                case let field? where field.isReadOnly: checker.report("is set by the server and cannot be sent")
                case let field?: checker.check(member.value, against: field.shape)
                }
            }
        }
        for field in fields where field.isRequired && !field.isReadOnly {
            if !object.members.contains(where: { $0.name == field.name }) {
                within(.member(field.name)) { $0.report("is required") }
            }
        }
    }

    private mutating func checkMap(
        _ value: JSONValue, _ element: Shape, maxCount: Int, keyBytes: Int
    ) {
        guard case .object(let object) = value else { return reportType("an object", value) }
        guard object.members.count <= maxCount else {
            return report("must have at most \(maxCount) members, has \(object.members.count)")
        }
        for member in object.members {
            within(.member(member.name)) { checker in
                if !(1...keyBytes).contains(member.name.utf8.count) {
                    checker.report("a name here must have 1 to \(keyBytes) bytes")
                }
                checker.check(member.value, against: element)
            }
        }
    }
}

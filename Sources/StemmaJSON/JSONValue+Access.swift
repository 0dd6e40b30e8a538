extension JSONValue {
    /// The string, or nil where the value is none. (And so on for the other types.)
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// An exact integer. A double is none, even where it is whole.
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// Any number, as the nearest double.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The truth value, or nil.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, or nil.
    package var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The object, or nil.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// True for `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of that name; nil where there is none or the value is no object.
    package subscript(name: String) -> JSONValue? { object?[name] }

    /// The type in the words of a client: `a string`, `an integer`, `null`.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(literal: elements)) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A name must not occur twice.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(literal: elements) }

    init(literal elements: [(String, JSONValue)]) {
        precondition(Set(elements.map { ExactName($0.0) }).count == elements.count, "a name occurs twice")
        self.init(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONValue: CustomStringConvertible {
    /// Compact JSON text.
    package var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.finishedText()
    }
}

/// What a fact is.
package enum ComplianceFactType: Sendable, Equatable {
    case one(Scalar)
    case list(of: Scalar)
    /// A list of objects, whose members are facts of their own; `key` is the text member that tells an object from the
    /// others in evidence.
    case records(key: String)

    package enum Scalar: Sendable, Equatable {
        case text
        /// One of these texts.
        case choice([String])
        case number
        case flag
        /// RFC 3339 text.
        case time
    }

    /// The scalar itself, or that of the elements; nil for records.
    var scalar: Scalar? {
        switch self {
        case .one(let scalar), .list(let scalar): scalar
        case .records: nil
        }
    }

    var isList: Bool {
        if case .one = self { false } else { true }
    }

    /// In the words of an error.
    var name: String {
        switch self {
        case .one(let scalar): scalar.name
        case .list(let scalar): "a list of \(scalar.plural)"
        case .records: "a list of objects"
        }
    }
}

extension ComplianceFactType.Scalar {
    var name: String {
        switch self {
        case .text: "a text"
        case .choice(let values): "one of \(values.joined(separator: ", "))"
        case .number: "a number"
        case .flag: "true or false"
        case .time: "a time"
        }
    }

    var plural: String {
        switch self {
        case .text: "texts"
        case .choice(let values): "texts among \(values.joined(separator: ", "))"
        case .number: "numbers"
        case .flag: "truth values"
        case .time: "times"
        }
    }

    /// Whether values of both can be equal at all.
    func isComparable(with other: ComplianceFactType.Scalar) -> Bool {
        switch (self, other) {
        case (.text, .text), (.text, .choice), (.choice, .text), (.choice, .choice), (.number, .number),
            (.flag, .flag), (.time, .time):
            true
        default: false
        }
    }
}

extension JSONFields {
    /// The longest string taken where the caller names no limit, in bytes of UTF-8.
    package static let defaultStringBytesMax = 65_536

    /// A string that must be there; not empty unless `allowsEmpty`. `maxBytes` counts UTF-8.
    package func requiredString(
        _ name: String, maxBytes: Int = defaultStringBytesMax, allowsEmpty: Bool = false
    ) -> String? {
        present(name, isRequired: true).flatMap {
            text($0, at: pointer(to: name), maxBytes: maxBytes, allowsEmpty: allowsEmpty)
        }
    }

    /// A string, or nil where it is absent.
    package func string(
        _ name: String, maxBytes: Int = defaultStringBytesMax, allowsEmpty: Bool = true
    ) -> String? {
        present(name, isRequired: false).flatMap {
            text($0, at: pointer(to: name), maxBytes: maxBytes, allowsEmpty: allowsEmpty)
        }
    }

    /// One of the raw values of a closed set.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        present(name, isRequired: false).flatMap { chosen($0, at: pointer(to: name)) }
    }

    /// As above, and it must be there.
    package func requiredChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, as type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        present(name, isRequired: true).flatMap { chosen($0, at: pointer(to: name)) }
    }

    /// An integer within `range`. A number with a fraction of zero (`5.0`) is one, as in JSON Schema.
    package func integer(_ name: String, range: ClosedRange<Int64> = Int64.min...Int64.max) -> Int64? {
        present(name, isRequired: false).flatMap { whole($0, at: pointer(to: name), range: range) }
    }

    /// As above, and it must be there.
    package func requiredInteger(_ name: String, range: ClosedRange<Int64> = Int64.min...Int64.max) -> Int64? {
        present(name, isRequired: true).flatMap { whole($0, at: pointer(to: name), range: range) }
    }

    /// Any number within `range`, as a double.
    package func number(_ name: String, range: ClosedRange<Double>? = nil) -> Double? {
        present(name, isRequired: false).flatMap { real($0, at: pointer(to: name), range: range) }
    }

    /// As above, and it must be there.
    package func requiredNumber(_ name: String, range: ClosedRange<Double>? = nil) -> Double? {
        present(name, isRequired: true).flatMap { real($0, at: pointer(to: name), range: range) }
    }

    /// `true` or `false`, or nil where it is absent.
    package func bool(_ name: String) -> Bool? {
        present(name, isRequired: false).flatMap { truth($0, at: pointer(to: name)) }
    }

    /// As above, and it must be there.
    package func requiredBool(_ name: String) -> Bool? {
        present(name, isRequired: true).flatMap { truth($0, at: pointer(to: name)) }
    }

    /// U+0000 is refused everywhere: C strings, among them those of the database's functions, end there.
    func text(_ value: JSONValue, at pointer: String, maxBytes: Int, allowsEmpty: Bool) -> String? {
        guard case .string(let text) = value else { return refuse(value, at: pointer, "a string") }
        if text.isEmpty, !allowsEmpty {
            faults.add(pointer, "must not be empty")
        } else if text.utf8.count > maxBytes {
            faults.add(pointer, "must have at most \(maxBytes) bytes of UTF-8, found \(text.utf8.count)")
        } else if text.utf8.contains(0) {
            faults.add(pointer, "must not contain the character U+0000")
        } else {
            return text
        }
        return nil
    }

    func real(_ value: JSONValue, at pointer: String, range: ClosedRange<Double>?) -> Double? {
        guard let number = value.number else { return refuse(value, at: pointer, "a number") }
        guard let range, !range.contains(number) else { return number }
        faults.add(
            pointer,
            "must be between \(JSONValue.double(range.lowerBound)) and \(JSONValue.double(range.upperBound)),"
                + " found \(value)")
        return nil
    }

    private func chosen<Choice: RawRepresentable & CaseIterable>(
        _ value: JSONValue, at pointer: String
    ) -> Choice? where Choice.RawValue == String {
        guard case .string(let text) = value else { return refuse(value, at: pointer, "a string") }
        // Not `init(rawValue:)`, which goes by canonical equivalence.
        if let choice = Choice.allCases.first(where: { ExactText.areSame($0.rawValue, text) }) { return choice }
        faults.add(pointer, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    private func whole(_ value: JSONValue, at pointer: String, range: ClosedRange<Int64>) -> Int64? {
        let integer: Int64
        switch value {
        case .integer(let exact): integer = exact
        case .double(let double):
            guard let exact = Int64(exactly: double) else { return refuse(value, at: pointer, "an integer") }
            integer = exact
        default: return refuse(value, at: pointer, "an integer")
        }
        if range.contains(integer) { return integer }
        faults.add(pointer, "must be \(Self.words(for: range)), found \(integer)")
        return nil
    }

    private static func words(for range: ClosedRange<Int64>) -> String {
        if range.upperBound == Int64.max { return "at least \(range.lowerBound)" }
        if range.lowerBound == Int64.min { return "at most \(range.upperBound)" }
        return "between \(range.lowerBound) and \(range.upperBound)"
    }

    private func truth(_ value: JSONValue, at pointer: String) -> Bool? {
        if case .bool(let truth) = value { return truth }
        return refuse(value, at: pointer, "true or false")
    }

    /// Records the wrong type and answers nil. A number is shown itself, since its type alone explains little.
    func refuse<Result>(_ value: JSONValue, at pointer: String, _ expected: String) -> Result? {
        let found = if case .double = value { "the number \(value)" } else { value.typeName }
        faults.add(pointer, "must be \(expected), found \(found)")
        return nil
    }
}

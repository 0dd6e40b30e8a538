/// Header fields in the order they came or leave (RFC 9110 section 5). Names are kept in lower case.
package struct HTTPFields: Sendable, Equatable {
    /// One field.
    package struct Field: Sendable, Equatable {
        /// In lower case.
        package let name: String
        /// Without surrounding white space.
        package let value: String
    }

    /// All fields in order.
    package private(set) var fields: [Field]

    /// No fields.
    package init() { fields = [] }

    /// Fields from names, in any case, and values.
    package init(_ pairs: [(String, String)]) {
        fields = pairs.map { Field(name: $0.0.lowercased(), value: $0.1) }
    }

    /// The first value of a field; `name` in lower case. Setting replaces every occurrence, nil removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first(where: { $0.name == name })?.value }
        set {
            fields.removeAll(where: { $0.name == name })
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// Every value of a field; `name` in lower case.
    package func values(of name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Appends one field; `name` in lower case.
    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }
}

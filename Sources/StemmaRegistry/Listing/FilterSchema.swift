internal import StemmaJSON

/// What a field holds, which decides how it may be compared.
package enum FilterType: String, Sendable, Hashable {
    case string
    case number
    case boolean
    /// A moment; literals are RFC 3339 texts or dates.
    case time
    /// A semantic version, compared by precedence.
    case version
    /// A string, number or boolean, as the literal beside it demands.
    case any
}

/// The names of a field from the outside in, such as `metadata`, `training_data`, `row_count`.
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    /// At least one; none is split at its dots again.
    package let segments: [String]

    /// Takes the segments as they are.
    package init(_ segments: [String]) { self.segments = segments }

    /// The segments with dots between them, for messages.
    package var description: String { segments.joined(separator: ".") }

    package static func == (left: FieldPath, right: FieldPath) -> Bool {
        left.segments.count == right.segments.count
            && zip(left.segments, right.segments).allSatisfy { ExactText.areSame($0, $1) }
    }

    package func hash(into hasher: inout Hasher) {
        for segment in segments { ExactText.hash(segment, into: &hasher) }
    }
}

/// A field that a list knows.
package struct FilterField: Sendable, Hashable {
    /// One segment for a fixed field; the family's name and what follows it for a member of a family.
    package let path: FieldPath
    /// What it holds.
    package let type: FilterType
    /// The family it belongs to; nil for a fixed field.
    package let family: String?

    /// See the members. Schemas make these.
    package init(path: FieldPath, type: FilterType, family: String?) {
        self.path = path
        self.type = type
        self.family = family
    }
}

/// Fields with free names under a common prefix.
package struct FilterFamily: Sendable {
    /// How the segments after the prefix are read.
    package enum Keys: Sendable {
        /// They are one key: `tags.a.b` means the tag `a.b`. The path has two segments then.
        case flat
        /// Each goes one level deeper into a document.
        case nested
    }

    /// The first segment of every path in the family.
    package let prefix: String
    /// What it holds.
    package let type: FilterType
    /// How the other segments are read.
    package let keys: Keys

    /// A family of the fields `<prefix>.<key>`.
    package init(_ prefix: String, _ type: FilterType, _ keys: Keys = .flat) {
        self.prefix = prefix
        self.type = type
        self.keys = keys
    }
}

/// The fields that one list may be filtered and ordered by.
package struct FilterSchema: Sendable {
    private let fields: [String: FilterType]
    private let families: [FilterFamily]

    /// The names of fixed fields have one segment; no family has the name of a fixed field.
    package init(fields: [String: FilterType], families: [FilterFamily] = []) {
        precondition(families.allSatisfy { fields[$0.prefix] == nil }, "a family has the name of a field")
        self.fields = fields
        self.families = families
    }

    /// The field of that path, or nil where the list knows none.
    package func field(_ path: FieldPath) -> FilterField? {
        guard let first = path.segments.first else { return nil }
        if path.segments.count == 1 {
            return fields[first].map { FilterField(path: path, type: $0, family: nil) }
        }
        guard let family = families.first(where: { ExactText.areSame($0.prefix, first) }) else { return nil }
        let rest = path.segments.dropFirst()
        let keys =
            switch family.keys {
            case .flat: [rest.joined(separator: ".")]
            case .nested: Array(rest)
            }
        return FilterField(path: FieldPath([first] + keys), type: family.type, family: family.prefix)
    }

    /// All names in a row, for messages.
    package var summary: String {
        (fields.keys.sorted() + families.map { "\($0.prefix).*" }).joined(separator: ", ")
    }
}

internal import StemmaJSON

/// The way to a fact: `version.risk.tier`, or `it.at` for a member of the element that a quantifier looks at; `it` alone is
/// the element itself.
///
/// `*` stands for every element of a list of objects: `version.documents.*.kind` is the list of the kinds of all documents.
package struct ComplianceFactPath: Sendable, Hashable, CustomStringConvertible {
    /// How the element of the innermost quantifier is named.
    static let elementName: String = "it"
    /// What stands for every element.
    static let everyName: String = "*"

    /// As written.
    package let text: String
    let startsAtElement: Bool
    /// The names after `it`, or all of them.
    let steps: [String]

    /// Nil where it is no path: segments of lower case letters, digits and underscores, or `*`, joined by dots.
    init?(_ text: String) {
        let segments: [String] = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let first = segments.first, first != Self.everyName, segments.last != Self.everyName,
            segments.allSatisfy({ $0 == Self.everyName || Self.isName($0) })
        else { return nil }
        self.text = text
        startsAtElement = first == Self.elementName
        steps = startsAtElement ? Array(segments.dropFirst()) : segments
    }

    package var description: String { text }

    var isProjection: Bool { steps.contains(Self.everyName) }

    /// The name of the fact in the vocabulary, where the element is one of those at `list`.
    func factName(within list: String?) -> String? {
        guard startsAtElement else { return text }
        return list.map { ([$0, Self.everyName] + steps).joined(separator: ".") }
    }

    private static func isName(_ segment: String) -> Bool {
        !segment.isEmpty
            && segment.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// What stands there; nil where it is absent. Null is absent, and so is a list from which one element is missing what
    /// is asked of all: half a list must not pass for a whole one.
    func value(in root: JSONValue) -> JSONValue? { Self.value(steps[...], in: root) }

    private static func value(_ steps: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        if value.isNull { return nil }
        guard let step = steps.first else { return value }
        guard step == everyName else { return value[step].flatMap { Self.value(steps.dropFirst(), in: $0) } }
        guard let elements = value.array else { return nil }
        var values: [JSONValue] = []
        for element in elements {
            guard let found = Self.value(steps.dropFirst(), in: element) else { return nil }
            if let list = found.array { values += list } else { values.append(found) }
        }
        return .array(values)
    }
}

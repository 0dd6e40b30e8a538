package import StemmaJSON

/// What one guard found: the line of an explanation.
package struct GuardFinding: Sendable {
    /// The guard's name in the catalogue.
    package let name: String
    package let hasPassed: Bool
    /// What it read of the version.
    package let read: JSONValue
    /// What it demands.
    package let limit: JSONValue
    /// One sentence for people.
    package let detail: String
    /// What is missing, each by its name, e.g. a metric or a checklist item; empty where the guard passed.
    package let missing: [String]
    /// Roles that may supply what is missing; empty where the guard passed or only time helps.
    package let suppliedBy: [String]

    package init(
        name: String, hasPassed: Bool, read: JSONValue, limit: JSONValue, detail: String, missing: [String] = [],
        suppliedBy: [String] = []
    ) {
        self.name = name
        self.hasPassed = hasPassed
        self.read = read
        self.limit = limit
        self.detail = detail
        self.missing = hasPassed ? [] : missing
        self.suppliedBy = hasPassed ? [] : suppliedBy
    }

    package var json: JSONValue {
        .object([
            "name": .string(name), "passed": .bool(hasPassed), "read": read, "limit": limit,
            "detail": .string(detail), "missing": .array(missing.map { .string($0) }),
            "supplied_by": .array(suppliedBy.map { .string($0) }),
        ])
    }

    /// What `json` looks like.
    package static let shape: Shape = .named(
        "GuardFinding",
        .object([
            Shape.Field("name", .text(maxBytes: 100), required: true, "The guard's name"),
            Shape.Field("passed", .boolean, required: true),
            Shape.Field("read", .any, required: true, "What the guard read of the version"),
            Shape.Field("limit", .any, required: true, "What it demands"),
            Shape.Field("detail", .text(maxBytes: 10_000), required: true),
            Shape.Field(
                "missing", .array(of: .text(maxBytes: 1_000), count: 0...10_000), required: true,
                "What would have to be supplied"),
            Shape.Field(
                "supplied_by", .array(of: .text(maxBytes: 100), count: 0...20), required: true,
                "Roles that may supply it"),
        ]))
}

package import StemmaJSON

/// One thing that rules may know of a subject.
package struct ComplianceFact: Sendable {
    /// `version.risk.tier`; a member of each object in a list is `version.gates.*.passed`.
    package let path: String
    package let type: ComplianceFactType
    /// What it is, and where it comes from.
    package let summary: String

    init(_ path: String, _ type: ComplianceFactType, _ summary: String) {
        self.path = path
        self.type = type
        self.summary = summary
    }

    /// The smallest scope whose subjects have it.
    package var scope: ComplianceScope {
        ComplianceScope(rawValue: String(path.prefix(while: { $0 != "." }))) ?? .registry
    }
}

/// The vocabulary of facts: every fact that rules may name.
///
/// The facts about a subject are one JSON document with the members `registry`, for a model `model` too, and for a version
/// `version` and its `model` too. What is not known is left out or null; where somebody looked and found none, the list is
/// there and empty. People are named by their pseudonyms, whatever token they used: a delegated act counts as that of who
/// delegated it, and an act of a group as that of the member who acted.
package enum ComplianceFacts {
    /// Every fact there is, in the order of scopes.
    package static let all: [ComplianceFact] = registry + model + version

    private static let types: [String: ComplianceFactType] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.path, $0.type) })

    /// Whether subjects of that scope have the fact: a version has its model's, and all have the registry's.
    static func isVisible(_ name: String, to scope: ComplianceScope) -> Bool {
        switch (name.prefix(while: { $0 != "." }), scope) {
        case ("registry", _), ("model", .model), ("model", .version), ("version", .version): true
        default: false
        }
    }

    /// The list whose element a name like `version.aliases.*` is; nil for any other name.
    static func listName(of name: String) -> String? {
        let suffix: String = "." + ComplianceFactPath.everyName
        return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil
    }

    /// Nil where there is no such fact. `isProjection` says that the name gathers what all objects of a list have.
    static func type(of name: String, isProjection: Bool) -> ComplianceFactType? {
        if let list = listName(of: name) {
            guard case .list(let scalar)? = types[list] else { return nil }
            return .one(scalar)
        }
        guard let type = types[name] else { return nil }
        guard isProjection else { return type }
        return type.scalar.map { .list(of: $0) }
    }

    /// What the facts about a subject look like: exactly the vocabulary, everything optional.
    package static func shape(_ scope: ComplianceScope) -> Shape {
        let tree = ComplianceFactTree(all.filter { isVisible($0.path, to: scope) })
        return tree.shape
    }
}

/// The facts as the nested members that they are.
private struct ComplianceFactTree {
    private var names: [String] = []
    private var branches: [String: ComplianceFactTree] = [:]
    private var fact: ComplianceFact?

    init(_ facts: [ComplianceFact] = []) {
        for fact in facts { insert(fact, fact.path.split(separator: ".")[...]) }
    }

    private mutating func insert(_ fact: ComplianceFact, _ steps: ArraySlice<Substring>) {
        guard let step = steps.first.map(String.init) else {
            self.fact = fact
            return
        }
        if branches[step] == nil { names.append(step) }
        branches[step, default: ComplianceFactTree()].insert(fact, steps.dropFirst())
    }

    var shape: Shape {
        switch fact?.type {
        case .one(let scalar): Self.shape(scalar)
        case .list(let scalar): .array(of: Self.shape(scalar), count: 0...ComplianceLimits.factListCount)
        case .records(let key):
            .array(
                of: (branches[ComplianceFactPath.everyName] ?? ComplianceFactTree()).object(key),
                count: 0...ComplianceLimits.factListCount)
        case nil: object(nil)
        }
    }

    private func object(_ key: String?) -> Shape {
        .object(
            names.compactMap { name in
                branches[name].map { branch in
                    let isKey: Bool = name == key
                    return Shape.Field(
                        name, isKey ? branch.shape : .nullable(branch.shape), required: isKey,
                        branch.fact?.summary ?? "")
                }
            })
    }

    private static func shape(_ scalar: ComplianceFactType.Scalar) -> Shape {
        switch scalar {
        case .text: .text(maxBytes: ComplianceLimits.factTextBytes)
        case .choice(let values): .choice(values)
        case .number: .number(minimum: nil)
        case .flag: .boolean
        case .time:
            .text(maxBytes: 40, format: "date-time", example: "2024-01-15T10:30:00.000Z") {
                Timestamp($0) == nil ? "must be an RFC 3339 time or a date" : nil
            }
        }
    }
}

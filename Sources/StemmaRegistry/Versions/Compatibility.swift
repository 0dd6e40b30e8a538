internal import StemmaJSON

/// What a new version changes for those who use the model, and the smallest bump that says so honestly.
///
/// After the specification's "Semantic Versioning for ML Models": a changed input or output schema or a feature taken
/// away is MAJOR; an added output, an added optional input or an added feature is MINOR; anything else is PATCH.
struct Compatibility: Sendable {
    /// One difference that asks for more than a patch.
    struct Change: Sendable, Equatable {
        let bump: VersionBump
        /// E.g. `signature.inputs.amount`.
        let field: String
        let reason: String
    }

    let changes: [Change]

    /// The smallest bump that covers every change.
    var required: VersionBump {
        if changes.contains(where: { $0.bump == .major }) { return .major }
        return changes.isEmpty ? .patch : .minor
    }

    /// Compares the immutable members of a new version with those of the release before it.
    init(from previous: JSONObject, to next: JSONObject) {
        var changes: [Change] = []
        changes += Compatibility.signatureChanges(previous["signature"], next["signature"], part: "inputs")
        changes += Compatibility.signatureChanges(previous["signature"], next["signature"], part: "outputs")
        changes += Compatibility.featureChanges(previous["lineage"]?["features"], next["lineage"]?["features"])
        self.changes = changes
    }

    private static func signatureChanges(_ old: JSONValue?, _ new: JSONValue?, part: String) -> [Change] {
        guard let before = old?[part]?.array else { return [] }
        guard let after = new?[part]?.array else {
            let reason: String = "was declared by the release before and is missing now"
            return before.isEmpty ? [] : [Change(bump: .major, field: "signature.\(part)", reason: reason)]
        }
        var changes: [Change] = []
        let afterByName: [String: JSONValue] = byName(after)
        let beforeByName: [String: JSONValue] = byName(before)
        for item in before {
            guard let name = item["name"]?.string else { continue }
            let field: String = "signature.\(part).\(name)"
            guard let counterpart = afterByName[name] else {
                changes.append(Change(bump: .major, field: field, reason: "was removed"))
                continue
            }
            changes += fieldChanges(item, counterpart, field: field, isInput: part == "inputs")
        }
        for item in after {
            guard let name = item["name"]?.string, beforeByName[name] == nil else { continue }
            let field: String = "signature.\(part).\(name)"
            if part == "inputs", isRequired(item) {
                changes.append(Change(bump: .major, field: field, reason: "is a new required input"))
            } else {
                changes.append(Change(bump: .minor, field: field, reason: "was added"))
            }
        }
        return changes
    }

    private static func fieldChanges(_ old: JSONValue, _ new: JSONValue, field: String, isInput: Bool) -> [Change] {
        var changes: [Change] = []
        if old["type"] != new["type"] {
            let reason: String = "changed its type from \(old["type"]?.string ?? "") to \(new["type"]?.string ?? "")"
            changes.append(Change(bump: .major, field: field, reason: reason))
        }
        if normalisedShape(old) != normalisedShape(new) {
            changes.append(Change(bump: .major, field: field, reason: "changed its shape"))
        }
        switch (isRequired(old), isRequired(new)) {
        case (false, true):
            // A caller may omit the input; a reader may rely on an output only once it is always there.
            changes.append(Change(bump: isInput ? .major : .minor, field: field, reason: "became required"))
        case (true, false):
            changes.append(Change(bump: isInput ? .minor : .major, field: field, reason: "became optional"))
        default: break
        }
        return changes
    }

    private static func featureChanges(_ old: JSONValue?, _ new: JSONValue?) -> [Change] {
        guard let before = old?.array?.compactMap(\.string), !before.isEmpty else { return [] }
        let field: String = "lineage.features"
        guard let after = new?.array?.compactMap(\.string) else {
            return [Change(bump: .major, field: field, reason: "was declared by the release before and is missing now")]
        }
        let kept: Set<String> = Set(after)
        let known: Set<String> = Set(before)
        let removed: [Change] = before.filter { !kept.contains($0) }.map {
            Change(bump: .major, field: "\(field).\($0)", reason: "was removed")
        }
        let added: [Change] = after.filter { !known.contains($0) }.map {
            Change(bump: .minor, field: "\(field).\($0)", reason: "was added")
        }
        return removed + added
    }

    private static func byName(_ items: [JSONValue]) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for item in items {
            if let name = item["name"]?.string { result[name] = item }
        }
        return result
    }

    private static func isRequired(_ item: JSONValue) -> Bool { item["required"]?.bool ?? true }

    /// A dimension of null means the same as -1.
    private static func normalisedShape(_ item: JSONValue) -> [Int64]? {
        item["shape"]?.array?.map { $0.integer ?? -1 }
    }
}

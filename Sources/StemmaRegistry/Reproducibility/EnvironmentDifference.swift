internal import StemmaJSON

/// One place where two environments differ.
struct EnvironmentDifference: Sendable, Equatable {
    /// Dotted, e.g. `reproducibility.hardware_spec.gpu_type`, `dependencies.packages.numpy`.
    let path: String
    /// Null where the left one says nothing.
    let left: JSONValue
    /// Null where the right one says nothing.
    let right: JSONValue

    var json: JSONValue {
        let change: String
        switch (left, right) {
        case (.null, _): change = "added"
        case (_, .null): change = "removed"
        default: change = "changed"
        }
        return ["path": .string(path), "change": .string(change), "left": left, "right": right]
    }
}

/// Everything that a version says of the environment it was trained in and runs in, by dotted path.
struct EnvironmentDescription: Sendable {
    /// Scalars, and arrays as they are.
    private let values: [String: JSONValue]

    /// Of a version, by its immutable members.
    init(document: JSONObject) {
        var values: [String: JSONValue] = [:]
        let manifest: JSONObject = ReproducibilityManifest(document: document).json
        EnvironmentDescription.collect(.object(manifest), at: "reproducibility", into: &values)
        for name in ["framework", "framework_version"] {
            if let value = document[name], GuardCatalogue.hasValue(value) { values[name] = value }
        }
        EnvironmentDescription.collect(
            document["infrastructure_requirements"] ?? .null, at: "infrastructure_requirements", into: &values)
        EnvironmentDescription.collect(dependencies: document["dependencies"] ?? .null, into: &values)
        self.values = values
    }

    /// Of an attempt to make a version again: the parts that it names, and nothing else.
    init(attempt: JSONObject) {
        var values: [String: JSONValue] = [:]
        for part in ReproducibilityManifest.Part.allCases {
            if let value = attempt[part.rawValue] {
                EnvironmentDescription.collect(value, at: "reproducibility." + part.rawValue, into: &values)
            }
        }
        EnvironmentDescription.collect(dependencies: .object(attempt), into: &values)
        self.values = values
    }

    /// Where `right` differs, by path in code point order. `within`: only at these paths and below them.
    func differences(to right: EnvironmentDescription, within: [String]? = nil) -> [EnvironmentDifference] {
        let paths: Set<String> = Set(values.keys).union(right.values.keys)
        return paths.sorted(by: VersionManifest.precedes).compactMap { path in
            if let within, !within.contains(where: { path == $0 || path.hasPrefix($0 + ".") }) { return nil }
            let (left, other): (JSONValue, JSONValue) = (values[path] ?? .null, right.values[path] ?? .null)
            guard left != other, !EnvironmentDescription.meanTheSame(path, left, other) else { return nil }
            return EnvironmentDifference(path: path, left: left, right: other)
        }
    }

    private static func meanTheSame(_ path: String, _ left: JSONValue, _ right: JSONValue) -> Bool {
        guard let left = left.string, let right = right.string else { return false }
        switch path {
        case "reproducibility.code_commit": return CommitName.mayBeSame(left, right)
        case "reproducibility.data_hash": return left.lowercased() == right.lowercased()
        default: return false
        }
    }

    private static func collect(dependencies: JSONValue, into values: inout [String: JSONValue]) {
        if let python = dependencies["python_version"], GuardCatalogue.hasValue(python) {
            values["dependencies.python_version"] = python
        }
        for (name, version) in PackageRequirement.byName(GuardCatalogue.texts(dependencies["packages"])) {
            values["dependencies.packages." + name] = .string(version)
        }
    }

    private static func collect(_ value: JSONValue, at path: String, into values: inout [String: JSONValue]) {
        guard GuardCatalogue.hasValue(value) else { return }
        guard let object = value.object else {
            values[path] = value
            return
        }
        for member in object.members { collect(member.value, at: "\(path).\(member.name)", into: &values) }
    }
}

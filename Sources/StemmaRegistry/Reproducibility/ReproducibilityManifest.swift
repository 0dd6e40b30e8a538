internal import StemmaJSON

/// What is needed to train a version again, as the version says it: in `reproducibility`, or where that leaves something
/// out, in another of its members.
struct ReproducibilityManifest: Sendable {
    /// The specification's parts, in its order.
    enum Part: String, Sendable, CaseIterable {
        case codeCommit = "code_commit"
        case dataHash = "data_hash"
        case environmentImage = "environment_image"
        case randomSeed = "random_seed"
        case hardwareSpec = "hardware_spec"
        case frameworkVersions = "framework_versions"

        /// Where a part may stand besides `reproducibility`; nil where nowhere.
        var elsewhere: [String]? {
            switch self {
            case .codeCommit: ["lineage", "training_code_commit"]
            case .dataHash: ["training_data", "data_hash"]
            default: nil
            }
        }
    }

    /// A part as found.
    struct Entry: Sendable {
        /// Null where nothing is said.
        let value: JSONValue
        /// The member that says it, e.g. `lineage.training_code_commit`; nil where nothing is said.
        let source: String?
    }

    private let entries: [Part: Entry]

    /// `document` holds a version's immutable members.
    init(document: JSONObject) {
        let declared: JSONValue = document["reproducibility"] ?? .null
        var entries: [Part: Entry] = [:]
        for part in Part.allCases {
            if let value = declared[part.rawValue], GuardCatalogue.hasValue(value) {
                entries[part] = Entry(value: value, source: "reproducibility." + part.rawValue)
            } else {
                entries[part] = ReproducibilityManifest.elsewhere(part, document)
            }
        }
        self.entries = entries
    }

    subscript(part: Part) -> Entry { entries[part] ?? Entry(value: .null, source: nil) }

    /// The specification's object.
    var json: JSONObject {
        JSONObject(Part.allCases.map { JSONObject.Member(name: $0.rawValue, value: self[$0].value) })
    }

    private static func elsewhere(_ part: Part, _ document: JSONObject) -> Entry? {
        if part == .frameworkVersions { return versions(document) }
        guard let path = part.elsewhere, let value = document[path[0]]?[path[1]], GuardCatalogue.hasValue(value) else {
            return nil
        }
        return Entry(value: value, source: path.joined(separator: "."))
    }

    /// What `framework`, `framework_version` and `dependencies.python_version` say of versions.
    private static func versions(_ document: JSONObject) -> Entry? {
        var versions = JSONObject()
        var sources: [String] = []
        if let python = document["dependencies"]?["python_version"], GuardCatalogue.hasValue(python) {
            versions.set("python", python)
            sources.append("dependencies.python_version")
        }
        if let framework = document["framework"]?.string, !framework.isBlank,
            let version = document["framework_version"],
            GuardCatalogue.hasValue(version)
        {
            versions.set(framework, version)
            sources.append("framework_version")
        }
        return sources.isEmpty ? nil : Entry(value: .object(versions), source: sources.joined(separator: ", "))
    }
}

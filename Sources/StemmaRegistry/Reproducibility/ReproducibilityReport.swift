internal import StemmaJSON

/// How complete a manifest is: every part with its status, and what to heed.
struct ReproducibilityReport: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case present
        case missing
        case invalid
    }

    struct PartReport: Sendable {
        let part: ReproducibilityManifest.Part
        let status: Status
        let source: String?
        let detail: String?
    }

    let manifest: ReproducibilityManifest
    let parts: [PartReport]
    /// Each names the part it is about.
    let warnings: [String]

    /// The share of parts that are present and valid: 0 to 1, every part weighing the same.
    var score: Double {
        Double(parts.count { $0.status == .present }) / Double(ReproducibilityManifest.Part.allCases.count)
    }

    var isComplete: Bool { parts.allSatisfy { $0.status == .present } }

    /// `document` holds a version's immutable members.
    init(document: JSONObject) {
        let manifest = ReproducibilityManifest(document: document)
        var parts: [PartReport] = []
        var warnings: [String] = []
        for part in ReproducibilityManifest.Part.allCases {
            let entry: ReproducibilityManifest.Entry = manifest[part]
            guard let source = entry.source else {
                parts.append(
                    PartReport(part: part, status: .missing, source: nil, detail: ReproducibilityReport.wanted(part)))
                continue
            }
            let check = ManifestCheck.check(part, entry.value, in: document)
            parts.append(
                PartReport(
                    part: part, status: check.problem == nil ? .present : .invalid, source: source,
                    detail: check.problem))
            warnings += check.warnings.map { "\(part.rawValue) \($0)" }
            warnings += ReproducibilityReport.contradictions(part, entry, document)
        }
        self.manifest = manifest
        self.parts = parts
        self.warnings = warnings
    }

    func names(_ status: Status) -> [String] { parts.filter { $0.status == status }.map(\.part.rawValue) }

    /// The member `completeness` of the answer.
    var json: JSONValue {
        .object([
            "score": .double(score), "complete": .bool(isComplete),
            "parts": .array(
                parts.map { part in
                    [
                        "name": .string(part.part.rawValue), "status": .string(part.status.rawValue),
                        "source": part.source.map { .string($0) } ?? .null,
                        "detail": part.detail.map { .string($0) } ?? .null,
                    ]
                }), "missing": .array(names(.missing).map { .string($0) }),
            "invalid": .array(names(.invalid).map { .string($0) }),
            "warnings": .array(warnings.map { .string($0) }),
        ])
    }

    private static func wanted(_ part: ReproducibilityManifest.Part) -> String {
        let place: String = "reproducibility." + part.rawValue
        return switch part {
        case .codeCommit: "\(place) or lineage.training_code_commit: the commit of the training code"
        case .dataHash: "\(place) or training_data.data_hash: the hash of the training data, e.g. sha256:..."
        case .environmentImage: "\(place): the image that it was trained in, by digest"
        case .randomSeed: "\(place): the seed of all random operations"
        case .hardwareSpec: "\(place): what it was trained on, for a GPU its type and the versions of driver and CUDA"
        case .frameworkVersions: "\(place): every framework's exact version"
        }
    }

    /// What other members say differently of a part.
    private static func contradictions(
        _ part: ReproducibilityManifest.Part, _ entry: ReproducibilityManifest.Entry, _ document: JSONObject
    ) -> [String] {
        guard let source = entry.source, source.hasPrefix("reproducibility.") else { return [] }
        if part == .frameworkVersions { return versionContradictions(entry.value, document) }
        guard let path = part.elsewhere, let said = entry.value.string,
            let other = document[path[0]]?[path[1]]?.string, !other.isBlank
        else { return [] }
        let isSame: Bool =
            part == .codeCommit ? CommitName.mayBeSame(said, other) : said.lowercased() == other.lowercased()
        return isSame ? [] : ["\(part.rawValue) is \(said), but \(path.joined(separator: ".")) is \(other)"]
    }

    private static func versionContradictions(_ versions: JSONValue, _ document: JSONObject) -> [String] {
        let others: [(name: String?, path: String, value: String?)] = [
            ("python", "dependencies.python_version", document["dependencies"]?["python_version"]?.string),
            (document["framework"]?.string, "framework_version", document["framework_version"]?.string),
        ]
        return others.compactMap { other in
            guard let name = other.name, let value = other.value, !value.isBlank,
                let said = versions[name]?.string, said != value
            else { return nil }
            return "framework_versions says \(name) \(said), but \(other.path) says \(value)"
        }
    }
}

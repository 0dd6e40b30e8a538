internal import StemmaJSON

/// Guards on what a version declares of itself, and which files it has.
extension GuardCatalogue {
    static let completenessGuards: [GuardKind] = [trainingCompleted, artifactPresent, declaredResources]
    static let documentGuards: [GuardKind] = [
        documentation, reproducibilityManifest, riskAssessment, pinnedDependencies,
    ]

    private static let limits = Limits()
    private static let paths: Shape = .array(of: CommonShapes.requiredLine, count: 0...100)

    private static let trainingCompleted = GuardKind(
        name: "training_completed",
        summary: "The version is published and declares what training leaves behind.",
        parameters: [
            Shape.Field(
                "required", paths,
                "Members that must have a value, e.g. `training_data.dataset_id`, `performance_metrics`")
        ],
        defaults: ["required": ["training_data.dataset_id", "performance_metrics"]]
    ) { parameters, facts, _ in
        let required: [String] = texts(parameters["required"])
        let missing: [String] = (facts.isReady ? [] : ["publication"]) + required.filter { !facts.declares($0) }
        return GuardFinding(
            name: "training_completed", hasPassed: missing.isEmpty,
            read: .object([
                "status": .string(facts.isReady ? "ready" : "draft"),
                "declared": .array(required.filter { facts.declares($0) }.map { .string($0) }),
            ]), limit: .object(["required": .array(required.map { .string($0) })]),
            detail: missing.isEmpty
                ? "training has completed"
                : "the training pipeline has not supplied \(missing.joined(separator: ", "))",
            missing: missing, suppliedBy: ["publisher"])
    }

    private static let artifactPresent = GuardKind(
        name: "artifact_present", summary: "The version has its files, each stored under its digest.",
        parameters: [
            Shape.Field("minimum", .integer(1...100_000), "How many files at least"),
            Shape.Field("paths", paths, "Paths, with `*` and `?`, each of which must match a file"),
        ],
        defaults: ["minimum": 1, "paths": []]
    ) { parameters, facts, _ in
        let minimum: Int64 = parameters["minimum"]?.integer ?? 1
        let absent: [String] = texts(parameters["paths"]).filter { !facts.hasArtifact(matching: $0) }
        let hasEnough: Bool = Int64(facts.artifacts.count) >= minimum
        let missing: [String] = (hasEnough ? [] : ["artifacts"]) + absent
        return GuardFinding(
            name: "artifact_present", hasPassed: missing.isEmpty,
            read: .object(["artifacts": .integer(Int64(facts.artifacts.count))]),
            limit: .object(["minimum": .integer(minimum), "paths": parameters["paths"] ?? []]),
            detail: missing.isEmpty
                ? "\(facts.artifacts.count) files are stored"
                : "files are missing (\(missing.joined(separator: ", "))); register a version that has them",
            missing: missing, suppliedBy: ["publisher"])
    }

    private static let declaredResources = GuardKind(
        name: "declared_resources", summary: "The version declares what serving it needs.",
        parameters: [Shape.Field("required", paths, "Members of `infrastructure_requirements`")],
        defaults: ["required": ["memory_mb", "cpu_cores"]]
    ) { parameters, facts, _ in
        let required: [String] = texts(parameters["required"])
        let declared: JSONValue = facts.document["infrastructure_requirements"] ?? .null
        let missing: [String] = required.filter { name in
            if let number = declared[name]?.number { return number <= 0 }
            return declared[name].map(\.isNull) ?? true
        }
        return GuardFinding(
            name: "declared_resources", hasPassed: missing.isEmpty, read: declared,
            limit: .object(["required": parameters["required"] ?? []]),
            detail: missing.isEmpty
                ? "resources are declared"
                : "infrastructure_requirements lacks \(missing.joined(separator: ", "))",
            missing: missing.map { "infrastructure_requirements." + $0 }, suppliedBy: ["publisher"])
    }

    private static let documentation = GuardKind(
        name: "documentation", summary: "Documentation is among the files.",
        parameters: [
            Shape.Field("any_of", paths, "Paths, with `*` and `?`, one of which must match a file"),
            Shape.Field("all_of", paths, "Paths each of which must match a file"),
        ],
        defaults: ["any_of": ["model_card.md", "README.md", "docs/*"], "all_of": []]
    ) { parameters, facts, _ in
        let anyOf: [String] = texts(parameters["any_of"])
        let absent: [String] = texts(parameters["all_of"]).filter { !facts.hasArtifact(matching: $0) }
        let found: [String] = anyOf.filter { facts.hasArtifact(matching: $0) }
        let missing: [String] = absent + (anyOf.isEmpty || !found.isEmpty ? [] : [anyOf.joined(separator: " or ")])
        return GuardFinding(
            name: "documentation", hasPassed: missing.isEmpty,
            read: .object(["found": .array(found.map { .string($0) })]),
            limit: .object(["any_of": parameters["any_of"] ?? [], "all_of": parameters["all_of"] ?? []]),
            detail: missing.isEmpty
                ? "documentation is there" : "no file matches \(missing.joined(separator: ", "))", missing: missing,
            suppliedBy: ["publisher"])
    }

    private static let reproducibilityManifest = GuardKind(
        name: "reproducibility_manifest", summary: "The version declares what is needed to train it again.",
        parameters: [Shape.Field("required", paths, "Members of `reproducibility`")],
        defaults: ["required": ["code_commit", "environment_image", "random_seed"]]
    ) { parameters, facts, _ in
        let manifest: JSONValue = facts.document["reproducibility"] ?? .null
        let required: [String] = texts(parameters["required"])
        let missing: [String] = required.filter { !hasValue(manifest[$0]) }
        return GuardFinding(
            name: "reproducibility_manifest", hasPassed: missing.isEmpty,
            read: .object(["declared": .array(required.filter { hasValue(manifest[$0]) }.map { .string($0) })]),
            limit: .object(["required": parameters["required"] ?? []]),
            detail: missing.isEmpty
                ? "the manifest is complete" : "reproducibility lacks \(missing.joined(separator: ", "))",
            missing: missing.map { "reproducibility." + $0 }, suppliedBy: ["publisher"])
    }

    private static let riskAssessment = GuardKind(
        name: "risk_assessment", summary: "The version's risk is assessed, and the tier is an accepted one.",
        parameters: [
            Shape.Field("tiers", .nullable(.array(of: CommonShapes.requiredLine, count: 1...20)), "Any where absent")
        ],
        defaults: ["tiers": nil]
    ) { parameters, facts, _ in
        let tier: JSONValue = facts.document["risk"]?["tier"] ?? .null
        let text: String = tier.string ?? tier.integer.map { String($0) } ?? ""
        let accepted: [String] = texts(parameters["tiers"])
        let isAccepted: Bool = accepted.isEmpty || accepted.contains(text)
        let detail: String
        if text.isEmpty {
            detail = "risk.tier is not declared"
        } else {
            detail = isAccepted ? "the risk tier is \(text)" : "the risk tier \(text) is not accepted here"
        }
        return GuardFinding(
            name: "risk_assessment", hasPassed: !text.isEmpty && isAccepted, read: .object(["tier": tier]),
            limit: .object(["tiers": parameters["tiers"] ?? .null]), detail: detail, missing: ["risk.tier"],
            suppliedBy: ["publisher"])
    }

    private static let pinnedDependencies = GuardKind(
        name: "pinned_dependencies",
        summary: "Every declared package is pinned: to one version with `==`, or to one file or commit by its hash.",
        parameters: [Shape.Field("allow_none", .boolean, "Whether a version may declare no packages at all")],
        defaults: ["allow_none": false]
    ) { parameters, facts, _ in
        let packages: [String] = texts(facts.document["dependencies"]?["packages"])
        let loose: [String] = packages.filter { !isPinned($0) }
        let mayBeEmpty: Bool = parameters["allow_none"]?.bool ?? false
        let missing: [String] = packages.isEmpty && !mayBeEmpty ? ["dependencies.packages"] : loose
        let detail: String
        if missing.isEmpty {
            detail = "\(packages.count) packages are pinned"
        } else if packages.isEmpty {
            detail = "no packages are declared"
        } else {
            detail = "not pinned to one version: \(loose.prefix(10).joined(separator: ", "))"
        }
        return GuardFinding(
            name: "pinned_dependencies", hasPassed: missing.isEmpty,
            read: .object(["packages": .integer(Int64(packages.count)), "loose": .integer(Int64(loose.count))]),
            limit: .object(["loose": 0, "allow_none": .bool(mayBeEmpty)]), detail: detail,
            missing: Array(missing.prefix(100)), suppliedBy: ["publisher"])
    }

    /// `name==1.2.3` without a wildcard, extras and an environment marker allowed (PEP 440 and PEP 508), or
    /// `name @ <url>` that names the file's hash or a commit.
    private static func isPinned(_ requirement: String) -> Bool {
        let plain: Substring = requirement.prefix(while: { $0 != ";" })
        if let sign = plain.firstIndex(of: "@") {
            let url: Substring = plain[sign...].dropFirst()
            return url.contains("#sha256=") || url.contains(commitReference)
        }
        let halves: [Substring] = plain.split(separator: "==", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, !String(halves[0]).isBlank, !halves[0].contains(where: { "<>~!=".contains($0) }) else {
            return false
        }
        let version: Substring = halves[1].drop(while: { $0 == "=" || $0 == " " })
        return !version.isEmpty && !version.contains("*") && !version.contains(",")
    }

    /// `@` and the full name of a Git commit.
    private static var commitReference: Regex<Substring> { /@[0-9a-f]{40}/ }

    /// The strings of an array; empty for anything else.
    static func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }

    /// Whether a member says anything: not null, no blank text, no empty list or object.
    static func hasValue(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null: false
        case .string(let text): !text.isBlank
        case .array(let items): !items.isEmpty
        case .object(let object): !object.isEmpty
        default: true
        }
    }
}

extension VersionFacts {
    /// Whether the immutable member of that dotted path, or `performance_metrics`, says anything.
    func declares(_ path: String) -> Bool {
        let segments: [String] = path.split(separator: ".").map(String.init)
        guard let first = segments.first else { return false }
        var value: JSONValue?
        switch first {
        case "performance_metrics": value = .object(metrics)
        case "description": value = description.map { .string($0) }
        default: value = document[first]
        }
        for segment in segments.dropFirst() { value = value?[segment] }
        return GuardCatalogue.hasValue(value)
    }

    /// `pattern` may hold `*` and `?`.
    func hasArtifact(matching pattern: String) -> Bool {
        let scope = ModelScope(patterns: [pattern])
        return artifacts.contains { scope.contains($0.path) }
    }
}

internal import StemmaJSON

/// What is wrong, or not quite right, with one part of a manifest.
struct ManifestCheck: Sendable {
    /// Why the part says nothing that can be relied on; nil where it does.
    let problem: String?
    let warnings: [String]

    private init(problem: String? = nil, warnings: [String] = []) {
        self.problem = problem
        self.warnings = warnings
    }

    /// `document` holds the version's immutable members.
    static func check(
        _ part: ReproducibilityManifest.Part, _ value: JSONValue, in document: JSONObject
    ) -> ManifestCheck {
        switch part {
        case .codeCommit: commit(value.string ?? "")
        case .dataHash: hash(value.string ?? "")
        case .environmentImage: image(value.string ?? "")
        case .randomSeed: ManifestCheck(problem: value.integer == nil ? "must be an integer" : nil)
        case .hardwareSpec:
            hardware(value, needsGPU: document["infrastructure_requirements"]?["gpu_required"]?.bool ?? false)
        case .frameworkVersions: versions(value)
        }
    }

    /// A Git object name: 40 hexadecimal digits of SHA-1 or 64 of SHA-256, or an abbreviation of at least 7.
    private static func commit(_ text: String) -> ManifestCheck {
        guard CommitName.isOne(text) else {
            return ManifestCheck(
                problem: text.hasSuffix("-dirty")
                    ? "names a commit with changes that were not committed, which nobody else has"
                    : "must be a commit hash of 7 to 64 hexadecimal digits; a branch or a tag may move")
        }
        guard text.count != 40, text.count != 64 else { return ManifestCheck() }
        return ManifestCheck(warnings: [
            "is abbreviated to \(text.count) digits, which another commit may come to share; give all 40 or 64"
        ])
    }

    private static func hash(_ text: String) -> ManifestCheck {
        let halves: [Substring] = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let known: String = "sha256, sha512, sha1 or md5"
        guard halves.count == 2 else {
            return ManifestCheck(problem: "must be <algorithm>:<hexadecimal digits> with \(known)")
        }
        let algorithm: String = halves[0].lowercased()
        let lengths: [String: Int] = ["sha256": 64, "sha512": 128, "sha1": 40, "md5": 32]
        guard let length = lengths[algorithm] else {
            return ManifestCheck(problem: "names the algorithm \(algorithm); known are \(known)")
        }
        guard halves[1].count == length, halves[1].allSatisfy(CommitName.isHexadecimal) else {
            return ManifestCheck(
                problem:
                    "must have \(length) hexadecimal digits behind \(algorithm):, has \(halves[1].count) characters")
        }
        guard ["sha1", "md5"].contains(algorithm) else { return ManifestCheck() }
        return ManifestCheck(warnings: [
            "uses \(algorithm), for which two data sets with one hash can be made; prefer sha256"
        ])
    }

    private static func image(_ text: String) -> ManifestCheck {
        if let problem = ImageReference.problem(text) { return ManifestCheck(problem: problem) }
        guard !text.contains("@") else { return ManifestCheck() }
        let last: Substring = text.split(separator: "/").last ?? ""
        let tag: String = last.split(separator: ":", maxSplits: 1).dropFirst().first.map { "the tag \($0)" } ?? "latest"
        return ManifestCheck(warnings: [
            "names the image by \(tag), which may come to mean another one; add its digest as @sha256:..."
        ])
    }

    private static func hardware(_ value: JSONValue, needsGPU: Bool) -> ManifestCheck {
        let gpu: Bool = GuardCatalogue.hasValue(value["gpu_type"])
        var missing: [String] = gpu ? [] : ["gpu_type"]
        if !GuardCatalogue.hasValue(value["driver_version"]) { missing.append("driver_version") }
        if !["cuda_version", "rocm_version"].contains(where: { GuardCatalogue.hasValue(value[$0]) }) {
            missing.append("cuda_version (or rocm_version)")
        }
        guard !missing.isEmpty, needsGPU || gpu else { return ManifestCheck() }
        let lacks: String = "lacks \(missing.joined(separator: ", "))"
        return needsGPU
            ? ManifestCheck(problem: "\(lacks), although infrastructure_requirements.gpu_required is true")
            : ManifestCheck(warnings: ["\(lacks), on which the results of a GPU depend"])
    }

    private static func versions(_ value: JSONValue) -> ManifestCheck {
        let members: [JSONObject.Member] = value.object?.members ?? []
        let loose: [String] = members.filter { !ExactVersion.isOne($0.value.string ?? "") }.map {
            "\($0.name) \($0.value.string ?? "")"
        }
        guard loose.isEmpty else {
            return ManifestCheck(
                problem: "must give one exact version each, not \(loose.prefix(10).joined(separator: ", "))")
        }
        guard let python = members.first(where: { $0.name.lowercased() == "python" })?.value.string,
            python.split(separator: ".").count < 3
        else { return ManifestCheck() }
        return ManifestCheck(warnings: ["says python \(python), which is a series; give the release, e.g. \(python).0"])
    }
}

/// Names of commits.
enum CommitName {
    private static let digits: ClosedRange<Int> = 7...64

    static func isHexadecimal(_ character: Character) -> Bool { character.isASCII && character.isHexDigit }

    /// Whether the text may be one, whole or abbreviated.
    static func isOne(_ text: String) -> Bool { digits.contains(text.count) && text.allSatisfy(isHexadecimal) }

    /// Whether two texts may name one commit: the same, or the one an abbreviation of the other.
    static func mayBeSame(_ left: String, _ right: String) -> Bool {
        let (left, right): (String, String) = (left.lowercased(), right.lowercased())
        if left == right { return true }
        return isOne(left) && isOne(right) && (left.hasPrefix(right) || right.hasPrefix(left))
    }
}

/// Versions of software that are one version, not a range.
enum ExactVersion {
    /// A digit first (behind an optional `v`), then digits, letters and `. + - _ !`; no segment that stands for any.
    static func isOne(_ text: String) -> Bool {
        let plain: Substring = text.hasPrefix("v") ? text.dropFirst() : text[...]
        guard let first = plain.first, first.isASCII, first.isNumber else { return false }
        guard plain.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".+-_!".contains($0)) }) else {
            return false
        }
        return plain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && segment.lowercased() != "x"
        }
    }
}

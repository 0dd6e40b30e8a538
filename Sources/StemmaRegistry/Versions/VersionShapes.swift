package import StemmaJSON

/// What clients send to register or change a version, and what they get back; section 4 of the HTTP contract.
package enum VersionShapes {
    private static let limits = Limits()
    private static let line: Shape = CommonShapes.line

    /// The members that never change once published, in the order in which they are answered.
    package static let immutable: [Shape.Field] = [
        Shape.Field("domain", line, "Business domain, e.g. `payments`"),
        Shape.Field("use_case", line, "What the model is used for"),
        Shape.Field("change_type", line, "What kind of change this version is, e.g. `minor`"),
        Shape.Field("model_type", line, "E.g. `gradient_boosting`"),
        Shape.Field("framework", line, "E.g. `xgboost`"),
        Shape.Field("framework_version", line, "E.g. `1.7.0`"),
        Shape.Field("training_data", .nullable(trainingData), "What the model was trained on"),
        Shape.Field("infrastructure_requirements", .nullable(infrastructure), "What serving it needs"),
        Shape.Field("dependencies", .nullable(dependencies), "What it runs on"),
        Shape.Field("lineage", .nullable(lineage), "Where it comes from"),
        Shape.Field("signature", .nullable(signature), "Inputs and outputs of the model"),
        Shape.Field("reproducibility", .nullable(reproducibility), "What is needed to train it again"),
        Shape.Field("risk", .nullable(risk), "Risk assessment made at registration"),
        Shape.Field("metadata", CommonShapes.freeObject, "Anything else"),
    ]

    /// The members that may change after publication.
    package static let mutable: [Shape.Field] = [
        Shape.Field("description", CommonShapes.description, "Prose for people"),
        Shape.Field("tags", CommonShapes.tags, "Text by name"),
        Shape.Field("performance_metrics", CommonShapes.metrics, "Numbers by name"),
    ]

    /// Members only the server sets.
    package static let serverSet: [Shape.Field] = [
        Shape.Field("model_id", .text(maxBytes: 1_000), readOnly: true, "`<model>_v<version>`"),
        Shape.Field("model", .text(maxBytes: 800), readOnly: true, "The model's name"),
        Shape.Field("number", .count, readOnly: true, "The how-manieth registration of the model"),
        Shape.Field("status", .choice(["draft", "ready"]), readOnly: true, "Whether it is published"),
        Shape.Field("state", .choice(LifecycleState.allCases.map(\.rawValue)), readOnly: true, "Lifecycle state"),
        Shape.Field(
            "aliases", .array(of: .text(maxBytes: 64), count: 0...10_000), readOnly: true, "Aliases that point here"),
        Shape.Field("state_changed_at", CommonShapes.time, readOnly: true, "Since when it is in its state"),
        Shape.Field(
            "sunset_at", .nullable(CommonShapes.time), readOnly: true,
            "When a deprecated version may be archived at the earliest"),
        Shape.Field(
            "evidence_revision", .count, readOnly: true, "Counts every change of what reviewers look at"),
        Shape.Field(
            "deployment_status", .nullable(.text(maxBytes: 200)), readOnly: true,
            "The last change of a deployment, e.g. `deployed_production`"),
        Shape.Field("quarantined", .boolean, readOnly: true, "Whether a quarantine is open"),
        Shape.Field("size_bytes", .count, readOnly: true, "Sum of all artifacts"),
        Shape.Field(
            "artifacts_digest", .nullable(CommonShapes.digest), readOnly: true, "OpenSSF Model Signing subject digest"),
        Shape.Field("manifest_digest", .nullable(CommonShapes.digest), readOnly: true, "Digest of the immutable part"),
        Shape.Field("created_by", .text(maxBytes: 500), readOnly: true, "Subject that registered it"),
        Shape.Field("created_at", CommonShapes.time, readOnly: true),
        Shape.Field("updated_at", CommonShapes.time, readOnly: true),
        Shape.Field("expires_at", .nullable(CommonShapes.time), readOnly: true, "When an unpublished draft is dropped"),
        Shape.Field("etag", .text(maxBytes: 64), readOnly: true, "Strong entity tag"),
    ]

    /// The body of a registration.
    package static let registration: Shape = .named(
        "VersionRegistration",
        .object(
            [
                Shape.Field("version", .text(maxBytes: 128, minBytes: 1), "Semantic Versioning 2.0.0, e.g. `2.1.3`"),
                Shape.Field("bump", .choice(["major", "minor", "patch", "auto"]), "Instead of `version`"),
                Shape.Field("draft", .boolean, "Open a draft and add files later"),
                Shape.Field("allow_breaking", .boolean, "Accept a bump that is too small; needs `rationale`"),
                Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
                Shape.Field(
                    "artifacts", .array(of: artifactReference, count: 0...limits.artifactsPerVersion), "Files by digest"
                ),
            ] + mutable + immutable + serverSet))

    /// The body of a change: a merge patch of the mutable members, and of the others while the version is a draft.
    package static let patch: Shape = .named(
        "VersionPatch",
        .object(
            [
                Shape.Field("description", CommonShapes.description),
                Shape.Field("tags", CommonShapes.tagsPatch),
                Shape.Field("performance_metrics", CommonShapes.metricsPatch, "Adds, corrects, or withdraws with null"),
                Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log"),
            ]
                + immutable.map {
                    // What a merge patch leaves is checked as a whole after it was applied.
                    Shape.Field($0.name, .any, "Only while the version is a draft")
                }))

    /// A version as answered.
    package static let document: Shape = .named(
        "ModelVersion",
        .object(
            [Shape.Field("version", .text(maxBytes: 128), required: true)]
                + (serverSet + mutable + immutable).map {
                    Shape.Field($0.name, $0.shape, required: true, $0.summary)
                } + [Shape.Field("artifacts", .array(of: artifact, count: 0...100_000), required: true)]
                + PastDocument.fields))

    /// A file as registered.
    package static let artifactReference: Shape = .object([
        Shape.Field(
            "path", .text(maxBytes: 1_024, minBytes: 1, check: pathProblem), required: true, "Relative, `/`-separated"),
        Shape.Field("digest", CommonShapes.digest, required: true),
        Shape.Field("media_type", .nullable(.text(maxBytes: 255, check: mediaTypeProblem)), "Guessed where absent"),
    ])

    /// A file as answered.
    package static let artifact: Shape = .named(
        "Artifact",
        .object([
            Shape.Field("path", .text(maxBytes: 1_024), required: true),
            Shape.Field("digest", CommonShapes.digest, required: true),
            Shape.Field("size_bytes", .count, required: true),
            Shape.Field("media_type", .text(maxBytes: 255), required: true),
            Shape.Field("format", .text(maxBytes: 64), required: true, "What the content looks like"),
        ]))

    private static let dataTime: Shape = .text(maxBytes: 40, minBytes: 1, format: "date-time", example: "2023-01-01") {
        Timestamp($0) == nil ? "must be an RFC 3339 time or a date" : nil
    }

    private static let trainingData: Shape = .object([
        Shape.Field("dataset_id", line), Shape.Field("data_version", line), Shape.Field("row_count", .nullable(.count)),
        Shape.Field("feature_count", .nullable(.count)),
        Shape.Field("time_range", .nullable(.array(of: dataTime, count: 2...2)), "First and last moment of the data"),
        Shape.Field("data_hash", line, "Content hash of the dataset"),
    ])

    private static let infrastructure: Shape = .object([
        Shape.Field("memory_mb", .nullable(.number(minimum: 0))),
        Shape.Field("cpu_cores", .nullable(.number(minimum: 0))),
        Shape.Field("gpu_required", .nullable(.boolean)), Shape.Field("disk_space_mb", .nullable(.number(minimum: 0))),
    ])

    private static let dependencies: Shape = .object([
        Shape.Field("python_version", line),
        Shape.Field("packages", packages),
    ])

    static let packages: Shape = .nullable(.array(of: CommonShapes.requiredLine, count: 0...limits.packageCount))

    private static let lineage: Shape = .object([
        Shape.Field("parent_models", .nullable(.array(of: CommonShapes.requiredLine, count: 0...limits.parentCount))),
        Shape.Field("training_code_commit", line), Shape.Field("experiment_id", line),
        Shape.Field("features", .nullable(.array(of: CommonShapes.requiredLine, count: 0...limits.featureCount))),
    ])

    private static let signatureField: Shape = .object([
        Shape.Field("name", CommonShapes.requiredLine, required: true),
        Shape.Field("type", CommonShapes.requiredLine, required: true),
        Shape.Field(
            "shape", .nullable(.array(of: .nullable(.integer(-1...9_007_199_254_740_991)), count: 0...32)),
            "Extent of each dimension; -1 or null where it varies"),
        Shape.Field("required", .nullable(.boolean), "True where absent"),
    ])

    private static let signature: Shape = .object([
        Shape.Field("inputs", .nullable(.array(of: signatureField, count: 0...limits.featureCount))),
        Shape.Field("outputs", .nullable(.array(of: signatureField, count: 0...limits.featureCount))),
    ])

    /// The members of `reproducibility`; taken as they are, so that half a manifest can be registered too.
    static let reproducibility: Shape = .object([
        Shape.Field("code_commit", line), Shape.Field("data_hash", line), Shape.Field("environment_image", line),
        Shape.Field("random_seed", seed), Shape.Field("hardware_spec", hardware),
        Shape.Field("framework_versions", frameworks),
    ])

    static let seed: Shape = .nullable(.integer(Int64.min...Int64.max))
    static let hardware: Shape = .nullable(CommonShapes.freeObject)
    static let frameworks: Shape = .nullable(
        .map(of: CommonShapes.requiredLine, maxCount: limits.packageCount, keyBytes: limits.tagKeyBytes))

    private static let risk: Shape = .map(of: .any, maxCount: limits.freeMetadataMembers, keyBytes: limits.tagKeyBytes)

    private static func pathProblem(_ text: String) -> String? {
        do throws(NameFault) {
            _ = try ArtifactPath(validating: text)
            return nil
        } catch {
            return error.reason
        }
    }

    /// `type/subtype` of RFC 9110 tokens, parameters allowed, nothing that could end a header line.
    private static func mediaTypeProblem(_ text: String) -> String? {
        let essence: [Substring] = text.prefix(while: { $0 != ";" }).split(
            separator: "/", omittingEmptySubsequences: false)
        let isToken: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$&^_.+-".contains($0)) }
        let isPrintable: Bool = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
        guard isPrintable, essence.count == 2, essence.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isToken) }) else {
            return "must be a media type such as application/octet-stream"
        }
        return nil
    }
}

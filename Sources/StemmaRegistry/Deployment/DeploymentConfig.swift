internal import StemmaDigest
internal import StemmaJSON

/// What a client wants of a deployment configuration, as sent.
package struct DeploymentConfigRequest: Sendable {
    package let environment: String?
    package let format: String?
    package let image: String?
    package let replicas: Int?
    package let namespace: String?
    package let port: Int?
    package let registryURL: String?
    /// Where the client reached the registry, for when it names no other place.
    package let reachedURL: String?

    package init(
        environment: String?, format: String?, image: String? = nil, replicas: Int? = nil, namespace: String? = nil,
        port: Int? = nil, registryURL: String? = nil, reachedURL: String? = nil
    ) {
        self.environment = environment
        self.format = format
        self.image = image
        self.replicas = replicas
        self.namespace = namespace
        self.port = port
        self.registryURL = registryURL
        self.reachedURL = reachedURL
    }
}

/// Tools for which there is a configuration.
package enum DeploymentFormat: String, Sendable, CaseIterable {
    case kubernetes
    case kserve
    case compose
}

/// What is deployed, and how: everything that the three formats are made from, checked.
struct ServingPlan: Sendable {
    let model: String
    let version: String
    let manifestDigest: Digest
    let artifactsDigest: Digest?
    let environment: String
    let framework: String?
    let artifacts: [ArtifactRecord]
    let resources: Resources
    /// Asked for by the client.
    let wantedImage: String?
    /// Declared by the version for its reproduction.
    let declaredImage: String?
    let replicas: Int64
    let namespace: String?
    let port: Int64
    let registryURL: String

    /// What serving needs, in the units that clusters count in; nil where nothing is declared.
    struct Resources: Sendable {
        let memoryMebibytes: Int64?
        let cpuMillicores: Int64?
        let diskMebibytes: Int64?
        let needsGPU: Bool
    }

    /// The secret that holds a token; the configuration never does.
    static let secret: String = "stemma-token"

    /// The server's image. Throws `validationFailed` where none is known.
    func image() throws(StemmaError) -> String {
        if let image = wantedImage ?? declaredImage { return image }
        throw StemmaError.validation([
            ShapeFault(
                pointer: "?image",
                detail: "is needed: \(model) \(version) declares no reproducibility.environment_image")
        ])
    }

    /// Exact names and digests, which labels cannot hold.
    var annotations: [(name: String, value: YAMLNode)] {
        [
            ("stemma/model", .string(model)), ("stemma/version", .string(version)),
            ("stemma/model-id", .string("\(model)_v\(version)")), ("stemma/environment", .string(environment)),
            ("stemma/manifest-digest", .string(manifestDigest.description)),
            ("stemma/artifacts-digest", .string(artifactsDigest?.description ?? "")),
        ]
    }

    var archiveURL: String { registryURL + ResourcePath.version(model, version) + "/archive.tar" }
}

extension DeploymentService {
    /// A configuration for a version that is ready for the environment, as YAML text.
    ///
    /// Throws `validationFailed` for parameters and for what the version declares but no cluster takes, `notReady` with
    /// every check, `environmentNotFound`.
    package func readDeploymentConfig(
        model name: String, ref: String, _ request: DeploymentConfigRequest, _ principal: Principal
    ) async throws -> (record: VersionRecord, yaml: String) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let record: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let options = try CheckedOptions(request, core.policy.limits)
            try EnvironmentReadiness.evaluate(
                record, environment: options.environment, core, at: core.environment.now(), reader
            ).require()
            let plan: ServingPlan = try DeploymentService.plan(
                record, options, try reader.artifacts(version: record.id), core.policy.limits)
            switch options.format {
            case .kubernetes: return (record, try KubernetesManifest.render(plan))
            case .kserve: return (record, try KServeManifest.render(plan))
            case .compose: return (record, try ComposeFile.render(plan))
            }
        }
    }

    private static func plan(
        _ record: VersionRecord, _ options: CheckedOptions, _ artifacts: [ArtifactRecord], _ limits: Limits
    ) throws -> ServingPlan {
        let document: JSONObject = try VersionDocument.immutable(of: record)
        guard let manifest = record.manifestDigest else {
            throw StemmaError(.internalError, "the version has no digest", cause: "published without manifest")
        }
        let listed: Int = artifacts.reduce(0) { $0 + $1.path.utf8.count + $1.digest.description.utf8.count }
        if options.format != .kserve, listed > limits.deploymentFileListBytes {
            throw StemmaError.validation([
                ShapeFault(
                    pointer: "?format",
                    detail: "the version has \(artifacts.count) files, more than a manifest can list one by one; "
                        + "take kserve, which fetches them as one archive")
            ])
        }
        return ServingPlan(
            model: record.model, version: record.version, manifestDigest: manifest,
            artifactsDigest: record.artifactsDigest, environment: options.environment,
            framework: document["framework"]?.string, artifacts: artifacts,
            resources: try resources(document["infrastructure_requirements"] ?? .null, limits),
            wantedImage: options.image, declaredImage: try declaredImage(document, unless: options.image),
            replicas: options.replicas, namespace: options.namespace, port: options.port,
            registryURL: options.registryURL)
    }

    /// Throws `validationFailed` where the version declares something that is no image and the client names none.
    private static func declaredImage(
        _ document: JSONObject, unless wanted: String?
    ) throws(StemmaError) -> String? {
        guard wanted == nil, let image = document["reproducibility"]?["environment_image"]?.string, !image.isEmpty
        else { return nil }
        guard let problem = ImageReference.problem(image) else { return image }
        throw StemmaError.validation([
            ShapeFault(
                pointer: "?image", detail: "is needed: the version's reproducibility.environment_image \(problem)")
        ])
    }

    /// Rounded up, so that the server gets what it needs. Nothing and zero are no demand.
    private static func resources(_ declared: JSONValue, _ limits: Limits) throws(StemmaError) -> ServingPlan.Resources
    {
        var faults: [ShapeFault] = []
        func amount(_ name: String, times factor: Double = 1) -> Int64? {
            guard let number = declared[name]?.number, number > 0 else { return nil }
            guard number <= limits.deploymentResource else {
                faults.append(
                    ShapeFault(
                        pointer: "/infrastructure_requirements/\(name)",
                        detail: "is more than \(Int64(limits.deploymentResource)), which no cluster has"))
                return nil
            }
            return Int64((number * factor).rounded(.up))
        }
        let resources = ServingPlan.Resources(
            memoryMebibytes: amount("memory_mb"), cpuMillicores: amount("cpu_cores", times: 1_000),
            diskMebibytes: amount("disk_space_mb"), needsGPU: declared["gpu_required"]?.bool ?? false)
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return resources
    }

    /// The request's parameters after they were checked.
    private struct CheckedOptions: Sendable {
        let environment: String
        let format: DeploymentFormat
        let image: String?
        let replicas: Int64
        let namespace: String?
        let port: Int64
        let registryURL: String

        /// Throws `validationFailed` with every fault.
        init(_ request: DeploymentConfigRequest, _ limits: Limits) throws(StemmaError) {
            var faults: [ShapeFault] = []
            func refuse(_ name: String, _ detail: String) {
                faults.append(ShapeFault(pointer: "?" + name, detail: detail))
            }
            if (request.environment ?? "").isEmpty { refuse("environment", "is needed, e.g. environment=production") }
            let format: DeploymentFormat? = request.format.flatMap { DeploymentFormat(rawValue: $0) }
            if format == nil {
                let names: [String] = DeploymentFormat.allCases.map(\.rawValue)
                refuse("format", "is needed: \(names.joined(separator: ", "))")
            }
            if let image = request.image, let problem = ImageReference.problem(image) { refuse("image", problem) }
            let replicas: Int = request.replicas ?? 1
            if !(1...limits.deploymentReplicas).contains(replicas) {
                refuse("replicas", "must be 1 to \(limits.deploymentReplicas)")
            }
            if let namespace = request.namespace, !ClusterName.isLabel(namespace) {
                refuse("namespace", "must be 1 to 63 lower-case letters, digits and inner hyphens")
            }
            let port: Int = request.port ?? 8_080
            // Servers run without privileges.
            if !(1_024...65_535).contains(port) { refuse("port", "must be 1024 to 65535") }
            let url: String? = (request.registryURL ?? request.reachedURL).flatMap { RegistryURL.normalized($0) }
            if url == nil { refuse("registry_url", "must be an address such as https://stemma.example:8080") }
            guard faults.isEmpty, let format, let url, let environment = request.environment else {
                throw StemmaError.validation(faults)
            }
            self.environment = environment
            self.format = format
            image = request.image
            self.replicas = Int64(replicas)
            namespace = request.namespace
            self.port = Int64(port)
            registryURL = url
        }
    }
}

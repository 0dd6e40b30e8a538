internal import StemmaDigest

/// A file for Compose: one service that fetches the model and ends, and the server that waits for it.
enum ComposeFile {
    /// Throws `validationFailed` where no image is known.
    static func render(_ plan: ServingPlan) throws(StemmaError) -> String {
        let name: String = ClusterName.label(model: plan.model, environment: plan.environment)
        let labels: YAMLNode = .map(
            plan.annotations.map { (name: $0.name, value: uninterpolated($0.value)) })
        let document: YAMLNode = [
            "name": .string(name),
            "services": ["fetch-model": fetch(plan, labels), "model": try server(plan, labels)],
            // Named after the content, so that another version never finds this one's files.
            "volumes": ["model": ["name": .string("\(name)-\(plan.manifestDigest.hex.prefix(12))")]],
            "secrets": [ServingPlan.secret: ["environment": "STEMMA_TOKEN"]],
        ]
        return YAMLText.render(
            [document],
            comment: ["Reads a token of the role reader from the variable STEMMA_TOKEN of who starts it."])
    }

    private static let confined: [(name: String, value: YAMLNode)] = [
        ("cap_drop", ["ALL"]), ("security_opt", ["no-new-privileges:true"]),
    ]

    private static func fetch(_ plan: ServingPlan, _ labels: YAMLNode) -> YAMLNode {
        let service: YAMLNode = [
            "image": .string(ModelFetch.image),
            // A new volume belongs to root; nothing but that is given to it. Its own file system stays writable, because
            // Compose puts the secret there.
            "user": "0:0", "restart": "no",
            "entrypoint": ["/bin/sh", "-c", .script(uninterpolated(ModelFetch.script)), "fetch-model"],
            "command": .strings(ModelFetch.arguments(plan.artifacts).map(uninterpolated)),
            "environment": [
                "STEMMA_URL": .string(uninterpolated(plan.registryURL)),
                "STEMMA_TOKEN_FILE": .string("/run/secrets/" + ServingPlan.secret),
                "STEMMA_MODEL_DIR": .string(ModelFetch.folder),
            ],
            "secrets": [.string(ServingPlan.secret)],
            "volumes": [["type": "volume", "source": "model", "target": .string(ModelFetch.folder)]],
            "labels": labels,
        ]
        return service.adding(confined)
    }

    private static func server(_ plan: ServingPlan, _ labels: YAMLNode) throws(StemmaError) -> YAMLNode {
        let user: String = "65532:65532"
        var port: YAMLNode = ["target": .integer(plan.port), "host_ip": "127.0.0.1", "protocol": "tcp"]
        // Several servers cannot share one port of the host; each gets a free one.
        if plan.replicas == 1 { port = port.adding("published", .string(String(plan.port))) }
        let service: YAMLNode = [
            "image": .string(try plan.image()), "user": .string(user), "restart": "unless-stopped",
            "depends_on": ["fetch-model": ["condition": "service_completed_successfully"]],
            "environment": .map(
                KubernetesManifest.environment(plan).map {
                    (name: $0.name, value: .string(uninterpolated($0.value)))
                }),
            "ports": [port],
            "volumes": [
                [
                    "type": "volume", "source": "model", "target": .string(ModelFetch.folder), "read_only": true,
                ]
            ],
            "read_only": true, "tmpfs": ["/tmp"],
            "deploy": [
                "replicas": .integer(plan.replicas), "resources": resources(plan),
            ],
            "labels": labels,
        ]
        return service.adding(confined)
    }

    private static func resources(_ plan: ServingPlan) -> YAMLNode {
        var amounts: [(name: String, value: YAMLNode)] = []
        if let cores = plan.resources.cpuMillicores { amounts.append(("cpus", .string(decimal(thousandths: cores)))) }
        if let memory = plan.resources.memoryMebibytes { amounts.append(("memory", .string("\(memory)m"))) }
        var reserved: [(name: String, value: YAMLNode)] = amounts
        if plan.resources.needsGPU {
            reserved.append(("devices", [["driver": "nvidia", "count": 1, "capabilities": ["gpu"]]]))
        }
        var members: [(name: String, value: YAMLNode)] = []
        if !amounts.isEmpty { members.append(("limits", .map(amounts))) }
        if !reserved.isEmpty { members.append(("reservations", .map(reserved))) }
        return .map(members)
    }

    /// `1500` as `1.5`.
    private static func decimal(thousandths: Int64) -> String {
        guard thousandths % 1_000 != 0 else { return String(thousandths / 1_000) }
        let rest = String(thousandths % 1_000)
        var digits: String = String(repeating: "0", count: 3 - rest.count) + rest
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(thousandths / 1_000).\(digits)"
    }

    /// Text that Compose takes as it is: it replaces `$NAME` and `${NAME}` in every value, so each dollar sign is doubled.
    static func uninterpolated(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.flatMap { $0 == "$" ? [$0, $0] : [$0] }))
    }

    private static func uninterpolated(_ node: YAMLNode) -> YAMLNode {
        if case .string(let text) = node { .string(uninterpolated(text)) } else { node }
    }
}

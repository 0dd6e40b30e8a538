internal import StemmaDigest

/// A Deployment and its Service.
enum KubernetesManifest {
    /// Nobody's user number, as images without a root use it.
    static let user: YAMLNode = 65_532

    /// Throws `validationFailed` where no image is known.
    static func render(_ plan: ServingPlan) throws(StemmaError) -> String {
        let name: String = ClusterName.label(model: plan.model, environment: plan.environment)
        return YAMLText.render(
            [try deployment(plan, name), service(plan, name)],
            comment: [
                "Reads a token of the role reader from a Secret:",
                "  kubectl create secret generic \(ServingPlan.secret) --from-file=token=FILE",
            ])
    }

    /// `metadata` of an object of that name.
    static func metadata(_ plan: ServingPlan, _ name: String) -> YAMLNode {
        var members: [(name: String, value: YAMLNode)] = [("name", .string(name))]
        if let namespace = plan.namespace { members.append(("namespace", .string(namespace))) }
        members.append(("labels", labels(plan, name)))
        members.append(("annotations", .map(plan.annotations)))
        return .map(members)
    }

    private static func labels(_ plan: ServingPlan, _ name: String) -> YAMLNode {
        [
            "app.kubernetes.io/name": .string(ClusterName.labelValue(plan.model)),
            "app.kubernetes.io/instance": .string(name),
            "app.kubernetes.io/version": .string(ClusterName.labelValue(plan.version)),
            "app.kubernetes.io/part-of": "stemma",
            "stemma/environment": .string(ClusterName.labelValue(plan.environment)),
        ]
    }

    /// What the selector names stays the same from version to version, as a selector must.
    private static func selector(_ name: String) -> YAMLNode { ["app.kubernetes.io/instance": .string(name)] }

    private static func deployment(_ plan: ServingPlan, _ name: String) throws(StemmaError) -> YAMLNode {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(plan, name),
            "spec": [
                "replicas": .integer(plan.replicas), "selector": ["matchLabels": selector(name)],
                "template": [
                    "metadata": ["labels": labels(plan, name), "annotations": .map(plan.annotations)],
                    "spec": try pod(plan),
                ],
            ],
        ]
    }

    private static func pod(_ plan: ServingPlan) throws(StemmaError) -> YAMLNode {
        [
            "automountServiceAccountToken": false, "enableServiceLinks": false,
            "securityContext": [
                "runAsNonRoot": true, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
                "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "initContainers": [fetch(plan)], "containers": [try server(plan)],
            "volumes": [
                ["name": "model", "emptyDir": [:]], ["name": "scratch", "emptyDir": [:]],
                [
                    "name": "token",
                    "secret": [
                        "secretName": .string(ServingPlan.secret), "items": [["key": "token", "path": "token"]],
                        // Read by the group, which is the volume's.
                        "defaultMode": 0o440,
                    ],
                ],
            ],
        ]
    }

    private static let confined: YAMLNode = [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
    ]

    private static func fetch(_ plan: ServingPlan) -> YAMLNode {
        [
            "name": "fetch-model", "image": .string(ModelFetch.image),
            "command": ["/bin/sh", "-c", .script(unexpanded(ModelFetch.script)), "fetch-model"],
            "args": .strings(ModelFetch.arguments(plan.artifacts).map(unexpanded)),
            "env": [
                variable("STEMMA_URL", plan.registryURL), variable("STEMMA_TOKEN_FILE", "/var/run/stemma/token"),
                variable("STEMMA_MODEL_DIR", ModelFetch.folder),
            ],
            "resources": [
                "requests": ["cpu": "100m", "memory": "32Mi"], "limits": ["memory": "256Mi"],
            ],
            "securityContext": confined,
            "volumeMounts": [
                ["name": "model", "mountPath": .string(ModelFetch.folder)],
                ["name": "token", "mountPath": "/var/run/stemma", "readOnly": true],
                ["name": "scratch", "mountPath": "/tmp"],
            ],
        ]
    }

    private static func server(_ plan: ServingPlan) throws(StemmaError) -> YAMLNode {
        let probe: YAMLNode = ["port": "http"]
        return [
            "name": "model", "image": .string(try plan.image()),
            "ports": [["name": "http", "containerPort": .integer(plan.port)]],
            "env": .list(environment(plan).map { variable($0.name, $0.value) }), "resources": resources(plan),
            "securityContext": confined,
            "startupProbe": ["tcpSocket": probe, "periodSeconds": 5, "failureThreshold": 60],
            "readinessProbe": ["tcpSocket": probe, "periodSeconds": 5],
            "livenessProbe": ["tcpSocket": probe, "periodSeconds": 10],
            "volumeMounts": [
                ["name": "model", "mountPath": .string(ModelFetch.folder), "readOnly": true],
                ["name": "scratch", "mountPath": "/tmp"],
            ],
        ]
    }

    /// What the server is told.
    static func environment(_ plan: ServingPlan) -> [(name: String, value: String)] {
        [
            ("STEMMA_MODEL_DIR", ModelFetch.folder), ("STEMMA_MODEL_ID", "\(plan.model)_v\(plan.version)"),
            ("STEMMA_MANIFEST_DIGEST", plan.manifestDigest.description), ("PORT", String(plan.port)),
            // The one place where it may write.
            ("HOME", "/tmp"), ("TMPDIR", "/tmp"),
        ]
    }

    private static func variable(_ name: String, _ value: String) -> YAMLNode {
        ["name": .string(name), "value": .string(unexpanded(value))]
    }

    /// The same for requests and limits; empty where nothing is declared.
    static func resources(_ plan: ServingPlan) -> YAMLNode {
        var amounts: [(name: String, value: YAMLNode)] = []
        if let cores = plan.resources.cpuMillicores {
            amounts.append(("cpu", .string(cores % 1_000 == 0 ? String(cores / 1_000) : "\(cores)m")))
        }
        if let memory = plan.resources.memoryMebibytes { amounts.append(("memory", .string("\(memory)Mi"))) }
        if let disk = plan.resources.diskMebibytes { amounts.append(("ephemeral-storage", .string("\(disk)Mi"))) }
        if plan.resources.needsGPU { amounts.append(("nvidia.com/gpu", "1")) }
        return amounts.isEmpty ? [:] : ["requests": .map(amounts), "limits": .map(amounts)]
    }

    private static func service(_ plan: ServingPlan, _ name: String) -> YAMLNode {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(plan, name),
            "spec": [
                "type": "ClusterIP", "selector": selector(name),
                "ports": [["name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"]],
            ],
        ]
    }

    /// Text that Kubernetes takes as it is: in commands, arguments and variables it replaces `$(NAME)`, so a dollar sign
    /// before a parenthesis or another one is doubled.
    static func unexpanded(_ text: String) -> String {
        var result: String = ""
        let scalars: [Unicode.Scalar] = Array(text.unicodeScalars)
        for (position, scalar) in scalars.enumerated() {
            result.unicodeScalars.append(scalar)
            guard scalar == "$", position + 1 < scalars.count else { continue }
            if scalars[position + 1] == "(" || scalars[position + 1] == "$" { result.unicodeScalars.append("$") }
        }
        return result
    }
}

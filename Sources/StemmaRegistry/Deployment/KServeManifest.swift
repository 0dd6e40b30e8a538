internal import StemmaDigest

/// An InferenceService of KServe, and the account under which its model is fetched.
enum KServeManifest {
    /// What KServe makes of the name, such as `<name>-predictor-00001-deployment`, has to stay a label.
    private static let nameLimit: Int = 36

    /// Frameworks for which KServe brings servers, with its name for them.
    private static let formats: [String: String] = [
        "sklearn": "sklearn", "scikit-learn": "sklearn", "xgboost": "xgboost", "lightgbm": "lightgbm",
        "tensorflow": "tensorflow", "pytorch": "pytorch", "torch": "pytorch", "onnx": "onnx",
        "huggingface": "huggingface", "transformers": "huggingface", "pmml": "pmml", "mlflow": "mlflow",
        "paddle": "paddle", "paddlepaddle": "paddle",
    ]

    /// Throws `validationFailed` where KServe has no server for the framework and no image is known.
    static func render(_ plan: ServingPlan) throws(StemmaError) -> String {
        let name: String = ClusterName.label(model: plan.model, environment: plan.environment, limit: nameLimit)
        return YAMLText.render(
            [account(plan), try service(plan, name)],
            comment: [
                "Reads a token of the role reader from a Secret:",
                "  kubectl create secret generic \(ServingPlan.secret) \\",
                "    --from-literal=https-host=\(RegistryURL.host(plan.registryURL)) --from-file=headers=FILE",
                "where FILE holds {\"Authorization\": \"Bearer TOKEN\"}",
            ])
    }

    /// Credentials reach KServe through the account that they are attached to.
    private static func account(_ plan: ServingPlan) -> YAMLNode {
        var metadata: YAMLNode = ["name": .string(ServingPlan.secret)]
        if let namespace = plan.namespace { metadata = metadata.adding("namespace", .string(namespace)) }
        return [
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata,
            "secrets": [["name": .string(ServingPlan.secret)]],
        ]
    }

    private static func service(_ plan: ServingPlan, _ name: String) throws(StemmaError) -> YAMLNode {
        let predictor: YAMLNode = [
            "minReplicas": .integer(plan.replicas), "serviceAccountName": .string(ServingPlan.secret),
        ]
        return [
            "apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
            "metadata": KubernetesManifest.metadata(plan, name),
            "spec": ["predictor": predictor.adding([try implementation(plan)])],
        ]
    }

    private static let confined: YAMLNode = ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]]]

    /// A server of KServe's own where it has one for the framework, with the client's image where it names one; otherwise
    /// the image as a server of its own.
    private static func implementation(_ plan: ServingPlan) throws(StemmaError) -> (name: String, value: YAMLNode) {
        // The version is exact and never given again, so this names the same bytes for ever.
        let location: String = plan.archiveURL
        if let format = plan.framework.flatMap({ formats[$0.lowercased()] }) {
            var model: YAMLNode = [
                "modelFormat": ["name": .string(format)], "storageUri": .string(location),
                "resources": KubernetesManifest.resources(plan), "securityContext": confined,
            ]
            if let image = plan.wantedImage { model = model.adding("image", .string(image)) }
            return ("model", model)
        }
        let variables: [YAMLNode] = [("STORAGE_URI", location), ("PORT", String(plan.port))].map { variable in
            ["name": .string(variable.0), "value": .string(KubernetesManifest.unexpanded(variable.1))]
        }
        let container: YAMLNode = [
            "name": "kserve-container", "image": .string(try plan.image()), "env": .list(variables),
            "ports": [["containerPort": .integer(plan.port), "protocol": "TCP"]],
            "resources": KubernetesManifest.resources(plan), "securityContext": confined,
        ]
        return ("containers", [container])
    }
}

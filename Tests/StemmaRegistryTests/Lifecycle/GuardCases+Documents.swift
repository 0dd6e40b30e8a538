import StemmaJSON
import StemmaRegistry

extension GuardCase {
    static let declarations: [GuardCase] = [
        .passes(
            "training_completed", "published with data set and metrics",
            read: ["status": "ready", "declared": ["training_data.dataset_id", "performance_metrics"]]),
        .passes("training_completed", "nothing but the publication is demanded", ["required": []]) {
            $0.document = [:]
            $0.metrics = [:]
        },
        .passes("training_completed", "zero and false are values", ["required": ["reproducibility.random_seed"]]),
        .refuses(
            "training_completed", "a draft", missing: ["publication"], by: ["publisher"], read: ["status": "draft"]
        ) { $0.isReady = false },
        .refuses(
            "training_completed", "no metrics", missing: ["performance_metrics"], by: ["publisher"],
            limit: ["required": ["training_data.dataset_id", "performance_metrics"]]
        ) { $0.metrics = [:] },
        .refuses(
            "training_completed", "no data set", missing: ["training_data.dataset_id"], by: ["publisher"],
            detail: "training_data.dataset_id"
        ) { $0.undeclare("training_data") },
        .refuses(
            "training_completed", "a blank data set", missing: ["training_data.dataset_id"], by: ["publisher"]
        ) { $0.declare("training_data.dataset_id", " ") },
        .passes("declared_resources", "memory and processors", read: ["memory_mb": 512]),
        .passes("declared_resources", "no GPU is an answer", ["required": ["gpu_required"]]) {
            $0.declare("infrastructure_requirements.gpu_required", false)
        },
        .refuses(
            "declared_resources", "no processors", missing: ["infrastructure_requirements.cpu_cores"],
            by: ["publisher"], limit: ["required": ["memory_mb", "cpu_cores"]], detail: "cpu_cores"
        ) { $0.undeclare("infrastructure_requirements.cpu_cores") },
        .refuses(
            "declared_resources", "zero memory", missing: ["infrastructure_requirements.memory_mb"], by: ["publisher"]
        ) { $0.declare("infrastructure_requirements.memory_mb", 0) },
        .refuses(
            "declared_resources", "nothing",
            missing: ["infrastructure_requirements.memory_mb", "infrastructure_requirements.cpu_cores"],
            by: ["publisher"]
        ) { $0.undeclare("infrastructure_requirements") },
        .passes(
            "reproducibility_manifest", "complete",
            read: ["declared": ["code_commit", "environment_image", "random_seed"]]),
        .refuses(
            "reproducibility_manifest", "no seed", missing: ["reproducibility.random_seed"], by: ["publisher"],
            limit: ["required": ["code_commit", "environment_image", "random_seed"]], detail: "random_seed"
        ) { $0.undeclare("reproducibility.random_seed") },
        .refuses(
            "reproducibility_manifest", "none", missing: ["reproducibility.code_commit"], by: ["publisher"],
        ) {
            $0.undeclare("reproducibility.code_commit")
        },
        .passes("risk_assessment", "any tier", read: ["tier": "low"]),
        .passes("risk_assessment", "an accepted tier", ["tiers": ["low", "medium"]]),
        .passes("risk_assessment", "a numbered tier", ["tiers": ["2"]]) { $0.declare("risk.tier", 2) },
        .refuses(
            "risk_assessment", "no tier", missing: ["risk.tier"], by: ["publisher"], read: ["tier": nil],
            detail: "not declared"
        ) { $0.undeclare("risk") },
        .refuses(
            "risk_assessment", "another tier", ["tiers": ["low"]], missing: ["risk.tier"], by: ["publisher"],
            limit: ["tiers": ["low"]], detail: "high is not accepted"
        ) { $0.declare("risk.tier", "high") },
        .passes("pinned_dependencies", "exact versions", read: ["packages": 7, "loose": 0]) {
            $0.declare(
                "dependencies.packages",
                [
                    "a==1", "b ==1.2", "c[x]==1.2.post1", "d===1.0+local", "e==2; python_version < '3.12'",
                    "f @ https://host/f.whl#sha256=00",
                    "g@git+https://host/g@0123456789abcdef0123456789abcdef01234567",
                ])
        },
        .passes("pinned_dependencies", "none, where that is allowed", ["allow_none": true]) {
            $0.undeclare("dependencies")
        },
        .refuses(
            "pinned_dependencies", "none", missing: ["dependencies.packages"], by: ["publisher"],
            detail: "no packages are declared"
        ) { $0.undeclare("dependencies") },
        .refuses(
            "pinned_dependencies", "everything else",
            missing: [
                "a", "b>=1", "c==1.*", "d==1,<2", "e>=1,==1.2", "f==", "==1", "g @ https://host/==1.whl",
                "h; python_version == '3.12'",
            ], by: ["publisher"], read: ["packages": 10, "loose": 9]
        ) {
            $0.declare(
                "dependencies.packages",
                [
                    "ok==1", "a", "b>=1", "c==1.*", "d==1,<2", "e>=1,==1.2", "f==", "==1", "g @ https://host/==1.whl",
                    "h; python_version == '3.12'",
                ])
        },
    ]

    static let files: [GuardCase] = [
        .passes("artifact_present", "some files", read: ["artifacts": 2]),
        .passes("artifact_present", "named ones", ["minimum": 2, "paths": ["*.bin", "README.md"]]),
        .refuses(
            "artifact_present", "none", missing: ["artifacts"], by: ["publisher"], read: ["artifacts": 0],
            limit: ["minimum": 1]
        ) { $0.paths = [] },
        .refuses(
            "artifact_present", "one of two patterns", ["paths": ["*.bin", "*.onnx"]], missing: ["*.onnx"],
            by: ["publisher"], detail: "*.onnx"
        ) { _ in },
        .refuses("artifact_present", "too few", ["minimum": 3], missing: ["artifacts"], by: ["publisher"]) { _ in },
        .passes("documentation", "a README", read: ["found": ["README.md"]]),
        .passes("documentation", "a folder of it") { $0.paths = ["model.bin", "docs/a/index.md"] },
        .passes("documentation", "all of what is demanded", ["any_of": [], "all_of": ["README.md", "model.bin"]]),
        .refuses(
            "documentation", "none", missing: ["model_card.md or README.md or docs/*"], by: ["publisher"],
            limit: ["any_of": ["model_card.md", "README.md", "docs/*"]]
        ) { $0.paths = ["model.bin", "src/README.md"] },
        .refuses(
            "documentation", "one of several", ["all_of": ["README.md", "model_card.md"]], missing: ["model_card.md"],
            by: ["publisher"]
        ) { _ in },
    ]
}

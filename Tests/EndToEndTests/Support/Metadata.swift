import StemmaJSON

/// The version metadata that the specification gives as its example.
enum Metadata {
    static let specification: JSONObject = [
        "model_type": "gradient_boosting",
        "framework": "xgboost",
        "framework_version": "1.7.0",
        "training_data": [
            "dataset_id": "fraud_training_20240115",
            "data_version": "v1.2",
            "row_count": 5_000_000,
            "feature_count": 147,
            "time_range": ["2023-01-01", "2024-01-01"],
        ],
        "performance_metrics": [
            "accuracy": 0.967, "precision": 0.923, "recall": 0.945, "f1_score": 0.934, "auc_roc": 0.982,
        ],
        "infrastructure_requirements": [
            "memory_mb": 4096, "cpu_cores": 2, "gpu_required": false, "disk_space_mb": 512,
        ],
        "dependencies": [
            "python_version": "3.9.0", "packages": ["xgboost==1.7.0", "pandas==1.4.0", "numpy==1.21.0"],
        ],
        "lineage": [
            "parent_models": ["fraud_detection_v2.1.2"],
            "training_code_commit": "abc123def456",
            "experiment_id": "exp_20240115_001",
        ],
    ]

    /// An artifact list of these paths and digests.
    static func artifacts(_ files: KeyValuePairs<String, String>) -> JSONValue {
        .array(files.map { ["path": .string($0.key), "digest": .string($0.value)] })
    }

    /// A signature with those inputs and one output `score`.
    static func signature(_ inputs: JSONValue...) -> JSONValue {
        ["inputs": .array(inputs), "outputs": [field("score", "float64")]]
    }

    /// One input or output of a signature.
    static func field(_ name: String, _ type: String, required: Bool = true) -> JSONValue {
        ["name": .string(name), "type": .string(type), "shape": [-1], "required": .bool(required)]
    }
}

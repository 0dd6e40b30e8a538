import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// Verdicts on metrics, and differences between environments.
@Suite struct ReproductionTests {
    typealias Verdict = MetricVerdict.Verdict

    private func verdict(
        _ original: Double?, _ reproduced: Double?, _ tolerance: Double, _ mode: ToleranceMode = .absolute
    ) -> MetricVerdict {
        MetricVerdict("m", original: original, reproduced: reproduced, tolerance: tolerance, mode: mode)
    }

    @Test func metricsMatchWithinTheTolerance() {
        let rows: [(original: Double?, reproduced: Double?, tolerance: Double, mode: ToleranceMode, wanted: Verdict)] =
            [
                (0.934, 0.934, 0.001, .absolute, .match), (0.934, 0.9335, 0.001, .absolute, .match),
                // Decimal fractions that are exactly as far apart as is allowed, but not as doubles.
                (0.934, 0.933, 0.001, .absolute, .match), (0.3, 0.2, 0.1, .absolute, .match),
                (100.1, 100.2, 0.1, .absolute, .match), (0.934, 0.9329, 0.001, .absolute, .mismatch),
                (0.934, 0.9351, 0.001, .absolute, .mismatch), (0.5, 0.5, 0, .absolute, .match),
                (0.5, 0.5.nextUp, 0, .absolute, .mismatch), (-1, 1, 1, .absolute, .mismatch),
                (1e308, -1e308, 1, .absolute, .mismatch), (200, 201, 0.005, .relative, .match),
                (200, 201.1, 0.005, .relative, .mismatch), (-200, -199, 0.005, .relative, .match),
                (0, 0, 0.5, .relative, .match), (0, 1e-300, 0.5, .relative, .mismatch),
                (nil, 1, 0.001, .absolute, .missingOriginal), (1, nil, 0.001, .absolute, .missingReproduced),
            ]
        for row in rows {
            let found = verdict(row.original, row.reproduced, row.tolerance, row.mode)
            #expect(found.verdict == row.wanted, "\(row)")
        }
        #expect(verdict(200, 201, 0.005, .relative).allowed == 1)
        #expect(verdict(200, 201, 0.005).allowed == 0.005)
        #expect(verdict(200, 201, 0.005).difference == 1)
        #expect(verdict(1e308, -1e308, 1).json["difference"] == .null)
    }

    /// Every decimal of up to four places against its neighbours: the verdict is that of exact arithmetic.
    @Test func decimalsAreJudgedAsIfExact() {
        var random = SeededRandom()
        for _ in 0..<20_000 {
            let original = Int64.random(in: -20_000...20_000, using: &random)
            let step = Int64.random(in: -30...30, using: &random)
            let tolerance = Int64.random(in: 0...30, using: &random)
            let found = verdict(Double(original) / 10_000, Double(original + step) / 10_000, Double(tolerance) / 10_000)
            #expect(
                found.verdict == (abs(step) <= tolerance ? .match : .mismatch),
                "\(original) \(step) \(tolerance), seed \(random.seed)")
        }
    }

    @Test func everyMetricOfEitherSideIsJudged() {
        let all = MetricVerdict.all(
            original: ["b": 1, "a": 0.5], reproduced: ["c": 2, "b": 1.0], tolerance: 0, mode: .absolute)
        #expect(all.map(\.metric) == ["a", "b", "c"])
        #expect(all.map(\.verdict) == [.missingReproduced, .match, .missingOriginal])
        #expect(all[2].allowed == nil)
    }

    @Test func packagesAreToldApartByNameAndVersion() {
        let rows: [(text: String, name: String, version: String)] = [
            ("numpy==1.26.4", "numpy", "1.26.4"), ("NumPy == 1.26.4", "numpy", "1.26.4"),
            ("Foo_.Bar>=1,<2", "foo-bar", ">=1,<2"), ("x", "x", "*"), ("x[all]==1", "x", "[all]==1"),
            ("x===1.0", "x", "1.0"), ("x==1.*", "x", "==1.*"),
            ("x @ https://h/x.whl#sha256=0", "x", "@https://h/x.whl#sha256=0"), ("x=1.2=py_0", "x", "=1.2=py_0"),
        ]
        for row in rows {
            let found = PackageRequirement(row.text)
            #expect(found.name == row.name)
            #expect(found.version == row.version, "\(row.text)")
        }
        #expect(PackageRequirement.byName(["a==1; x", "A==2", "b"]) == ["a": "2, ==1;x", "b": "*"])
    }

    @Test func environmentsDifferByPath() {
        let left = EnvironmentDescription(document: [
            "framework": "xgboost", "framework_version": "1.7.0",
            "infrastructure_requirements": ["memory_mb": 1, "gpu_required": false, "cpu_cores": nil],
            "dependencies": ["python_version": "3.9.0", "packages": ["numpy==1.21.0", "old==1"]],
            "reproducibility": [
                "code_commit": "abc123def456", "hardware_spec": ["gpu": ["type": "V100", "count": 1]],
                "random_seed": 1,
            ],
        ])
        let right = EnvironmentDescription(document: [
            "framework": "xgboost", "framework_version": "2.0.0",
            "infrastructure_requirements": ["memory_mb": 1.0, "gpu_required": true],
            "dependencies": ["python_version": "3.9.0", "packages": ["NumPy==1.26.4", "new>=2"]],
            "lineage": ["training_code_commit": "abc123def4567890"],
            "reproducibility": ["hardware_spec": ["gpu": ["type": "A100", "count": 1]], "random_seed": 1],
        ])
        let found: [JSONValue] = left.differences(to: right).map(\.json)
        func entry(_ path: String, _ change: String, _ left: JSONValue, _ right: JSONValue) -> JSONValue {
            ["path": .string(path), "change": .string(change), "left": left, "right": right]
        }
        #expect(
            found == [
                entry("dependencies.packages.new", "added", nil, ">=2"),
                entry("dependencies.packages.numpy", "changed", "1.21.0", "1.26.4"),
                entry("dependencies.packages.old", "removed", "1", nil),
                entry("framework_version", "changed", "1.7.0", "2.0.0"),
                entry("infrastructure_requirements.gpu_required", "changed", false, true),
                entry("reproducibility.framework_versions.xgboost", "changed", "1.7.0", "2.0.0"),
                entry("reproducibility.hardware_spec.gpu.type", "changed", "V100", "A100"),
            ])
        #expect(left.differences(to: left).isEmpty)
        #expect(right.differences(to: left).count == found.count)
    }

    /// What an attempt does not say is no difference; what it names is compared as a whole.
    @Test func attemptsDifferInWhatTheySay() throws {
        let document: JSONObject = [
            "dependencies": ["python_version": "3.9.0", "packages": ["numpy==1.21.0", "pandas==1.4.0"]],
            "reproducibility": [
                "code_commit": "abc123def456", "environment_image": "a:1", "random_seed": 7,
                "hardware_spec": ["gpu_type": "V100", "cuda_version": "11.8"],
            ],
        ]
        func differences(_ body: JSONValue) throws -> [String] {
            try ReproductionAttempt(body, limits: Limits()).differences(from: document).map {
                "\($0.path) \($0.left) \($0.right)"
            }
        }
        #expect(try differences(["metrics": [:]]).isEmpty)
        #expect(try differences(["metrics": [:], "code_commit": "ABC123D"]).isEmpty)
        #expect(
            try differences([
                "metrics": [:], "code_commit": "fff123def", "data_hash": "md5:1",
                "environment": [
                    "random_seed": 7, "hardware_spec": ["gpu_type": "A100"], "packages": ["numpy==1.21.0"],
                    "framework_versions": [:], "environment_image": nil,
                ],
            ]) == [
                "dependencies.packages.pandas \"1.4.0\" null",
                "reproducibility.code_commit \"abc123def456\" \"fff123def\"",
                "reproducibility.data_hash null \"md5:1\"",
                "reproducibility.hardware_spec.cuda_version \"11.8\" null",
                "reproducibility.hardware_spec.gpu_type \"V100\" \"A100\"",
            ])
    }
}

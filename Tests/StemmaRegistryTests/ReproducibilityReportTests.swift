import StemmaJSON
import Testing

@testable import StemmaRegistry

/// What a manifest is found to be, part by part.
@Suite struct ReproducibilityReportTests {
    typealias Part = ReproducibilityManifest.Part

    /// One value of one part.
    struct Row: Sendable, CustomTestStringConvertible {
        let part: Part
        let value: JSONValue
        let status: ReproducibilityReport.Status
        /// Part of the detail, or of the warning where the part is present; empty: there is none.
        let says: String

        init(_ part: Part, _ value: JSONValue, _ status: ReproducibilityReport.Status, _ says: String = "") {
            self.part = part
            self.value = value
            self.status = status
            self.says = says
        }

        var testDescription: String { "\(part.rawValue) \(value)" }
    }

    private static func hex(_ count: Int) -> String { String(repeating: "a", count: count) }
    private static func text(_ prefix: String, _ count: Int) -> JSONValue { .string(prefix + hex(count)) }

    static let rows: [Row] = [
        Row(.codeCommit, text("", 40), .present), Row(.codeCommit, text("", 64), .present),
        Row(.codeCommit, "abc123def456", .present, "abbreviated to 12 digits"),
        Row(.codeCommit, text("", 7), .present, "abbreviated to 7 digits"),
        Row(.codeCommit, text("F", 41), .present, "abbreviated to 42 digits"),
        Row(.codeCommit, text("", 6), .invalid, "7 to 64 hexadecimal digits"),
        Row(.codeCommit, text("", 65), .invalid, "7 to 64 hexadecimal digits"),
        Row(.codeCommit, "main", .invalid, "a branch or a tag may move"),
        Row(.codeCommit, text("", 40).string.map { .string($0 + "-dirty") } ?? .null, .invalid, "not committed"),
        Row(.codeCommit, "١٢٣٤٥٦٧٨", .invalid, "hexadecimal"),
        Row(.codeCommit, " ", .missing, "lineage.training_code_commit"),
        Row(.dataHash, text("sha256:", 64), .present), Row(.dataHash, text("SHA256:F", 63), .present),
        Row(.dataHash, text("sha512:", 128), .present), Row(.dataHash, text("sha1:", 40), .present, "uses sha1"),
        Row(.dataHash, text("md5:", 32), .present, "uses md5"),
        Row(.dataHash, "sha256:fedcba987654...", .invalid, "64 hexadecimal digits behind sha256:, has 15 characters"),
        Row(.dataHash, text("sha256:", 63), .invalid, "has 63"), Row(.dataHash, text("md5:", 40), .invalid, "32"),
        Row(.dataHash, text("crc32:", 8), .invalid, "the algorithm crc32"),
        Row(.dataHash, text("", 64), .invalid, "<algorithm>:"),
        Row(.dataHash, text("sha256:g", 63), .invalid, "64 hexadecimal digits"),
        Row(.environmentImage, text("a/b:1@sha256:", 64), .present),
        Row(.environmentImage, "ml-training:v1.2.3", .present, "the tag v1.2.3"),
        Row(.environmentImage, "localhost:5000/a", .present, "names the image by latest"),
        Row(.environmentImage, "Upper", .invalid, "lower case"),
        Row(.environmentImage, "a@sha256:1", .invalid, "64 lowercase hex digits"),
        Row(.randomSeed, 42, .present), Row(.randomSeed, 0, .present), Row(.randomSeed, -1, .present),
        Row(.randomSeed, nil, .missing), Row(.randomSeed, 1.5, .invalid, "must be an integer"),
        Row(.hardwareSpec, ["cpu": "Xeon"], .present), Row(.hardwareSpec, [:], .missing),
        Row(
            .hardwareSpec, ["gpu_type": "V100", "cuda_version": "11.8", "driver_version": "520.61.05"], .present),
        Row(.hardwareSpec, ["gpu_type": "V100"], .present, "lacks driver_version, cuda_version (or rocm_version)"),
        Row(.frameworkVersions, ["python": "3.9.16", "x": "v1.0.0-rc.1+cu118", "y": "2"], .present),
        Row(.frameworkVersions, ["python": "3.9"], .present, "python 3.9, which is a series"),
        Row(.frameworkVersions, ["a": "1.0", "b": ">=2", "c": "1.*"], .invalid, "not b >=2, c 1.*"),
        Row(.frameworkVersions, ["a": "2.x"], .invalid, "a 2.x"),
        Row(.frameworkVersions, ["a": "1.0, 1.1"], .invalid, "a 1.0, 1.1"),
        Row(.frameworkVersions, ["a": "latest"], .invalid, "a latest"),
        Row(.frameworkVersions, ["a": "1..2"], .invalid, "a 1..2"), Row(.frameworkVersions, [:], .missing),
    ]

    @Test(arguments: rows) func everyPartIsChecked(_ row: Row) throws {
        let report = ReproducibilityReport(document: ["reproducibility": .object([row.part.rawValue: row.value])])
        let found = try #require(report.parts.first { $0.part == row.part })
        #expect(found.status == row.status, "\(found.detail ?? "")")
        let said: String = (found.status == .present ? report.warnings.joined(separator: "; ") : found.detail) ?? ""
        #expect(said.contains(row.says), "\(said)")
        if row.status == .present {
            #expect(row.says.isEmpty == report.warnings.isEmpty, "\(report.warnings)")
            #expect(report.warnings.allSatisfy { $0.hasPrefix(row.part.rawValue) })
            #expect(found.detail == nil)
        } else {
            #expect(found.detail?.isEmpty == false)
        }
        #expect(report.score == (row.status == .present ? 1.0 / 6 : 0))
        #expect(report.names(.missing).count == (row.status == .missing ? 6 : 5))
        #expect(!report.isComplete)
    }

    @Test func aGPUThatIsNeededHasToBeDescribed() throws {
        let rows: [(hardware: JSONValue, isValid: Bool)] = [
            (["cpu": "x"], false), (["gpu_type": "V100", "driver_version": "520"], false),
            (["gpu_type": "V100", "cuda_version": "11.8"], false),
            (["driver_version": "520", "cuda_version": "11.8"], false),
            (["gpu_type": "V100", "driver_version": "520", "cuda_version": "11.8"], true),
            (["gpu_type": "MI300", "driver_version": "6", "rocm_version": "6.0"], true),
        ]
        for row in rows {
            let report = ReproducibilityReport(document: [
                "reproducibility": ["hardware_spec": row.hardware],
                "infrastructure_requirements": ["gpu_required": true],
            ])
            let part = try #require(report.parts.first { $0.part == .hardwareSpec })
            #expect(part.status == (row.isValid ? .present : .invalid), "\(row.hardware)")
            #expect(row.isValid || part.detail?.contains("gpu_required is true") == true)
        }
    }

    /// What `reproducibility` leaves out may stand elsewhere; where both say something, the manifest wins and a
    /// contradiction is told.
    @Test func otherMembersFillInAndAreHeldAgainst() throws {
        let elsewhere: JSONObject = [
            "lineage": ["training_code_commit": .string(Self.hex(40))],
            "training_data": ["data_hash": Self.text("sha256:", 64)], "framework": "xgboost",
            "framework_version": "1.7.0", "dependencies": ["python_version": "3.9.0"],
        ]
        let filled = ReproducibilityReport(document: elsewhere)
        let sources: [String?] = filled.parts.map(\.source)
        #expect(
            sources == [
                "lineage.training_code_commit", "training_data.data_hash", nil, nil, nil,
                "dependencies.python_version, framework_version",
            ])
        #expect(filled.manifest.json["framework_versions"] == ["python": "3.9.0", "xgboost": "1.7.0"])
        #expect(filled.score == 0.5)
        #expect(filled.warnings.isEmpty)

        var both: JSONObject = elsewhere
        both.set(
            "reproducibility",
            [
                "code_commit": "bbbbbbb", "data_hash": Self.text("sha256:A", 63),
                "framework_versions": ["python": "3.9.16", "xgboost": "1.7.0"],
            ])
        let report = ReproducibilityReport(document: both)
        #expect(report.manifest.json["code_commit"] == "bbbbbbb")
        #expect(report.parts[0].source == "reproducibility.code_commit")
        #expect(
            report.warnings.filter { $0.contains(", but ") } == [
                "code_commit is bbbbbbb, but lineage.training_code_commit is \(Self.hex(40))",
                "framework_versions says python 3.9.16, but dependencies.python_version says 3.9.0",
            ])

        both.set("reproducibility", ["code_commit": .string(Self.hex(12).uppercased())])
        let abbreviated = ReproducibilityReport(document: both)
        #expect(!abbreviated.warnings.contains { $0.contains(", but ") }, "one commit, abbreviated")
    }
}

import StemmaJSON
import StemmaTesting
import Testing

/// Version numbers that the daemon works out or checks from the signature and features (API.md, section 3).
@Suite struct BumpTests {
    static let base = Metadata.signature(Metadata.field("amount", "float64"), Metadata.field("country", "string"))

    private func model(_ registry: Registry, version: String = "1.2.3") async throws -> String {
        let model = try await registry.model("bump")
        try await registry.version(
            model, version, ["signature": Self.base, "lineage": ["features": ["amount", "country"]]])
        return model
    }

    /// The same interface as `base`.
    private func same(_ fields: JSONObject) -> JSONObject {
        (["signature": Self.base, "lineage": ["features": ["amount", "country"]]] as JSONObject).with(fields)
    }

    @Test(arguments: [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.4"), ("auto", "1.2.4")])
    func bumpCountsFromTheHighestRelease(bump: String, version: String) async throws {
        let registry = try await Registry.shared()
        let model = try await model(registry)
        try await registry.version(
            model, "1.0.7", ["signature": Self.base, "lineage": ["features": ["amount", "country"]]])
        let reply = try await registry.register(model, same(["bump": .string(bump), "framework_version": "1.7.9"]))
        #expect(reply.status == 201 && reply.json["version"] == .string(version), "\(reply)")
    }

    static let changes: [(name: String, signature: JSONValue, version: String)] = [
        (
            "an optional input more",
            Metadata.signature(
                Metadata.field("amount", "float64"), Metadata.field("country", "string"),
                Metadata.field("device", "string", required: false)), "1.3.0"
        ),
        (
            "a required input more",
            Metadata.signature(
                Metadata.field("amount", "float64"), Metadata.field("country", "string"),
                Metadata.field("device", "string")), "2.0.0"
        ),
        ("an input less", Metadata.signature(Metadata.field("amount", "float64")), "2.0.0"),
        (
            "another type", Metadata.signature(Metadata.field("amount", "int64"), Metadata.field("country", "string")),
            "2.0.0"
        ),
        (
            "an input that became required later",
            Metadata.signature(
                Metadata.field("amount", "float64"), Metadata.field("country", "string", required: false)), "1.3.0"
        ),
        (
            "an output more",
            [
                "inputs": [Metadata.field("amount", "float64"), Metadata.field("country", "string")],
                "outputs": [Metadata.field("score", "float64"), Metadata.field("reason", "string")],
            ], "1.3.0"
        ),
        (
            "an output less",
            [
                "inputs": [Metadata.field("amount", "float64"), Metadata.field("country", "string")], "outputs": [],
            ], "2.0.0"
        ),
    ]

    @Test(arguments: changes.indices)
    func autoFollowsTheSignature(index: Int) async throws {
        let change = Self.changes[index]
        let registry = try await Registry.shared()
        let model = try await model(registry)
        let reply = try await registry.register(model, same(["bump": "auto", "signature": change.signature]))
        #expect(reply.status == 201 && reply.json["version"] == .string(change.version), "\(change.name): \(reply)")
    }

    @Test func autoFollowsTheFeatureList() async throws {
        let registry = try await Registry.shared()
        let less = try await model(registry)
        let reply = try await registry.register(less, same(["bump": "auto", "lineage": ["features": ["amount"]]]))
        #expect(reply.status == 201 && reply.json["version"] == "2.0.0", "\(reply)")
    }

    @Test(
        arguments: [["version": "1.2.4"], ["version": "1.9.0"], ["bump": "patch"], ["bump": "minor"]] as [JSONObject])
    func tooSmallABumpIsRefusedWithTheBreakingField(choice: JSONObject) async throws {
        let registry = try await Registry.shared()
        let model = try await model(registry)
        let broken: JSONObject = ["signature": Metadata.signature(Metadata.field("amount", "float64"))]
        let refused = try await registry.register(model, same(broken).with(choice))
        expectProblem(refused, 409, "bump_too_small")
        #expect(refused.text.contains("country"), "it names the breaking field: \(refused)")
        let silent = try await registry.register(model, same(broken).with(choice).with(["allow_breaking": true]))
        expectProblem(silent, 422)
        let allowed = try await registry.register(
            model, same(broken).with(choice).with(["allow_breaking": true, "rationale": "nobody sends the country"]))
        #expect(allowed.status == 201, "\(allowed)")
        let events = try await registry.all("/v1/audit?model=\(model)")
        #expect(events.contains { $0.mentions("nobody sends the country") })
    }

    @Test func newMajorMayBreak() async throws {
        let registry = try await Registry.shared()
        let model = try await model(registry)
        let broken = Metadata.signature(Metadata.field("amount", "float64"))
        let reply = try await registry.register(model, same(["version": "2.0.0", "signature": broken]))
        #expect(reply.status == 201, "\(reply)")
    }

    @Test(
        arguments: [
            ["version": "1.3.0", "bump": "minor"], [:], ["bump": "huge"], ["bump": 1],
        ] as [JSONObject])
    func oneWayToChooseTheNumber(choice: JSONObject) async throws {
        let registry = try await Registry.shared()
        let model = try await model(registry)
        expectProblem(try await registry.register(model, same(choice)), 422)
    }

    @Test func parallelBumpsGetDifferentNumbers() async throws {
        let registry = try await Registry.shared()
        let model = try await model(registry)
        let versions = try await withThrowingTaskGroup(of: String?.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let reply = try await registry.register(
                        model, same(["bump": "patch", "description": .string("worker \(worker)")]))
                    return reply.status == 201 ? reply.json["version"]?.string : nil
                }
            }
            return try await group.reduce(into: [String]()) { if let version = $1 { $0.append(version) } }
        }
        #expect(Set(versions) == Set((4...11).map { "1.2.\($0)" }))
    }
}

import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

/// Versions: registration, immutability, numbers that never come back (API.md, sections 3 and 4).
@Suite struct VersionTests {
    @Test func specificationMetadataComesBackWhole() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("whole")
        let fields: JSONObject = [
            "version": "2.1.3", "description": "January retrain", "domain": "payments", "use_case": "card fraud",
            "change_type": "minor", "tags": ["team": "risk"],
            "metadata": ["note": "free", "tiny": 1e-7, "big": 9_007_199_254_740_991, "list": [1, 2.5, nil, true]],
            "signature": Metadata.signature(Metadata.field("amount", "float64")),
            "risk": ["tier": "high"],
        ]
        let made = try await registry.register(model, fields)
        try #require(made.status == 201, "\(made)")
        let version = made.json
        for member in Metadata.specification.with(fields).members {
            #expect(version[member.name] == member.value, "\(member.name): \(version[member.name] ?? .null)")
        }
        #expect(version["model"] == .string(model))
        #expect(version["model_id"] == .string("\(model)_v2.1.3"))
        #expect(version["number"] == 1)
        #expect(version["status"] == "ready")
        #expect(version["created_by"]?.string?.isEmpty == false)
        #expect(version["state"]?.string?.isEmpty == false)
        #expect(version["aliases"] == [])
        #expect(version["size_bytes"] == .integer(Int64("weights of \(model)".utf8.count)))
        #expect(made["Location"] == "/v1/models/\(model)/versions/2.1.3")
        let read = try await registry.admin.get("/v1/models/\(model)/versions/2.1.3")
        #expect(read.json == version && read.etag == made.etag)
        #expect(try await registry.all("/v1/models/\(model)/versions") == [version])
        #expect(try await registry.admin.get("/v1/model-versions/\(model)_v2.1.3").json == version)
    }

    @Test func artifactsDigestIsThatOfTheModelSigningSubject() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("subject")
        let files: [(String, [UInt8])] = [
            ("b/z.bin", noise(10, seed: 1)), ("a.bin", noise(20, seed: 2)), ("B.bin", []),
        ]
        var list: [JSONValue] = []
        for (path, bytes) in files {
            list.append(["path": .string(path), "digest": .string(try await registry.blob(bytes))])
        }
        let version = try await registry.version(model, "1.0.0", ["artifacts": .array(list)])
        let sorted = files.sorted { $0.0.unicodeScalars.lexicographicallyPrecedes($1.0.unicodeScalars) }
        let joined = sorted.flatMap { SHA256Hasher.digest($0.1).bytes }
        #expect(version["artifacts_digest"] == .string(digest(of: joined)))
        #expect(version["size_bytes"] == 30)
    }

    @Test func manifestDigestBindsTheImmutablePart() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("manifest")
        let first = try await registry.version(model, "1.0.0")
        let manifest = try #require(first["manifest_digest"]?.string)
        #expect(manifest.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        let other = try await registry.version(model, "1.0.1", ["framework_version": "1.7.1"])
        #expect(other["manifest_digest"] != first["manifest_digest"])
        let patched = try await registry.admin.patch("/v1/models/\(model)/versions/1.0.0", ["description": "changed"])
        #expect(patched.json["manifest_digest"] == first["manifest_digest"], "\(patched)")
        try await registry.point(model, "champion", at: "1.0.0")
        let read = try await registry.admin.get("/v1/models/\(model)/versions/1.0.0")
        #expect(read.json["manifest_digest"] == first["manifest_digest"])
    }

    @Test func identicalRegistrationAnswersTheExistingVersion() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("again")
        let first = try await registry.register(model, ["version": "1.0.0"])
        let again = try await registry.register(model, ["version": "1.0.0"])
        #expect(first.status == 201 && again.status == 200, "\(again)")
        #expect(again.json == first.json)
        let different = try await registry.register(model, ["version": "1.0.0", "framework": "lightgbm"])
        expectProblem(different, 409, "version_exists")
        #expect(try await registry.all("/v1/models/\(model)/versions").count == 1)
    }

    @Test func missingBlobsAreAllListed() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("missing")
        let absent = [digest(of: noise(5, seed: 91)), digest(of: noise(5, seed: 92))]
        let present = try await registry.blob([9])
        let reply = try await registry.register(
            model,
            [
                "version": "1.0.0",
                "artifacts": Metadata.artifacts(["a": absent[0], "b": present, "c": absent[1]]),
            ])
        expectProblem(reply, 409, "missing_blobs")
        #expect(absent.allSatisfy { reply.text.contains($0) } && !reply.text.contains(present), "\(reply)")
        #expect(try await registry.all("/v1/models/\(model)/versions").isEmpty)
    }

    @Test func modelMustExistUnlessItIsToBeMade() async throws {
        let registry = try await Registry.shared()
        let model = Registry.name("made")
        expectProblem(try await registry.register(model, ["version": "1.0.0"]), 404, "model_not_found")
        let made = try await registry.register(model, ["version": "1.0.0"], query: "?create_model=true")
        #expect(made.status == 201, "\(made)")
        #expect(try await registry.admin.get("/v1/models/\(model)").status == 200)
        let second = try await registry.register(model, ["version": "1.1.0"], query: "?create_model=true")
        #expect(second.status == 201, "\(second)")
    }

    @Test func failedRegistrationMakesNoModel() async throws {
        let registry = try await Registry.shared()
        let model = Registry.name("unmade")
        let reply = try await registry.register(model, ["version": "nope"], query: "?create_model=true")
        expectProblem(reply, 422)
        expectProblem(try await registry.admin.get("/v1/models/\(model)"), 404)
    }

    @Test func numbersCountRegistrationsAndNeverComeBack() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("numbers")
        for (number, version) in ["3.0.0", "1.0.0", "2.0.0"].enumerated() {
            #expect(try await registry.version(model, version)["number"] == .integer(Int64(number + 1)))
        }
        #expect(try await registry.admin.delete("/v1/models/\(model)/versions/2.0.0").isSuccess)
        expectProblem(try await registry.admin.get("/v1/models/\(model)/versions/2.0.0"), 404, "version_not_found")
        expectProblem(try await registry.register(model, ["version": "2.0.0"]), 409)
        #expect(try await registry.version(model, "2.0.1")["number"] == 4)
    }

    @Test func publishedMetadataIsImmutable() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("immutable")
        let before = try await registry.version(model, "1.0.0")
        for body in [
            ["framework": "other"], ["artifacts": []], ["training_data": ["row_count": 1]], ["version": "1.0.1"],
            ["lineage": ["experiment_id": "x"]], ["signature": nil],
        ] as [JSONValue] {
            let reply = try await registry.admin.patch("/v1/models/\(model)/versions/1.0.0", body)
            expectProblem(reply, 409, "immutable_field")
        }
        expectProblem(try await registry.admin.patch("/v1/models/\(model)/versions/1.0.0", ["nonsense": 1]), 422)
        #expect(try await registry.admin.get("/v1/models/\(model)/versions/1.0.0").json == before)
    }

    @Test func metricsAreAddedAndCorrected() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("metrics")
        try await registry.version(model, "1.0.0")
        let patched = try await registry.admin.patch(
            "/v1/models/\(model)/versions/1.0.0",
            [
                "performance_metrics": ["auc_roc": 0.991, "latency_ms": 4], "tags": ["checked": "yes"],
                "description": "d",
            ])
        try #require(patched.status == 200, "\(patched)")
        #expect(patched.json["performance_metrics"]?["auc_roc"] == 0.991)
        #expect(patched.json["performance_metrics"]?["latency_ms"] == 4)
        #expect(patched.json["performance_metrics"]?["accuracy"] == 0.967)
        #expect(patched.json["tags"] == ["checked": "yes"] && patched.json["description"] == "d")
        let found = try await registry.all(
            "/v1/models/\(model)/versions?filter=\(encoded("metrics.auc_roc = 0.991 AND tags.checked = 'yes'"))")
        #expect(found.count == 1)
        let stale = try await registry.all(
            "/v1/models/\(model)/versions?filter=\(encoded("metrics.auc_roc = 0.982"))")
        #expect(stale.isEmpty)
        let events = try await registry.all("/v1/audit?model=\(model)")
        #expect(
            events.contains { "\($0)".contains("0.982") && "\($0)".contains("0.991") }, "the correction has its history"
        )
    }

    @Test func writesTakeExactVersionsOnly() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("exact")
        try await registry.version(model, "1.0.0")
        try await registry.point(model, "candidate", at: "1.0.0")
        for ref in ["latest", "@candidate", "%5E1.0", "1.x", "~1.0.0"] {
            let patch = try await registry.admin.patch("/v1/models/\(model)/versions/\(ref)", ["description": "x"])
            expectProblem(patch, anyOf: [400, 404, 422])
            expectProblem(
                try await registry.admin.delete("/v1/models/\(model)/versions/\(ref)"), anyOf: [400, 404, 422])
        }
        let alias = try await registry.admin.put("/v1/models/\(model)/aliases/other", ["version": "latest"])
        expectProblem(alias, anyOf: [404, 422])
    }
}

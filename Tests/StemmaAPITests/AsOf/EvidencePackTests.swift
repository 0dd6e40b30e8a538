import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import StemmaTransparency
import Testing

@testable import StemmaAPI

/// Two versions that went into production one after the other, each approved, and the second taken back.
struct PromotionScene {
    let harness: APIHarness
    /// Moments at which 1.0.0, 1.1.0 and 1.0.0 again had come into production.
    let first: Timestamp
    let second: Timestamp
    let restored: Timestamp

    static func with(_ body: (PromotionScene) async throws -> Void) async throws {
        try await APIHarness.with(lifecycle: try gated()) { harness in
            let gates: [String] = ["technical", "business"]
            let bob: APIHarness.Token = .secret(
                try await harness.registry.token("bob", roles: gates.map { "reviewer:" + $0 }))
            var moments: [Timestamp] = []
            for version in ["1.0.0", "1.1.0"] {
                try await harness.publish(
                    "m", version, files: [("model.bin", [1]), ("README.md", [2])],
                    more: GovernanceFixture.complete + #","use_case":"\#(version)""#)
                harness.clock.advance(milliseconds: 1_000)
                let path: String = "/v1/models/m/versions/" + version
                for gate in gates {
                    let review: Reply = await harness.send(
                        .post, path + "/reviews",
                        #"{"gate":"\#(gate)","decision":"approve","evidence":{"report":"\#(gate)"}}"#, token: bob)
                    try #require(review.status == 201, "\(review.text)")
                    harness.clock.advance(milliseconds: 1_000)
                }
                let moved: Reply = await harness.send(
                    .post, path + "/transitions",
                    #"{"to":"production","rationale":"better","evidence":{"a":1},"rollback_plan":"back"}"#)
                try #require(moved.status == 200, "\(moved.text)")
                moments.append(harness.clock.now)
                harness.clock.advance(milliseconds: 60_000)
            }
            let back: Reply = await harness.send(
                .post, "/v1/models/m/versions/1.1.0/rollback", #"{"rationale":"worse"}"#)
            try #require(back.status == 200, "\(back.text)")
            moments.append(harness.clock.now)
            harness.clock.advance(milliseconds: 60_000)
            try await body(
                PromotionScene(harness: harness, first: moments[0], second: moments[1], restored: moments[2]))
        }
    }

    /// Anybody may go anywhere, but into production only with two approvals.
    private static func gated() throws -> JSONValue {
        var definition: JSONObject = try #require(try TestLifecycle.unguarded().object)
        let transitions: [JSONValue] = (definition["transitions"]?.array ?? []).map { rule in
            guard rule["to"] == "production", var changed = rule.object else { return rule }
            changed.set(
                "guards", [["guard": "approval_gates", "parameters": ["gates": ["technical", "business"]]]])
            return .object(changed)
        }
        definition.set("transitions", .array(transitions))
        return .object(definition)
    }

    func production(at moment: Timestamp? = nil) async -> JSONValue {
        await harness.ask(.get, "/v1/models/m/production" + (moment.map { "?as_of=\($0)" } ?? "")).json
    }

    func pack(_ ref: String = "1.0.0", at moment: Timestamp? = nil) async throws -> [UInt8] {
        let target: String = "/v1/models/m/versions/\(ref)/evidence.tar" + (moment.map { "?as_of=\($0)" } ?? "")
        let reply: Reply = await harness.ask(.get, target)
        try #require(reply.status == 200, "\(reply.text)")
        return reply.body
    }

    func key() async throws -> VerifierKey {
        let text: String = await harness.ask(.get, "/v1/audit/log/key").text
        return try VerifierKey(try #require(text.split(separator: "\n").last.map(String.init)))
    }
}

@Suite struct ProductionTests {
    /// By the state of the versions and by the alias, with who approved and the evidence of it, for every moment.
    @Test func whoWasInProductionIsOneRequest() async throws {
        try await PromotionScene.with { scene in
            let before: JSONValue = await scene.production(at: scene.first.adding(milliseconds: -1))
            #expect(before["version"] == .null && before["lifecycle"] == .null && before["agree"] == true, "\(before)")
            for (moment, version, kind) in [
                (scene.first, "1.0.0", "requested"), (scene.second.adding(milliseconds: -1), "1.0.0", "requested"),
                (scene.second, "1.1.0", "requested"), (scene.restored, "1.0.0", "restored"),
            ] {
                let answer: JSONValue = await scene.production(at: moment)
                #expect(answer["version"]?.string == version && answer["agree"] == true, "\(answer)")
                #expect(answer["alias"]?["version"]?.string == version)
                #expect(answer["lifecycle"]?["entry"]?["kind"]?.string == kind)
                let promotion: JSONValue = try #require(answer["lifecycle"]?["promotion"])
                let approvals: [JSONValue] = try #require(promotion["approvals"]?.array)
                #expect(Set(approvals.compactMap { $0["gate"]?.string }) == ["technical", "business"])
                for approval in approvals {
                    let gate: String = approval["gate"]?.string ?? ""
                    #expect(approval["by"] == "bob" && approval["role"]?.string == "reviewer:" + gate)
                    #expect(approval["manifest_digest"] == answer["lifecycle"]?["manifest_digest"])
                    let evidence = SHA256Hasher.digest(Array(#"{"report":"\#(gate)"}"#.utf8))
                    #expect(approval["evidence_digest"]?.string == evidence.description)
                }
                #expect(promotion["guards"]?.array?.first?["passed"] == true)
                let sequence: Int64 = try #require(promotion["sequence"]?.integer)
                let event: Reply = await scene.harness.ask(.get, "/v1/audit?filter=sequence%20%3D%20\(sequence)")
                let told: JSONValue = try #require(event.json["items"]?.array?.first)
                #expect(told["action"] == "promote_version")
                #expect(told["detail"]?["lifecycle_digest"] == promotion["lifecycle_digest"])
                #expect(told["detail"]?["manifest_digest"] == answer["lifecycle"]?["manifest_digest"])
            }
            // The guards of a rollback were asked of the version that it restored.
            let last: JSONValue = await scene.production()
            #expect(last["lifecycle"]?["entry"]?["rationale"] == "worse")
            #expect(last["lifecycle"]?["entry"]?["counterpart_version"] == "1.1.0")
            #expect(
                Set((last["lifecycle"]?["entry"]?["guards"]?.array ?? []).compactMap { $0["name"]?.string })
                    == ["artifact_present", "no_quarantine"])
            let alias: Reply = await scene.harness.ask(
                .get, "/v1/models/m/aliases/production?as_of=\(scene.second)")
            #expect(alias.json["promotion"]?["approvals"]?.array?.count == 2 && alias.json["etag"] != nil)
            #expect(await scene.harness.ask(.get, "/v1/models/absent/production").code == "model_not_found")
            let future: Timestamp = scene.harness.clock.now.adding(milliseconds: 1)
            #expect(await scene.harness.ask(.get, "/v1/models/m/production?as_of=\(future)").status == 422)
        }
    }
}

@Suite struct EvidencePackTests {
    private static func refuses(_ archive: [UInt8], _ key: VerifierKey) -> Bool {
        do {
            _ = try PackVerifier(keys: [key]).verify(archive)
            return false
        } catch {
            return true
        }
    }

    private static func files(_ archive: [UInt8]) throws -> [PackArchive.File] {
        try #require(PackArchive.read(archive))
    }

    private static func archive(_ files: [PackArchive.File]) -> [UInt8] {
        files.flatMap { PackArchive.member($0, seconds: 1) } + PackArchive.end
    }

    @Test func aPackHoldsWhatAuditorsAskAndVerifies() async throws {
        try await PromotionScene.with { scene in
            let key: VerifierKey = try await scene.key()
            let archive: [UInt8] = try await scene.pack()
            let verdict: PackVerifier.Verdict = try PackVerifier(keys: [key]).verify(archive)
            let version: JSONValue = await scene.harness.ask(.get, "/v1/models/m/versions/1.0.0").json
            #expect(verdict.modelID == "m_v1.0.0" && verdict.revealed > 10 && verdict.pruned == 0)
            #expect(verdict.manifestDigest.description == version["manifest_digest"]?.string)
            var files: [String: JSONValue] = [:]
            for file in try Self.files(archive) { files[file.path] = (try? JSONParser.parse(file.bytes)) ?? .null }
            #expect(files["version.json"]?["etag"] == version["etag"])
            func items(_ path: String) -> [JSONValue] { files[path]?["items"]?.array ?? [] }
            #expect(items("artifacts.json").compactMap { $0["path"]?.string } == ["README.md", "model.bin"])
            #expect(
                items("transitions.json").compactMap { $0["kind"]?.string } == ["requested", "displaced", "restored"])
            #expect(items("transitions.json").first?["approvals"]?.array?.count == 2)
            #expect(items("reviews.json").count == 2)
            #expect(items("aliases.json").compactMap { $0["to"]?.string } == ["1.0.0", "1.1.0", "1.0.0"])
            #expect(files.keys.count { $0.hasPrefix("lifecycle/") } == 1)
            #expect(files["lineage.json"]?["nodes"]?.array?.isEmpty == false)
            // The export itself is in the log.
            let events: Reply = await scene.harness.ask(.get, "/v1/audit?action=export_evidence")
            #expect(events.items("model_id") == ["m_v1.0.0"])

            // As of a moment there is nothing of what came later.
            let then: [UInt8] = try await scene.pack(at: scene.first)
            _ = try PackVerifier(keys: [key]).verify(then)
            let past: [PackArchive.File] = try Self.files(then)
            let transitions: JSONValue = try JSONParser.parse(
                try #require(past.first { $0.path == "transitions.json" }).bytes)
            #expect(transitions["items"]?.array?.count == 1)
        }
    }

    @Test func noByteOfAPackCanChange() async throws {
        try await PromotionScene.with { scene in
            let key: VerifierKey = try await scene.key()
            let archive: [UInt8] = try await scene.pack()
            var random = SeededRandom()
            for _ in 0..<400 {
                var changed: [UInt8] = archive
                let position: Int = Int.random(in: changed.indices, using: &random)
                changed[position] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                #expect(Self.refuses(changed, key), "byte \(position) of \(archive.count)")
            }
            for count in [0, 1, 511, 512, archive.count / 2, archive.count - 1_024, archive.count - 1] {
                #expect(Self.refuses(Array(archive.prefix(count)), key), "\(count) bytes")
            }
            #expect(Self.refuses(archive + [0], key))
            // Nor can whole files, by somebody who makes the index anew: the log names the index.
            let files: [PackArchive.File] = try Self.files(archive)
            #expect(!Self.refuses(Self.archive(files), key))
            for (position, file) in files.enumerated() {
                #expect(Self.refuses(Self.archive(files.filter { $0 != file }), key), "without \(file.path)")
                var other: [PackArchive.File] = files
                other[position] = PackArchive.File(path: file.path, bytes: file.bytes + Array(" ".utf8))
                let content: [PackArchive.File] = other.filter {
                    $0.path != "index.json" && !$0.path.hasPrefix("audit/")
                }
                let index: Int = try #require(other.firstIndex { $0.path == "index.json" })
                if file.path != "index.json", !file.path.hasPrefix("audit/") {
                    let old: JSONObject = try #require(try JSONParser.parse(files[index].bytes).object)
                    other[index] = PackArchive.File(
                        path: "index.json",
                        bytes: PackText.index(
                            modelID: "m_v1.0.0",
                            manifestDigest: try #require(Digest(old["manifest_digest"]?.string ?? "")), files: content,
                            more: old))
                }
                #expect(Self.refuses(Self.archive(other), key), "\(file.path) forged")
            }
            let more: [PackArchive.File] = [PackArchive.File(path: "more.json", bytes: [1])] + files
            #expect(Self.refuses(Self.archive(more), key))
            #expect(Self.refuses(Self.archive([files[0]] + files), key))
            // Another log's key, and another version's pack under this one's head, prove nothing.
            let other = try #require(Ed25519PrivateKey(seed: Array(repeating: 9, count: 32)))
            #expect(Self.refuses(archive, try VerifierKey(name: key.name, publicKey: other.publicKey)))
        }
    }

    @Test func packsAreForAuditors() async throws {
        try await PromotionScene.with { scene in
            let harness: APIHarness = scene.harness
            let path: String = "/v1/models/m/versions/1.0.0/evidence.tar"
            let reader: APIHarness.Token = .secret(try await harness.registry.token("r", roles: ["reader"]))
            #expect(await harness.ask(.get, path, token: reader).status == 403)
            let scoped: String = try await harness.registry.token("s", roles: ["auditor"], models: ["m"])
            #expect(await harness.ask(.get, path, token: .secret(scoped)).status == 403)
            let auditor: String = try await harness.registry.token("a", roles: ["auditor"])
            #expect(await harness.ask(.get, path, token: .secret(auditor)).status == 200)
            #expect(
                await harness.ask(.get, "/v1/models/m/versions/9.9.9/evidence.tar").code == "version_not_found")
            #expect(await harness.ask(.get, path + "?as_of=2024-01-01").code == "model_not_found")
            let draft: Reply = await harness.send(
                .post, "/v1/models/m/versions", #"{"version":"2.0.0","draft":true,"artifacts":[]}"#)
            #expect(draft.status == 201)
            #expect(
                await harness.ask(.get, "/v1/models/m/versions/2.0.0/evidence.tar").code == "draft_version")
        }
    }
}

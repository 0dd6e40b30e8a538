import StemmaDigest
import StemmaJSON
import StemmaTesting
import StemmaTransparency
import Testing

@testable import StemmaRegistry

@Suite struct AuditAppenderTests {
    @Test(
        arguments: [
            ("L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
            ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (
                #"{"action":"subject.erased","actor":{"id":"p_0001","kind":"user"},"detail":{"basis":"gdpr-17-1-a","fields":1},"#
                    + #""object":{"id":"p_7f3a","type":"principal"},"outcome":"success","priv":{},"seq":1,"#
                    + #""ts":"2026-01-16T09:00:00.000Z","v":1}"#,
                "c37e89f60a4465ce4fb77fc6f2854064153651d569b99d4280f020b205398ba1"
            ),
        ])
    func hashesLeaves(leaf: String, hash: String) {
        #expect(MerkleHash.leaf(Array(leaf.utf8)).hex == hash)
    }

    @Test func commitsToPrivateValues() {
        let value: [UInt8] = CanonicalJSON.encode(.string("alice@example.com"))
        let commitment: String = Commitment.hex(
            salt: (0..<32).map { UInt8($0) }, field: Array("actor.email".utf8), value: value)
        #expect(commitment == "8ed69a47ce40a7f5aad7f90d370ae38a489faa845c582ff979f13ecff42f824c")
    }

    /// One of everything that writes, by a person whose name and words can be searched for.
    private func useEverything(_ fixture: RegistryFixture) async throws {
        let registry: TestRegistry = fixture.registry
        let person: Principal = try await registry.principal("Wilhelmina Secret", roles: ["publisher", "deployer"])
        let context: RequestContext = registry.context(person)
        let models = ModelService(core: fixture.core)
        let aliases = AliasService(core: fixture.core)
        _ = try await models.registerModel(
            try parse(#"{"name":"m","description":"words-in-description","owner":"owner-person"}"#), context)
        _ = try await models.updateModel("m", try parse(#"{"description":"more-words","metadata":{"x":0.5}}"#), context)
        _ = try await fixture.versions.registerVersion(
            model: "m",
            try parse(
                #"{"version":"1.0.0","description":"words-in-version","performance_metrics":{"auc":0.98},"rationale":"because-words"}"#
            ),
            createsModel: false, context)
        _ = try await fixture.versions.updateVersion(
            model: "m", version: "1.0.0",
            try parse(#"{"performance_metrics":{"auc":0.97},"rationale":"corrected-words"}"#),
            context)
        _ = try await aliases.setAlias(
            model: "m", alias: "champion", try parse(#"{"version":"1.0.0","rationale":"moved-words"}"#), context)
        _ = try await aliases.deleteAlias(model: "m", alias: "champion", context)
        _ = try await fixture.blobService.takeBlob(TestBody.pull([1, 2, 3]), context)
        await registry.refusals.note(
            RefusalLog.Attempt(
                principal: person, requestID: "req-secret", address: "192.0.2.77", action: "delete_model", status: 403,
                code: "permission_denied", resource: .model("m")))
        _ = try await fixture.versions.deleteVersion(model: "m", version: "1.0.0", context)
        _ = try await models.deleteModel("m", context)
    }

    @Test func leavesHoldNoFloatsAndNoPersonalText() async throws {
        try await RegistryFixture.with { fixture in
            try await useEverything(fixture)
            let events: [AuditEvent] = try await fixture.registry.events()
            #expect(events.count >= 12)
            for event in events {
                let leaf: [UInt8] = try #require(event.record.leaf)
                let text = String(decoding: leaf, as: UTF8.self)
                for secret in ["Wilhelmina", "words", "owner-person", "192.0.2.77", "req-", "0.9"] {
                    #expect(!text.contains(secret), "\(secret) in \(text)")
                }
                let value: JSONValue = try JSONParser.parse(leaf)
                #expect(AuditAppenderTests.holdsNoFloat(value))
                #expect(CanonicalJSON.encode(value) == leaf)
                #expect(value["seq"]?.integer == event.record.sequence)
                #expect(MerkleHash.leaf(leaf) == event.record.leafHash)
                try checkCommitments(of: event, leaf: value)
            }
        }
    }

    /// Every private value opens its commitment, and there are as many of both.
    private func checkCommitments(of event: AuditEvent, leaf: JSONValue) throws {
        let commitments: JSONObject = try #require(leaf["priv"]?.object)
        #expect(commitments.count == event.record.privateValues.count)
        var salts: Set<[UInt8]> = []
        for value in event.record.privateValues {
            #expect(value.salt.count == 32)
            #expect(salts.insert(value.salt).inserted)
            let opened: String = Commitment.hex(
                salt: value.salt, field: Array(value.field.utf8), value: value.value)
            #expect(commitments[value.field]?.string == opened)
        }
    }

    private static func holdsNoFloat(_ value: JSONValue) -> Bool {
        switch value {
        case .double: false
        case .array(let items): items.allSatisfy(holdsNoFloat)
        case .object(let object): object.members.allSatisfy { holdsNoFloat($0.value) }
        default: true
        }
    }

    @Test func timestampsNeverRunBackwards() async throws {
        try await RegistryFixture.with { fixture in
            let models = ModelService(core: fixture.core)
            for (index, step) in [0, 5_000, -86_400_000, 1, -3_600_000, 90_000_000].enumerated() {
                fixture.clock.advance(milliseconds: Int64(step))
                _ = try await models.registerModel(try parse(#"{"name":"m\#(index)"}"#), fixture.registry.context())
            }
            let times: [Timestamp] = try await fixture.registry.events().map(\.record.timestamp)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(times.last == fixture.clock.now)
        }
    }

    @Test func sequencesHaveNoGaps() async throws {
        try await RegistryFixture.with { fixture in
            try await useEverything(fixture)
            let sequences: [Int64] = try await fixture.registry.events().map(\.record.sequence)
            #expect(sequences == Array(0..<Int64(sequences.count)))
        }
    }

    @Test func aFractionInPublicDetailIsRefusedAndNothingStored() async throws {
        try await RegistryFixture.with { fixture in
            let before: Int = try await fixture.registry.events().count
            await #expect(throws: (any Error).self) {
                _ = try await fixture.core.gate.mutate("x", fixture.registry.context()) { transaction, _ in
                    try transaction.setSetting("x", to: [1])
                    return MutationGate.Mutation(Answer(.updated), event: AuditDraft(.registry, detail: ["ratio": 0.5]))
                }
            }
            #expect(try await fixture.registry.events().count == before)
            #expect(try await fixture.store.read { try $0.setting("x") } == nil)
        }
    }

    @Test func anOversizedLeafIsRefusedWithItsMutation() async throws {
        try await RegistryFixture.with { fixture in
            await expectRefusal(.validationFailed) {
                _ = try await fixture.core.gate.mutate("x", fixture.registry.context()) { transaction, _ in
                    try transaction.setSetting("x", to: [1])
                    let long = JSONValue.string(String(repeating: "x", count: 40_000))
                    return MutationGate.Mutation(Answer(.updated), event: AuditDraft(.registry, detail: ["long": long]))
                }
            }
            let kept: [UInt8]? = try await fixture.store.read { try $0.setting("x") }
            #expect(kept == nil)
        }
    }
}

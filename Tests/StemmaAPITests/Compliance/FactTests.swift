import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// What is gathered from a registry that has some of everything, held against the vocabulary of facts.
@Suite struct FactTests {
    /// Facts of which the registry knows nothing yet: nothing scans files, and nothing checks signatures. Whoever connects
    /// one takes it out of here.
    private static let unknown: Set<String> = [
        "registry.scanner.rule_set", "version.artifacts.*.verdict", "version.artifacts.*.scanned_at",
        "version.artifacts.*.rule_set", "version.attestations", "version.attestations.*.id",
        "version.attestations.*.kind", "version.attestations.*.is_verified", "version.attestations.*.is_trusted",
    ]

    @Test func everyFactIsGatheredAsTheVocabularyHasIt() async throws {
        try await ComplianceScene.with(policy: RegistryPolicy(auditedReads: [.downloads])) { scene in
            try await fill(scene)
            let facts: JSONValue = try await FactTests.gather(scene)
            let faults: [ShapeFault] = ComplianceFacts.shape(.version).faults(in: facts)
            #expect(faults.isEmpty, "\(faults)")
            var found: Set<String> = []
            FactTests.paths(facts, "", into: &found)
            let missing: Set<String> = Set(ComplianceFacts.all.map(\.path)).subtracting(found)
            #expect(missing.subtracting(FactTests.unknown).sorted() == [])
            #expect(FactTests.unknown.subtracting(missing).sorted() == [], "these are connected now")

            let (version, model): (JSONValue?, JSONValue?) = (facts["version"], facts["model"])
            #expect(version?["risk"]?["computed_tier"]?.integer == 2)
            #expect(version?["risk"]?["annex_iv_headings"]?.array == [1])
            #expect(version?["traffic"]?["percent"]?.integer == 100)
            #expect(version?["traffic"]?["daily_requests"]?.number == 12)
            #expect(version?["monitoring"]?["thresholds"]?.array?.first?["is_breached"]?.bool == true)
            #expect(version?["production_change"]?["has_rollback_plan"]?.bool == true)
            #expect(version?["production_change"]?["approvals"]?.array?.count == 2)
            #expect(version?["erasure_requests"]?.array?.first?["decided_at"] != nil)
            #expect(version?["parents"]?.array?.first?["is_third_party"]?.bool == true)
            #expect(version?["unrecorded_downloads"]?.integer == 0)
            let removal: JSONValue? = facts["registry"]?["scheduled_removals"]?.array?.first
            #expect(removal?["is_deferred"]?.bool == true)
            #expect(removal?["legal_hold"] == facts["registry"]?["legal_holds"]?.array?.first)
            #expect(facts["registry"]?["erasures"]?.array?.first?["ground"]?.string == "legal_hold")
            #expect(model?["states"]?.array?.compactMap(\.string) == ["production"])
            #expect(model?["owners"]?.array?.compactMap { $0["is_active"]?.bool } == [true, false])
            #expect(model?["risk_tier"]?.integer == 2)
            #expect(model?["processes_personal_data"]?.bool == true)
            #expect(model?["service_changes"]?.array?.allSatisfy { $0["transition_at"] != nil } == true)
        }
    }

    /// Everything that all rules ask of the version, with its model and the registry.
    private static func gather(_ scene: ComplianceScene) async throws -> JSONValue {
        let core: RegistryCore = scene.harness.registry.core
        let rules: [ComplianceRule] = core.compliance.library.rules
        let (needs, now): (ComplianceNeeds, Timestamp) = (ComplianceNeeds(rules), core.environment.now())
        let context: ComplianceContext = try await ComplianceContext.load(rules, now: now, core)
        let gathered: (sheet: ComplianceSheet, requests: [DocumentRequest]) = try await core.store.read { reader in
            var sheet: ComplianceSheet = context.registry
            try RegistryDutyFacts.gather(needs, core, context, reader, into: &sheet)
            let model = try ModelSubject(try #require(try reader.model(named: "m")), context, reader)
            try model.gather(needs, into: &sheet)
            let precedence: [UInt8] = try #require(SemanticVersion("1.0.0")).precedenceKey
            let record: VersionRecord = try #require(
                try reader.version(model: model.record.id, precedence: precedence))
            let requests: [DocumentRequest] = try VersionSubject(record, model).gather(needs, into: &sheet)
            return (sheet, requests)
        }
        var sheet: ComplianceSheet = gathered.sheet
        var contents = DocumentContents(core.blobs)
        try await contents.gather(gathered.requests, into: &sheet)
        return sheet.json
    }

    private static func paths(_ value: JSONValue, _ path: String, into found: inout Set<String>) {
        if !path.isEmpty { found.insert(path) }
        for member in value.object?.members ?? [] {
            paths(member.value, path.isEmpty ? member.name : "\(path).\(member.name)", into: &found)
        }
        for item in value.array ?? [] where item.object != nil { paths(item, path + ".*", into: &found) }
    }

    private func fill(_ scene: ComplianceScene) async throws {
        let harness: APIHarness = scene.harness
        let olga: APIHarness.Token = try await scene.token("olga", ["publisher"])
        let metadata: String = """
            ,"use_case":"scoring","signature":{"inputs":[{"name":"x","type":"double"}],\
            "outputs":[{"name":"y","type":"double"}]},"dependencies":{"packages":["a==1"]},\
            "training_data":{"dataset_id":"d1","data_hash":"sha256:9"},"lineage":{"parent_models":["bert_v1.0.0"]},\
            "metadata":{"limitations":"few","rollback_plan":"back","monitoring":{"auc":{"minimum":0.8}}}
            """
        try await scene.publish(
            more: metadata,
            files: [
                ("model.pkl", [0x80, 4, 0x4e, 0x2e]), ("model_card.md", Array("# Intended use".utf8)),
                ("validation_report.pdf", [7]), ("bom.json", RuleInLife.bom([[7]])),
            ])
        try await scene.patchModel(
            """
            {"owner":"olga","use_case":"scoring","tags":{"backup_owner":"bert","phi":"true","phi_group":"olga"},\
            "metadata":{"processing_record":{"controller":"c","purposes":["p"],"subject_categories":["s"],\
            "data_categories":["d"],"recipients":["r"],"transfers":["none"],"erasure_limits":"e",\
            "security_measures":"m"}}}
            """)
        try await scene.put(
            entity: "dataset:d1",
            #"{"personal":true,"lawful_basis":"consent","purpose":"p","retention":"1 y","processing_record":"7"}"#)
        try await scene.put(
            entity: "model:bert_v1.0.0", #"{"licence":"MIT","source_digest":"sha256:1","scanned_at":"2024-01-01"}"#)
        try await scene.review(
            "technical", by: "dora", more: #","evidence":{"validation_report":"validation_report.pdf"}"#)
        try await scene.review("security", by: "sam", more: #","evidence":{"exceptions":{"model.pkl":"2024-03-01"}}"#)
        try await scene.move("production")
        try await scene.assess(
            """
            {"tier":2,"exposure":2,"purpose":3,"ai_act_class":"high","annex_iii_area":"credit",\
            "annex_iv":{"1":"model_card.md"},"retain_until":"2040-01-01",\
            "decision_use":{"profiling":true,"significant_effect":true,"significant_decision":true},\
            "dpia":{"reference":"r","completed_at":"2024-01-01"},"ccpa":{"in_scope":true,"pre_use_notice":"n",\
            "opt_out":"o","access":"a","risk_assessment":"r"}}
            """)
        let at: String = harness.clock.now.description
        let observed: Reply = await harness.send(
            .post, ComplianceScene.version + "/observations",
            #"[{"metric":"auc","value":0.5,"at":"\#(at)"},{"metric":"daily_requests","value":12,"at":"\#(at)"}]"#)
        try #require(observed.status < 300, "\(observed.text)")
        _ = await harness.ask(.get, ComplianceScene.version, [("stemma-consumer", "scorer")])
        try await harness.registry.core.consumerLog.flush()
        try await scene.record(#"{"kind":"attest_model","model":"m"}"#, token: olga)
        try await scene.record(#"{"kind":"review_audit_log"}"#)
        try await scene.record(#"{"kind":"record_incident","model":"m","incident":"i","incident_kind":"death"}"#)
        try await scene.record(#"{"kind":"report_incident","model":"m","incident":"i"}"#)
        try await scene.record(#"{"kind":"record_erasure_request","entity":"dataset:d1"}"#)
        let assessment: Reply = await harness.send(.post, "/v1/lineage/impact", #"{"node":"dataset:d1","reason":"e"}"#)
        _ = await harness.send(
            .post, (assessment.headers["location"] ?? "") + "/acknowledgements", #"{"node":"model:m_v1.0.0"}"#)
        let events: Reply = await harness.ask(.get, "/v1/audit?model=m&limit=500")
        let change: String = try #require(events.items("audit_id").first)
        try await scene.record(#"{"kind":"declare_emergency_change","change":"\#(change)"}"#)
        try await scene.record(
            #"{"kind":"review_emergency_change","change":"\#(change)"}"#,
            token: try await scene.token("rosa", ["reviewer:business"]))
        try await scene.post("/v1/legal-holds", #"{"subject":"sam","reason":"case 17"}"#)
        try await scene.post("/v1/erasures", #"{"subject":"sam","legal_basis":"gdpr-17-1-a"}"#)
        try await scene.scan()
        try await scene.attendToTheLog()
    }
}

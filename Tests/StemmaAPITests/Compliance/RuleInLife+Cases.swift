import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

extension RuleInLife {
    static let inventory: [RuleInLife] = [
        RuleInLife(
            "INV-01", "m", fail: { try await $0.serve("validation") },
            mend: { scene in
                _ = try await scene.token("olga", ["reader"])
                _ = try await scene.token("bert", ["reader"])
                try await scene.patchModel(#"{"owner":"olga","tags":{"backup_owner":"bert"}}"#)
            }),
        RuleInLife(
            "INV-02", fail: { try await $0.serve("staging") },
            mend: { try await $0.patchModel(#"{"use_case":"scoring"}"#) }),
        RuleInLife(
            "INV-03", fail: { try await $0.serve("staging") },
            mend: { try await $0.assess(#"{"tier":2,"exposure":2,"purpose":3}"#) }),
        RuleInLife(
            "INV-04", "m",
            fail: { scene in
                try await scene.serve("staging")
                try await scene.patchModel(#"{"owner":"olga"}"#)
            },
            mend: { scene in
                try await scene.record(
                    #"{"kind":"attest_model","model":"m"}"#, token: try await scene.token("olga", ["reader"]))
            }),
        RuleInLife(
            "INV-05",
            fail: { scene in
                try await scene.serve("deprecated")
                _ = await scene.harness.send(.put, ComplianceScene.model + "/aliases/old", #"{"version":"1.0.0"}"#)
            },
            mend: { _ = await $0.harness.ask(.delete, ComplianceScene.model + "/aliases/old") }),
    ]

    static let documents: [RuleInLife] = [
        RuleInLife(
            "DOC-01", fail: { try await $0.serve("staging") }, mend: { try await $0.move("validation") }),
        RuleInLife(
            "DOC-02",
            fail: { scene in
                try await scene.serve("staging")
                try await scene.assess(#"{"tier":"high","ai_act_class":"high","annex_iv":{"1":"README.md"}}"#)
            },
            mend: { scene in
                let headings: String = (1...9).map { #""\#($0)":"README.md""# }.joined(separator: ",")
                try await scene.assess(#"{"tier":"high","ai_act_class":"high","annex_iv":{\#(headings)}}"#)
            }),
        RuleInLife(
            "DOC-03",
            fail: { scene in
                try await scene.publish()
                // As if somebody had put it there past the lifecycle.
                try await scene.harness.place("m", "1.0.0", in: .production)
            },
            mend: { scene in
                try await scene.move("staging")
                try await scene.move("production")
            }),
        RuleInLife(
            "DOC-04",
            fail: { scene in
                try await scene.serve()
                try await scene.assess(#"{"tier":1,"ai_act_class":"high","retain_until":"2033-01-01"}"#)
            },
            mend: { try await $0.assess(#"{"tier":1,"ai_act_class":"high","retain_until":"2035-01-01"}"#) }),
    ]

    static let logging: [RuleInLife] = [
        RuleInLife("LOG-02", "registry", fail: { _ in }, mend: { try await $0.attendToTheLog() }),
        RuleInLife(
            "LOG-03", "registry", fail: { _ in },
            mend: { scene in
                try await scene.record(
                    #"{"kind":"review_audit_log"}"#, token: try await scene.token("aude", ["auditor"]))
            }),
    ]

    static let duties: [RuleInLife] = [
        RuleInLife(
            "SOD-01",
            fail: { scene in
                try await scene.publish()
                let roles: [String] = ["publisher", "reviewer:technical"]
                try await scene.review("technical", by: "carol", roles: roles)
                try await scene.move("production")
                let carol: APIHarness.Token = try await scene.token("carol", roles)
                _ = await scene.harness.send(
                    .patch, ComplianceScene.version, #"{"performance_metrics":{"auc_roc":0.99}}"#, token: carol)
            },
            mend: { scene in
                try await scene.move("staging")
                try await scene.review("technical", by: "dora")
                try await scene.move("production")
            }),
        RuleInLife(
            "SOD-02",
            fail: { scene in
                try await scene.publish()
                try await scene.review("technical", by: "dora")
                try await scene.move("production")
            },
            mend: { scene in
                try await scene.move("staging")
                try await scene.review("business", by: "emil")
                try await scene.move("production")
            }),
        RuleInLife(
            "SOD-03",
            fail: { scene in
                try await scene.publish()
                try await scene.review("technical", by: "dave")
                try await scene.move("production", token: try await scene.token("dave", ["deployer"]))
            },
            mend: { scene in
                try await scene.move("staging")
                try await scene.move("production")
            }),
        RuleInLife(
            "SOD-04", "registry",
            fail: { scene in _ = try await scene.token("both", ["publisher", "reviewer:security"]) },
            mend: { scene in
                let tokens: Reply = await scene.harness.ask(.get, "/v1/tokens")
                let token: JSONValue? = tokens.json["items"]?.array?.first { $0["subject"]?.string == "both" }
                _ = await scene.harness.ask(.delete, "/v1/tokens/" + (token?["id"]?.string ?? ""))
            }),
    ]

    static let changes: [RuleInLife] = [
        RuleInLife(
            "CHG-01",
            fail: { scene in
                try await scene.publish()
                try await scene.move("production", "")
            },
            mend: { scene in
                try await scene.move("staging")
                try await scene.move("production")
            }),
        RuleInLife(
            "CHG-02",
            fail: { scene in
                try await scene.publish()
                try await scene.review("technical", by: "dora")
                try await scene.move("production")
                // The registry counts no approval of something else; this is done past it.
                try await scene.tamper("UPDATE version SET manifest_digest = zeroblob(32)")
            },
            mend: { scene in
                try await scene.tamper("UPDATE version SET manifest_digest = (SELECT manifest_digest FROM review)")
            }),
        RuleInLife(
            "CHG-03", "m", lifecycle: try? TestLifecycle.protecting(["stable"]),
            fail: { scene in
                try await scene.publish()
                let reply: Reply = await scene.harness.send(
                    .put, ComplianceScene.model + "/aliases/stable", #"{"version":"1.0.0"}"#)
                try #require(reply.status == 201, "\(reply.text)")
            },
            // What happened cannot be undone; it is looked at for a year.
            mend: { $0.pass(days: 366) }),
        RuleInLife(
            "CHG-04", "m",
            fail: { scene in
                try await scene.serve()
                let events: Reply = await scene.harness.ask(.get, "/v1/audit?model=m&order_by=sequence%20desc")
                let change: String = try #require(events.items("audit_id").first)
                try await scene.record(#"{"kind":"declare_emergency_change","change":"\#(change)"}"#)
                scene.pass(days: 8)
            }, mend: { $0.pass(days: 366) }),
        RuleInLife(
            "CHG-05", fail: { try await $0.serve() },
            mend: { scene in
                try await scene.harness.approve("m", "1.0.0")
            }),
    ]

    static let validation: [RuleInLife] = [
        RuleInLife(
            "VAL-01", fail: { try await $0.serve() },
            mend: { scene in
                try await scene.review(
                    "technical", by: "vera", more: #","evidence":{"validation_report":"README.md"}"#)
            }),
        RuleInLife(
            "VAL-02", fail: { try await $0.serve() },
            mend: { scene in
                let at: String = scene.harness.clock.now.description
                let reply: Reply = await scene.harness.send(
                    .post, ComplianceScene.version + "/observations",
                    #"[{"metric":"auc_roc","value":0.9,"at":"\#(at)"}]"#)
                try #require(reply.status < 300, "\(reply.text)")
            }),
        RuleInLife(
            "VAL-03", "registry",
            fail: { scene in
                try await scene.serve("validation")
                try await scene.scan(#"{"frameworks":["model-risk"]}"#)
                scene.pass(days: 31)
                // Only the risk stays undone.
                try await scene.attendToTheLog()
            },
            mend: { scene in
                try await scene.assess(#"{"tier":4,"exposure":4,"purpose":4}"#)
                try await scene.attendToTheLog()
            }),
        RuleInLife(
            "VAL-04",
            fail: { scene in
                try await scene.serve("staging")
                try await scene.assess(#"{"tier":1,"annex_iii_area":"employment"}"#)
            }, mend: { try await $0.assess(#"{"tier":1}"#) }),
    ]

    static let data: [RuleInLife] = [
        RuleInLife(
            "DAT-01", fail: { try await $0.serve() },
            mend: { try await $0.put(entity: "dataset:d1", #"{"data_hash":"sha256:1"}"#) }),
        RuleInLife(
            "DAT-02",
            fail: { scene in
                try await scene.serve("validation")
                try await scene.put(entity: "dataset:d1", #"{"personal":true,"lawful_basis":"consent"}"#)
            },
            mend: { scene in
                try await scene.put(
                    entity: "dataset:d1",
                    """
                    {"personal":true,"lawful_basis":"consent","purpose":"p","retention":"1 y","processing_record":"7"}
                    """
                )
            }),
        RuleInLife(
            "DAT-03", "m",
            fail: { scene in
                try await scene.serve("validation")
                try await scene.patchModel(#"{"tags":{"personal_data":"true"}}"#)
            },
            mend: { scene in
                try await scene.patchModel(
                    """
                    {"metadata":{"processing_record":{"controller":"c","purposes":["p"],"subject_categories":["s"],\
                    "data_categories":["d"],"recipients":["r"],"transfers":"none","erasure_limits":"e",\
                    "security_measures":"m"}}}
                    """)
            }),
        RuleInLife(
            "DAT-04",
            fail: { scene in
                try await scene.serve("staging")
                try await scene.assess(#"{"tier":1,"decision_use":{"profiling":true,"significant_effect":true}}"#)
            },
            mend: { scene in
                try await scene.assess(
                    """
                    {"tier":1,"decision_use":{"profiling":true,"significant_effect":true},\
                    "dpia":{"reference":"DPIA-7","completed_at":"2024-01-02"}}
                    """)
            }),
        RuleInLife(
            "DAT-05",
            fail: { scene in
                try await scene.serve("validation")
                try await scene.record(#"{"kind":"record_erasure_request","entity":"dataset:d1"}"#)
                scene.pass(days: 31)
            },
            mend: { scene in
                let made: Reply = await scene.harness.send(
                    .post, "/v1/lineage/impact", #"{"node":"dataset:d1","reason":"erasure"}"#)
                let assessment: String = try #require(made.headers["location"], "\(made.text)")
                let done: Reply = await scene.harness.send(
                    .post, assessment + "/acknowledgements", #"{"node":"model:m_v1.0.0","comment":"trained again"}"#)
                try #require(done.status == 200, "\(done.text)")
            }),
        RuleInLife(
            "CCPA-01",
            fail: { scene in
                try await scene.serve("staging")
                try await scene.assess(
                    #"{"tier":1,"decision_use":{"significant_decision":true},"ccpa":{"in_scope":true}}"#)
            },
            mend: { scene in
                try await scene.assess(
                    """
                    {"tier":1,"decision_use":{"significant_decision":true},"ccpa":{"in_scope":true,\
                    "pre_use_notice":"n","opt_out":"o","access":"a","risk_assessment":"r"}}
                    """)
            }),
        RuleInLife(
            "INC-01", "m",
            fail: { scene in
                try await scene.serve()
                try await scene.record(
                    """
                    {"kind":"record_incident","model":"m","version":"1.0.0","incident":"i1","incident_kind":"serious",\
                    "occurred_at":"2023-12-30T00:00:00Z"}
                    """)
            },
            mend: { scene in
                try await scene.record(
                    """
                    {"kind":"report_incident","model":"m","incident":"i1","occurred_at":"2024-01-05T00:00:00Z"}
                    """)
            }),
    ]

    /// What becomes of people's data, and what must not.
    static let privacy: [RuleInLife] = [
        RuleInLife(
            "PHI-01", policy: RegistryPolicy(auditedReads: [.downloads]),
            fail: { scene in
                try await scene.serve()
                _ = try await scene.token("eve", ["reader"])
                try await scene.patchModel(#"{"tags":{"phi":"true","phi_group":"admin"}}"#)
            }, mend: { try await $0.patchModel(#"{"tags":{"phi_group":"admin, eve"}}"#) }),
        RuleInLife(
            "HOLD-01", "registry",
            fail: { scene in
                try await scene.publish()
                try await scene.post(ComplianceScene.model + "/versions", #"{"version":"2.0.0","draft":true}"#)
                try await scene.post("/v1/legal-holds", #"{"model":"m","reason":"case 17"}"#)
                scene.pass(days: 6)
            }, mend: { try await $0.post(ComplianceScene.model + "/versions/2.0.0/publish", "{}") }),
        RuleInLife(
            "DAT-06", "registry", fail: { try await $0.letErasureLapse("gdpr-17-1-a", days: 31) },
            mend: { try await $0.maintain() }),
        RuleInLife(
            "CCPA-02", "registry", fail: { try await $0.letErasureLapse("ccpa-1798-105", days: 46) },
            mend: { try await $0.maintain() }),
    ]

    private static let pickle: [UInt8] = [0x80, 0x04, 0x95, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x4e, 0x2e]

    static let security: [RuleInLife] = [
        RuleInLife(
            "SEC-01",
            fail: { scene in
                try await scene.publish(files: [("model.pkl", pickle), ("README.md", [35])])
                try await scene.move("production")
            },
            mend: { scene in
                try await scene.review(
                    "security", by: "sam", more: #","evidence":{"exceptions":{"model.pkl":"2024-03-01"}}"#)
            }),
        RuleInLife(
            "SEC-04",
            fail: { scene in
                try await scene.publish(files: [("model.bin", [1]), ("bom.json", bom([[1], [2]]))])
                try await scene.move("staging")
            }, mend: { try await $0.move("validation") }),
        RuleInLife(
            "SEC-05",
            fail: { scene in
                try await scene.serve(
                    "staging", more: #","lineage":{"parent_models":["bert_v1.0.0"]}"#)
            },
            mend: { scene in
                try await scene.put(
                    entity: "model:bert_v1.0.0",
                    #"{"licence":"Apache-2.0","source_digest":"sha256:1","scanned_at":"2024-01-01"}"#)
            }),
    ]

    /// A CycloneDX bill of files with these contents.
    static func bom(_ files: [[UInt8]]) -> [UInt8] {
        let components: [String] = files.map { bytes in
            let hex: Substring = APIHarness.digest(bytes).dropFirst("sha256:".count)
            return #"{"type":"file","hashes":[{"alg":"SHA-256","content":"\#(hex)"}]}"#
        }
        return Array(#"{"bomFormat":"CycloneDX","components":[\#(components.joined(separator: ","))]}"#.utf8)
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct GovernanceReviewTests {
    @Test func aVersionPassesItsGates() async throws {
        try await GovernanceFixture.with { fixture in
            let before: Reply = await fixture.read("/gates")
            #expect(before.status == 200)
            #expect(
                before.json.object?.members.map(\.name) == [
                    "model_id", "manifest_digest", "evidence_revision", "lifecycle_revision", "technical", "business",
                    "operational", "security", "all_passed",
                ])
            #expect(before.json["all_passed"] == false)
            #expect(before.json["technical"]?["passed"] == false)
            #expect(before.json["technical"]?["issues"]?.array?.contains("0 of 1 approvals") == true)
            let etag: String = try #require(await fixture.read().headers["etag"])
            for gate in Role.gates {
                let reply: Reply = await fixture.approve(gate, token: fixture.carol)
                #expect(reply.status == 201, "\(reply.text)")
                #expect(reply.headers["location"] == GovernanceFixture.version + "/reviews")
                #expect(reply.json["gate_status"] == ["passed": true, "issues": []])
                #expect(reply.json["valid"] == true)
                #expect(reply.json["by"] == "carol")
                #expect(reply.json["role"]?.string == "reviewer:" + gate)
                #expect(reply.json["model_id"] == "m_v1.0.0")
            }
            let after: Reply = await fixture.read("/gates")
            #expect(after.json["all_passed"] == true, "\(after.text)")
            #expect(after.json["technical"]?["approvals"] == ["required": 1, "valid": 1])
            #expect(after.headers["content-location"] == GovernanceFixture.version + "/gates")
            let unmodified: [(String, String)] = [("if-none-match", try #require(after.headers["etag"]))]
            let path: String = "/v1/models/m/versions/latest/gates"
            #expect(await fixture.harness.ask(.get, path, unmodified).status == 304)
            #expect(await fixture.harness.ask(.get, path).body == after.body)
            // Reviews are about the version; they do not change it.
            #expect(await fixture.read().headers["etag"] == etag)
            #expect(after.json["evidence_revision"] == 1)
            // Ninety days later the approvals are over.
            fixture.harness.clock.advance(milliseconds: 90 * 86_400_000)
            #expect(await fixture.read("/gates").json["all_passed"] == false)
            let items: [JSONValue] = await fixture.read("/reviews").json["items"]?.array ?? []
            #expect(items.count == 4 && items.allSatisfy { $0["valid"] == false })
        }
    }

    @Test func anApprovalNamesWhatItAttests() async throws {
        try await GovernanceFixture.with { fixture in
            let whole: Reply = await fixture.approve("technical", token: fixture.bob)
            #expect(whole.json["items"] == ["code_quality": true, "security_vulnerability_scan": true])
            let partial: Reply = await fixture.review(
                #"{"gate":"technical","decision":"approve","items":{"code_quality":true}}"#, token: fixture.bob)
            #expect(partial.json["items"] == ["code_quality": true])
            #expect(partial.json["gate_status"]?["issues"] == ["security_vulnerability_scan: not attested"])
            let rejected: Reply = await fixture.review(
                #"{"gate":"technical","decision":"reject","items":{"code_quality":false},"comment":"untested"}"#,
                token: fixture.bob)
            #expect(rejected.json["gate_status"]?["passed"] == false)
            let wanting: JSONValue = "code_quality: found wanting by bob"
            #expect(rejected.json["gate_status"]?["issues"]?.array?.contains(wanting) == true)
            let list: Reply = await fixture.read("/reviews")
            #expect(list.items("decision") == ["reject", "approve", "approve"])
            #expect(list.json["items"]?.array?.map { $0["valid"] } == [true, false, false])
            #expect(list.headers["content-location"] == GovernanceFixture.version + "/reviews")
            #expect(list.json["items"]?.array?.allSatisfy { $0["gate_status"] == nil } == true)
        }
    }

    private static let refusals: [(body: String, status: Int, code: String, pointer: String?)] = [
        (#"{"gate":"technical"}"#, 422, "validation_failed", "/decision"),
        (#"{"gate":"legal","decision":"approve"}"#, 422, "validation_failed", "/gate"),
        (#"{"gate":"technical","decision":"maybe"}"#, 422, "validation_failed", "/decision"),
        (#"{"gate":"technical","decision":"comment"}"#, 422, "validation_failed", "/comment"),
        (#"{"gate":"technical","decision":"comment","comment":" "}"#, 422, "validation_failed", "/comment"),
        (#"{"gate":"technical","decision":"approve","why":1}"#, 422, "validation_failed", "/why"),
        (
            #"{"gate":"technical","decision":"approve","items":{"code_quality":"yes"}}"#, 422, "validation_failed",
            "/items/code_quality"
        ),
        (
            #"{"gate":"technical","decision":"approve","items":{"beauty":true}}"#, 422, "validation_failed",
            "/items/beauty"
        ),
        (
            #"{"gate":"technical","decision":"reject","items":{"performance_validation":false}}"#, 422,
            "validation_failed", "/items/performance_validation"
        ),
        (#"{"gate":"security","decision":"approve"}"#, 403, "permission_denied", nil),
        ("{", 400, "malformed_json", nil),
    ]

    @Test func reviewsAreChecked() async throws {
        try await GovernanceFixture.with { fixture in
            for row in GovernanceReviewTests.refusals {
                let reply: Reply = await fixture.review(row.body, token: fixture.bob)
                #expect(reply.status == row.status, "\(row) \(reply.text)")
                #expect(reply.code == row.code, "\(row)")
                if let pointer = row.pointer { #expect(reply.pointers == [pointer], "\(row)") }
            }
            let evaluated: Reply = await fixture.review(
                #"{"gate":"technical","decision":"approve","items":{"resource_requirements":true}}"#,
                token: fixture.bob)
            #expect(evaluated.text.contains("evaluated by the registry itself"))
            let roles: Reply = await fixture.approve("security", token: fixture.bob)
            #expect(roles.json["detail"]?.string?.contains("admin or reviewer:security") == true)
            let large: String = String(repeating: "x", count: 20_000)
            let evidence: Reply = await fixture.review(
                #"{"gate":"technical","decision":"approve","evidence":{"a":"\#(large)"}}"#, token: fixture.bob)
            #expect(evidence.pointers == ["/evidence"])
            let publisher: Reply = await fixture.approve("technical", token: fixture.alice)
            #expect(publisher.status == 403)
            #expect(publisher.json["detail"]?.string?.contains("versions:review") == true)
            #expect(publisher.json["detail"]?.string?.contains("reviewer:<gate> or admin") == true)
            #expect(await fixture.approve("technical", token: .none).status == 401)
            for (path, status) in [
                ("/v1/models/n/versions/1.0.0", 404), ("/v1/models/m/versions/2.0.0", 404),
                ("/v1/models/m/versions/latest", 404), ("/v1/models/m/versions/^1.0", 404),
            ] {
                #expect(await fixture.approve("technical", token: fixture.bob, version: path).status == status)
            }
            let elsewhere: String = try await fixture.harness.registry.token(
                "dave", roles: ["reviewer:technical"], models: ["other"])
            #expect(await fixture.approve("technical", token: .secret(elsewhere)).status == 404)
            #expect(await fixture.read("/reviews").json["items"] == [])
            #expect(try await fixture.events("review_version").allSatisfy { $0["outcome"] != "success" })
        }
    }

    @Test func draftsAreNotReviewed() async throws {
        try await GovernanceFixture.with { fixture in
            _ = await fixture.harness.send(
                .post, "/v1/models/m/versions", #"{"version":"1.0.1","draft":true}"#, token: fixture.alice)
            let draft: String = "/v1/models/m/versions/1.0.1"
            let reply: Reply = await fixture.approve("technical", token: fixture.bob, version: draft)
            #expect(reply.status == 409)
            #expect(reply.code == "draft_version")
            let gates: Reply = await fixture.read("/gates", version: draft)
            #expect(gates.status == 200)
            #expect(gates.json["manifest_digest"]?.isNull == true)
            #expect(gates.json["all_passed"] == false)
        }
    }

    /// A gate that the lifecycle in force does not have, and items that were added after an approval.
    @Test func theLifecycleInForceDecides() async throws {
        try await GovernanceFixture.with { fixture in
            #expect(await fixture.approve("technical", token: fixture.bob).status == 201)
            #expect(await fixture.approve("security", token: fixture.carol).status == 201)
            let patch: JSONValue = [
                "gates": [
                    "security": nil,
                    "technical": [
                        "quorum": 2, "items": [["item": "fairness", "title": "Fairness"]],
                    ],
                ],
                "transitions": [["from": "development", "to": "validation", "requested_by": ["admin"]]],
                "environments": nil, "rollout": nil,
            ]
            let definition: LifecycleDefinition = try TestLifecycle.standard(patchedBy: patch)
            let text: [UInt8] = CanonicalJSON.encode(definition.json)
            let now: Timestamp = fixture.harness.clock.now
            try await fixture.harness.registry.core.store.write(
                { try $0.insertLifecycleDefinition(text, revision: 2, at: now, by: nil) }, committed: nil)
            let gone: Reply = await fixture.approve("security", token: fixture.carol)
            #expect(gone.status == 422)
            #expect(gone.pointers == ["/gate"])
            let gates: Reply = await fixture.read("/gates")
            #expect(gates.json["security"] == nil)
            #expect(gates.json["lifecycle_revision"] == 2)
            let issues: JSONValue = ["fairness: not attested", "1 of 2 approvals"]
            #expect(gates.json["technical"]?["issues"] == issues)
            #expect(GovernanceService.gatesShape.faults(in: gates.json).isEmpty)
            let reasons: [JSONValue?] =
                await fixture.read("/reviews").json["items"]?.array?.map {
                    $0["voided_because"]
                } ?? []
            #expect(reasons == ["the lifecycle in force has no gate security", .null])
            #expect(await fixture.approve("technical", token: fixture.carol).json["gate_status"]?["passed"] == true)
        }
    }

    @Test func authorsDoNotApproveWhateverTokenTheyUse() async throws {
        try await GovernanceFixture.with { fixture in
            let other: APIHarness.Token = .secret(
                try await fixture.harness.registry.token("alice", roles: ["reviewer:technical", "admin"]))
            let reply: Reply = await fixture.approve("technical", token: other)
            #expect(reply.status == 403)
            #expect(reply.code == "self_approval")
            let comment: Reply = await fixture.review(
                #"{"gate":"technical","decision":"comment","comment":"please look at the loss"}"#, token: other)
            #expect(comment.status == 201)
            let reject: Reply = await fixture.review(#"{"gate":"technical","decision":"reject"}"#, token: other)
            #expect(reject.status == 201)
            #expect(reject.json["valid"] == true)
            let approved: Reply = await fixture.approve("technical", token: fixture.bob)
            #expect(approved.json["gate_status"]?["issues"] == ["rejected by alice"])
        }
    }

    /// Whoever had a hand in a version is its author as well: files, publication, metrics.
    @Test func contributorsDoNotApprove() async throws {
        typealias Hand = @Sendable (_ draft: String, APIHarness.Token) async -> Reply
        try await GovernanceFixture.with { fixture in
            let harness: APIHarness = fixture.harness
            let alice: APIHarness.Token = fixture.alice
            let hands: [(name: String, act: Hand)] = [
                ("puts a file", { await harness.ask(.put, $0 + "/artifacts/x", token: $1, body: .bytes([1])) }),
                ("deletes a file", { await harness.ask(.delete, $0 + "/artifacts/f", token: $1) }),
                ("changes the draft", { await harness.send(.patch, $0, #"{"risk":{"tier":"low"}}"#, token: $1) }),
                ("publishes", { await harness.ask(.post, $0 + "/publish", token: $1) }),
                (
                    "corrects metrics",
                    { draft, token in
                        _ = await harness.ask(.post, draft + "/publish", token: alice)
                        let patch: String = #"{"performance_metrics":{"accuracy":0.99}}"#
                        return await harness.send(.patch, draft, patch, token: token)
                    }
                ),
            ]
            for (index, hand) in hands.enumerated() {
                let draft: String = "/v1/models/m/versions/2.0.\(index)"
                let made: Reply = await harness.send(
                    .post, "/v1/models/m/versions", #"{"version":"2.0.\#(index)","draft":true}"#, token: alice)
                try #require(made.status == 201, "\(made.text)")
                _ = await harness.ask(.put, draft + "/artifacts/f", token: alice, body: .bytes([1]))
                let token: APIHarness.Token = .secret(
                    try await harness.registry.token("hand\(index)", roles: ["publisher", "reviewer:technical"]))
                let touched: Reply = await hand.act(draft, token)
                #expect(touched.status < 300, "\(hand.name): \(touched.text)")
                _ = await harness.ask(.post, draft + "/publish", token: alice)
                let reply: Reply = await fixture.approve("technical", token: token, version: draft)
                #expect(reply.code == "self_approval", "\(hand.name): \(reply.text)")
                let other: Reply = await fixture.approve("technical", token: fixture.bob, version: draft)
                #expect(other.status == 201, "\(hand.name): \(other.text)")
            }
        }
    }

    @Test func anyChangeOfWhatWasReviewedVoidsApprovals() async throws {
        try await GovernanceFixture.with { fixture in
            let changes: [String] = [
                #"{"performance_metrics":{"accuracy":0.95}}"#, #"{"description":"now described"}"#,
                #"{"tags":{"team":"fraud"}}"#,
            ]
            for (index, change) in changes.enumerated() {
                let approved: Reply = await fixture.approve("technical", token: fixture.bob)
                #expect(approved.json["gate_status"]?["passed"] == true)
                let id: String = try #require(approved.json["id"]?.string)
                let revision = Int64(index + 1)
                #expect(approved.json["evidence_revision"] == .integer(revision))
                let patched: Reply = await fixture.harness.send(
                    .patch, GovernanceFixture.version, change, token: fixture.carol)
                #expect(patched.status == 200, "\(patched.text)")
                #expect(patched.json["evidence_revision"] == .integer(revision + 1))
                let read: Reply = await fixture.read()
                #expect(patched.headers["etag"] == read.headers["etag"])
                #expect(patched.body == read.body)
                let standing: JSONValue = try await fixture.standing(id)
                #expect(standing["valid"] == false)
                #expect(
                    standing["voided_because"]?.string
                        == "the evidence changed after it (revision \(revision), now \(revision + 1))")
                #expect(await fixture.read("/gates").json["technical"]?["passed"] == false)
                // The same again changes nothing.
                let again: Reply = await fixture.harness.send(
                    .patch, GovernanceFixture.version, change, token: fixture.carol)
                #expect(again.headers["etag"] == patched.headers["etag"])
                #expect(again.json["evidence_revision"] == .integer(revision + 1))
            }
            let events: [JSONValue] = try await fixture.events("update_version")
            #expect(events.map { $0["detail"]?["evidence_revision"] } == [2, 3, 4])
            // Carol changed metrics; words of hers count no more.
            #expect(await fixture.approve("business", token: fixture.carol).code == "self_approval")
        }
    }

    /// Who only describes or tags a version has no hand in it.
    @Test func tagsMakeNobodyAnAuthor() async throws {
        try await GovernanceFixture.with { fixture in
            _ = await fixture.harness.send(
                .patch, GovernanceFixture.version, #"{"tags":{"a":"b"},"description":"d"}"#, token: fixture.carol)
            #expect(await fixture.approve("business", token: fixture.carol).status == 201)
        }
    }

    @Test func aReviewerWhoChangesMetricsLaterNoLongerCounts() async throws {
        try await GovernanceFixture.with { fixture in
            let approved: Reply = await fixture.approve("technical", token: fixture.carol)
            #expect(approved.status == 201)
            _ = await fixture.harness.send(
                .patch, GovernanceFixture.version, #"{"performance_metrics":{"accuracy":0.95}}"#, token: fixture.carol)
            #expect(await fixture.approve("technical", token: fixture.carol).code == "self_approval")
            #expect(await fixture.approve("technical", token: fixture.bob).json["gate_status"]?["passed"] == true)
        }
    }

    @Test func conditionsAndRepeatsAreHonoured() async throws {
        try await GovernanceFixture.with { fixture in
            let body: String = #"{"gate":"technical","decision":"approve","comment":"fine"}"#
            let stale: Reply = await fixture.review(body, token: fixture.bob, [("if-match", "\"0\"")])
            #expect(stale.status == 412)
            let etag: String = try #require(await fixture.read().headers["etag"])
            #expect(await fixture.review(body, token: fixture.bob, [("if-match", etag)]).status == 201)
            _ = await fixture.harness.send(
                .patch, GovernanceFixture.version, #"{"tags":{"a":"b"}}"#, token: fixture.alice)
            #expect(await fixture.review(body, token: fixture.bob, [("if-match", etag)]).status == 412)
            let key: [(String, String)] = [("idempotency-key", "k1")]
            let first: Reply = await fixture.review(body, token: fixture.bob, key)
            let again: Reply = await fixture.review(body, token: fixture.bob, key)
            #expect(again.body == first.body)
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(await fixture.read("/reviews").items("id").count == 2)
        }
    }

    @Test func reviewsAreInTheLog() async throws {
        try await GovernanceFixture.with { fixture in
            let reply: Reply = await fixture.review(
                #"{"gate":"technical","decision":"approve","comment":"read it all","evidence":{"report":"r.pdf"}}"#,
                token: fixture.bob)
            let event: JSONValue = try #require(try await fixture.events("review_version").last)
            #expect(event["user"] == "bob")
            #expect(event["model_id"] == "m_v1.0.0")
            #expect(event["rationale"] == "read it all")
            #expect(event["evidence"] == ["report": "r.pdf"])
            let items: JSONValue = ["code_quality": true, "security_vulnerability_scan": true]
            #expect(event["changes"]?["after"]?["items"] == items)
            let detail: JSONValue = try #require(event["detail"])
            #expect(detail["gate"] == "technical")
            #expect(detail["decision"] == "approve")
            #expect(detail["role"] == "reviewer:technical")
            #expect(detail["evidence_revision"] == 1)
            #expect(detail["review"] == reply.json["id"])
            #expect(detail["manifest_digest"] == reply.json["manifest_digest"])
            #expect(!detail.description.contains("read it all") && !detail.description.contains("bob"))
            #expect(reply.json["comment"] == "read it all")
            #expect(reply.json["evidence"] == ["report": "r.pdf"])
        }
    }

    /// Also with a clock that runs backwards, the last decision is the last.
    @Test func theLastDecisionIsTheLastOneTaken() async throws {
        try await GovernanceFixture.with { fixture in
            #expect(await fixture.approve("technical", token: fixture.bob).status == 201)
            fixture.harness.clock.advance(milliseconds: -5_000)
            let reject: Reply = await fixture.review(#"{"gate":"technical","decision":"reject"}"#, token: fixture.bob)
            #expect(reject.json["valid"] == true)
            #expect(reject.json["gate_status"]?["passed"] == false)
            #expect(await fixture.read("/reviews").items("decision") == ["reject", "approve"])
        }
    }

    @Test func reviewsAreReadInPages() async throws {
        try await GovernanceFixture.with { fixture in
            var made: [String] = []
            for index in 0..<5 {
                let reply: Reply = await fixture.review(
                    #"{"gate":"technical","decision":"comment","comment":"\#(index)"}"#, token: fixture.bob)
                made.append(try #require(reply.json["id"]?.string))
            }
            var found: [String] = []
            var query: String = "?limit=2"
            for _ in 0..<3 {
                let page: Reply = await fixture.read("/reviews" + query)
                found += page.items("id")
                guard let cursor = page.json["next_cursor"]?.string else { break }
                query = "?limit=2&cursor=" + cursor
            }
            #expect(found == made.reversed())
            #expect(await fixture.read("/reviews?limit=0").status == 422)
            #expect(await fixture.read("/reviews?cursor=x").code == "invalid_cursor")
        }
    }
}

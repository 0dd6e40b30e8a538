import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct ImpactTests {
    private func publish(
        _ harness: APIHarness, _ model: String, _ version: String, on dataset: String, parents: [String] = [],
        metadata: String = "{}"
    ) async throws {
        let listed: String = parents.map { "\"\($0)\"" }.joined(separator: ",")
        try await harness.publish(
            model, version,
            more:
                #","training_data":{"dataset_id":"\#(dataset)"},"lineage":{"parent_models":[\#(listed)]},"metadata":\#(metadata)"#
        )
    }

    /// The specification's three questions: a dataset changed, a model was updated, a feature goes away.
    @Test func aChangeIsFollowedToWhoeverHasToAct() async throws {
        try await APIHarness.with { harness in
            try await publish(
                harness, "base", "1.0.0", on: "tx", metadata: #"{"training_time_hours":5,"compute_cost_per_hour":3}"#)
            try await publish(harness, "fine", "1.0.0", on: "other", parents: ["base_v1.0.0"])
            try await harness.publish("plain", "1.0.0", more: #","lineage":{"features":["age"]}"#)
            _ = await harness.send(.patch, "/v1/models/base", #"{"owner":"ana"}"#)
            _ = await harness.send(.put, "/v1/models/fine/aliases/champion", #"{"version":"1.0.0"}"#)
            try await harness.put("fine", "1.0.0", into: .staging)
            await harness.connect([
                "dataset:tx derives_from data_source:core", "feature:age derives_from dataset:tx",
                "model:fine_v1.0.0 generates prediction:score", "prediction:score influences system:checkout",
            ])
            _ = await harness.ask(.get, "/v1/models/fine/versions/1.0.0", [("stemma-consumer", "scorer")])

            let data: Reply = await harness.impact("node=data_source:core")
            #expect(
                data.paths == [
                    "dataset:tx": ["data_source:core", "dataset:tx"],
                    "feature:age": ["data_source:core", "dataset:tx", "feature:age"],
                    "model:base_v1.0.0": ["data_source:core", "dataset:tx", "model:base_v1.0.0"],
                    "model:plain_v1.0.0": ["data_source:core", "dataset:tx", "feature:age", "model:plain_v1.0.0"],
                    "model:fine_v1.0.0": ["data_source:core", "dataset:tx", "model:base_v1.0.0", "model:fine_v1.0.0"],
                    "prediction:score": [
                        "data_source:core", "dataset:tx", "model:base_v1.0.0", "model:fine_v1.0.0", "prediction:score",
                    ],
                    "system:scorer": [
                        "data_source:core", "dataset:tx", "model:base_v1.0.0", "model:fine_v1.0.0", "system:scorer",
                    ],
                    "system:checkout": [
                        "data_source:core", "dataset:tx", "model:base_v1.0.0", "model:fine_v1.0.0", "prediction:score",
                        "system:checkout",
                    ],
                ], "\(data.text)")
            #expect(data.json["counts"]?["model"] == 3 && data.json["counts"]?["system"] == 2)
            #expect(
                data.json["aliases"] == [
                    ["model": "fine", "alias": "champion", "version": "1.0.0", "model_id": "fine_v1.0.0"]
                ])
            #expect(data.json["consumers"]?.array?.first?["consumer"] == "scorer")
            #expect(data.json["owners"] == [["owner": "ana", "entities": 1]])
            // 5 h at 3, and two with the defaults of 1 h at 10.
            #expect(
                data.json["retraining"]?["cost"]?.number == 35
                    && data.json["retraining"]?["training_time_hours"]?.number == 7)
            let order: [String] = data.retraining
            #expect(Set(order) == ["model:base_v1.0.0", "model:plain_v1.0.0", "model:fine_v1.0.0"])
            #expect(
                (order.firstIndex(of: "model:base_v1.0.0") ?? 9) < (order.firstIndex(of: "model:fine_v1.0.0") ?? 0))
            #expect(data.json["truncated"] == false)

            #expect(await harness.impact("node=model:base").paths.count == 4)
            #expect(await harness.impact("node=feature:age").paths.keys.sorted() == ["model:plain_v1.0.0"])
            #expect(await harness.impact("node=feature:unheard").code == "entity_not_found")
            #expect(await harness.impact("node=data_source:core&depth=1").json["truncated_by"] == "depth")
        }
    }

    /// A version is not affected by the data of the one before it, unless that is asked for.
    @Test func theNextVersionIsNotAffectedByItself() async throws {
        try await APIHarness.with { harness in
            try await publish(harness, "m", "1.0.0", on: "a")
            try await publish(harness, "m", "1.1.0", on: "b")
            #expect(await harness.impact("node=dataset:a").paths.keys.sorted() == ["model:m_v1.0.0"])
            let all: Reply = await harness.impact("node=dataset:a&relationships=derives_from,version_of")
            #expect(all.paths.keys.sorted() == ["model:m_v1.0.0", "model:m_v1.1.0"])
        }
    }

    @Test func whatIsPutAwayIsNotTrainedAgain() async throws {
        try await APIHarness.with { harness in
            for version in ["1.0.0", "1.1.0", "1.2.0"] { try await publish(harness, "m", version, on: "a") }
            try await harness.put("m", "1.0.0", into: .archived)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.1.0").status == 204)
            let reply: Reply = await harness.impact("node=dataset:a")
            #expect(reply.retraining == ["model:m_v1.2.0"] && reply.paths.count == 3)
            let deleted: JSONValue? = reply.json["affected"]?["model"]?.array?.first { $0["id"] == "m_v1.1.0" }
            #expect(deleted?["deleted"] == true)
        }
    }

    /// Cycles of what flows end, and are named.
    @Test func cyclesEnd() async throws {
        try await APIHarness.with { harness in
            await harness.connect([
                "model:a generates prediction:p", "prediction:p influences dataset:d", "model:a consumes dataset:d",
                "model:b derives_from dataset:d",
            ])
            let reply: Reply = await harness.impact("node=dataset:d")
            #expect(Set(reply.paths.keys) == ["model:a", "model:b", "prediction:p"])
            #expect(Set(reply.retraining) == ["model:a", "model:b"])
        }
    }

    @Test func longPathsAreShownFromTheirEnd() async throws {
        try await APIHarness.with { harness in
            await harness.connect((0..<120).map { "dataset:d\($0 + 1) derives_from dataset:d\($0)" })
            let reply: Reply = await harness.impact("node=dataset:d0")
            #expect(reply.paths.count == 120)
            let last: [String] = reply.paths["dataset:d120"] ?? []
            #expect(last.count == Limits().impactPathNodes && last.last == "dataset:d120")
            let entry: JSONValue? = reply.json["affected"]?["dataset"]?.array?.last
            #expect(entry?["depth"] == 120)
        }
    }

    @Test func anAssessmentHoldsBackWhatIsDownstreamUntilItIsClosed() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable(
                "m", "1.0.0", in: .validation, more: APIHarness.complete + #","training_data":{"dataset_id":"tx"}"#)
            await harness.connect(["system:app consumes model:m_v1.0.0"])
            let body: String =
                #"{"node":"dataset:tx","change":"faulty","reason":"labels were swapped","quarantine":true}"#
            let dry: Reply = await harness.send(.post, "/v1/lineage/impact?dry_run=true", body)
            #expect(dry.status == 201)
            #expect(await harness.ask(.get, "/v1/lineage/assessments").json["items"] == [])
            let made: Reply = await harness.send(.post, "/v1/lineage/impact", body)
            #expect(made.status == 201, "\(made.text)")
            let path: String = try #require(made.headers["location"])
            #expect(made.json["status"] == "open" && made.json["unacknowledged"] == 2)
            #expect(made.json["impact"]?["cost"]?.number == 10)
            let lines: [JSONValue] = made.json["checklist"]?.array ?? []
            #expect(lines.map { $0["node"]?.string } == ["model:m_v1.0.0", "system:app"])
            #expect(lines.map { $0["quarantined"]?.bool } == [true, false])

            let move: String = #"{"to":"staging","rationale":"good enough"}"#
            let blocked: Reply = await harness.send(.post, "/v1/models/m/versions/1.0.0/transitions", move)
            #expect(
                blocked.code == "transition_refused"
                    && blocked.json["detail"]?.string?.contains("no_quarantine") == true)

            // Whatever comes to derive from it later is held back too: by registration, and by an edge.
            let later: JSONValue = try await harness.publish(
                "m", "1.0.1", more: #","training_data":{"dataset_id":"tx"}"#)
            #expect(later["quarantined"] == true)
            try await harness.publish("other", "1.0.0", more: #","training_data":{"dataset_id":"clean"}"#)
            await harness.connect(["dataset:clean derives_from dataset:tx"])
            #expect(await harness.ask(.get, "/v1/models/other/versions/1.0.0").json["quarantined"] == true)
            let now: Reply = await harness.ask(.get, path)
            #expect(now.json["items"] == 4 && now.json["etag"] != made.json["etag"])

            let seen: Reply = await harness.send(
                .post, path + "/acknowledgements", #"{"node":"model:m_v1.0.0","comment":"will retrain"}"#)
            #expect(seen.status == 200 && seen.json["unacknowledged"] == 3)
            #expect(seen.json["checklist"]?.array?.first?["acknowledged_by"] == "admin")
            let unknown: Reply = await harness.send(.post, path + "/acknowledgements", #"{"node":"model:x"}"#)
            #expect(unknown.code == "entity_not_found")
            #expect(await harness.send(.post, path + "/close", #"{"reason":" "}"#).pointers == ["/reason"])
            let closed: Reply = await harness.send(.post, path + "/close", #"{"reason":"labels are mended"}"#)
            #expect(closed.status == 200 && closed.json["status"] == "closed" && closed.json["closed_by"] == "admin")
            for (model, version) in [("m", "1.0.0"), ("m", "1.0.1"), ("other", "1.0.0")] {
                let version: Reply = await harness.ask(.get, "/v1/models/\(model)/versions/\(version)")
                #expect(version.json["quarantined"] == false)
            }
            #expect(await harness.send(.post, "/v1/models/m/versions/1.0.0/transitions", move).status == 200)
            #expect(await harness.send(.post, path + "/close", #"{"reason":"again"}"#).code == "assessment_closed")
            let next: JSONValue = try await harness.publish(
                "m", "1.0.2", more: #","training_data":{"dataset_id":"tx"}"#)
            #expect(next["quarantined"] == false)

            let actions: [String] = try await harness.registry.events().filter { $0.record.outcome == "success" }
                .map(\.record.action)
            for action in ["assess_impact", "acknowledge_impact", "close_assessment"] {
                #expect(actions.filter { $0 == action }.count == 1, "\(action)")
            }
            #expect(actions.filter { $0 == "quarantine_version" }.count == 2)
        }
    }

    /// A quarantine that somebody else opened stays when an assessment is closed.
    @Test func closingLiftsOnlyItsOwnQuarantines() async throws {
        try await APIHarness.with { harness in
            try await publish(harness, "m", "1.0.0", on: "tx")
            _ = await harness.send(.put, "/v1/models/m/versions/1.0.0/quarantine", #"{"reason":"suspicious"}"#)
            let made: Reply = await harness.send(
                .post, "/v1/lineage/impact", #"{"node":"dataset:tx","reason":"x","quarantine":true}"#)
            let path: String = try #require(made.headers["location"])
            _ = await harness.send(.post, path + "/close", #"{"reason":"done"}"#)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0").json["quarantined"] == true)
        }
    }

    @Test func holdingBackNeedsTheWholeRegistry() async throws {
        try await APIHarness.with { harness in
            try await publish(harness, "m", "1.0.0", on: "tx")
            let body: String = #"{"node":"dataset:tx","reason":"x","quarantine":true}"#
            let narrow: APIHarness.Token = .secret(
                try await harness.registry.token("dan", roles: ["deployer"], models: ["m*"]))
            #expect(await harness.send(.post, "/v1/lineage/impact", body, token: narrow).status == 403)
            let publisher: APIHarness.Token = .secret(try await harness.registry.token("pia", roles: ["publisher"]))
            #expect(await harness.send(.post, "/v1/lineage/impact", body, token: publisher).status == 403)
            let open: Reply = await harness.send(
                .post, "/v1/lineage/impact", #"{"node":"dataset:tx","reason":"x"}"#, token: publisher)
            #expect(open.status == 201 && open.json["quarantine"] == false)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0").json["quarantined"] == false)
        }
    }

    /// A token for some models cannot do through shared data what it may not do by itself, and learns nothing of the others.
    @Test func narrowTokensReachNoFurtherThanTheirModels() async throws {
        try await APIHarness.with { harness in
            try await publish(harness, "victim", "1.0.0", on: "victim_data")
            try await publish(harness, "a_own", "1.0.0", on: "bad")
            let made: Reply = await harness.send(
                .post, "/v1/lineage/impact", #"{"node":"dataset:bad","reason":"x","quarantine":true}"#)
            #expect(made.status == 201)
            let narrow: APIHarness.Token = .secret(
                try await harness.registry.token("ann", roles: ["publisher", "deployer"], models: ["a_*"]))
            let edge: String =
                #"{"source":"dataset:victim_data","relationship":"derives_from","target":"dataset:bad"}"#
            let refused: Reply = await harness.send(.post, "/v1/lineage/edges", edge, token: narrow)
            #expect(refused.status == 403 && refused.code == "permission_denied")
            #expect(await harness.ask(.get, "/v1/models/victim/versions/1.0.0").json["quarantined"] == false)
            #expect(await harness.send(.post, "/v1/lineage/edges", edge).status == 201)
            #expect(await harness.ask(.get, "/v1/models/victim/versions/1.0.0").json["quarantined"] == true)
            let path: String = try #require(made.headers["location"])
            let whole: Reply = await harness.ask(.get, path)
            #expect(whole.json["items"] == 2 && whole.json["impact"]?["models"] == 1)
            let part: Reply = await harness.ask(.get, path, token: narrow)
            #expect(part.json["items"] == 1 && part.json["unacknowledged"] == 1 && part.json["impact"] == .null)
            let kept: Reply = await harness.ask(.delete, "/v1/lineage/entities/dataset/bad", token: narrow)
            #expect(kept.code == "entity_in_use" && !kept.text.contains("has 2"))
        }
    }

    /// What is thousands of steps away is held back as well.
    @Test func quarantineReachesDownLongChains() async throws {
        try await APIHarness.with { harness in
            let chain: [String] = (1..<1_500).map {
                #"{"source":"dataset:c\#($0)","relationship":"derives_from","target":"dataset:c\#($0 - 1)"}"#
            }
            _ = await harness.send(.post, "/v1/lineage/edges", "[\(chain.joined(separator: ","))]")
            try await publish(harness, "deep", "1.0.0", on: "c1499")
            let made: Reply = await harness.send(
                .post, "/v1/lineage/impact", #"{"node":"dataset:c0","reason":"x","quarantine":true}"#)
            #expect(made.status == 201 && made.json["items"] == 1, "\(made.text)")
            #expect(await harness.ask(.get, "/v1/models/deep/versions/1.0.0").json["quarantined"] == true)
        }
    }
}

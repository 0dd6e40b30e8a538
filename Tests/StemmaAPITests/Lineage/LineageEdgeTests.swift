import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct LineageEdgeTests {
    private func one(_ source: String, _ relationship: String, _ target: String, _ more: String = "") -> String {
        #"{"source":"\#(source)","target":"\#(target)","relationship":"\#(relationship)"\#(more)}"#
    }

    @Test func oneEdgeIsAnsweredByItself() async throws {
        try await APIHarness.with { harness in
            let body: String = one("model:m", "derives_from", "dataset:d", #","metadata":{"split":"train"}"#)
            let made: Reply = await harness.send(.post, "/v1/lineage/edges", body)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["source"] == "model:m" && made.json["target"] == "dataset:d")
            #expect(made.json["metadata"]?["split"] == "train" && made.json["until"] == .null)
            #expect(made.json["since"]?.string == harness.clock.now.description)
            let again: Reply = await harness.send(.post, "/v1/lineage/edges", body)
            #expect(again.status == 200 && again.json == made.json)
            let changed: Reply = await harness.send(
                .post, "/v1/lineage/edges", one("model:m", "derives_from", "dataset:d", #","metadata":{"split":"all"}"#)
            )
            #expect(changed.status == 200 && changed.json["metadata"]?["split"] == "all")
            // Without metadata nothing is said about it.
            let silent: Reply = await harness.send(
                .post, "/v1/lineage/edges", one("model:m", "derives_from", "dataset:d"))
            #expect(silent.json["metadata"]?["split"] == "all")
            let events = try await harness.registry.events().filter { $0.record.action == "add_lineage_edges" }
            #expect(events.count == 2)
            #expect(await harness.ask(.get, "/v1/lineage/entities/model/m").json["registered"] == false)
        }
    }

    @Test func faultsOfOneEdgeAreNamed() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.send(
                .post, "/v1/lineage/edges",
                #"{"source":"tree:x","relationship":"eats","target":"dataset:","extra":1,"metadata":3}"#)
            #expect(reply.status == 422)
            #expect(Set(reply.pointers) == ["/source", "/relationship", "/target", "/extra", "/metadata"])
            #expect(await harness.send(.post, "/v1/lineage/edges", "[]").status == 200)
            #expect(await harness.send(.post, "/v1/lineage/edges", "7").status == 422)
            #expect(await harness.ask(.get, "/v1/lineage/entities").items("node").isEmpty)
        }
    }

    @Test func aBatchHasAResultForEach() async throws {
        try await APIHarness.with { harness in
            let sentences: [String] = [
                "model:m derives_from dataset:d", "model:m uses_feature feature:f", "model:m generates prediction:p",
                "prediction:p influences system:s", "system:s consumes model:m",
            ]
            let first: Reply = await harness.connect(sentences + ["model:m derives_from dataset:d"])
            #expect(first.status == 200)
            #expect(first.results == Array(repeating: "created", count: 5) + ["unchanged"])
            #expect(first.json["created"] == 5 && first.json["unchanged"] == 1 && first.json["refused"] == 0)
            let again: Reply = await harness.connect(sentences)
            #expect(again.results == Array(repeating: "unchanged", count: 5))
            let events = try await harness.registry.events().filter { $0.record.action == "add_lineage_edges" }
            #expect(events.count == 1, "the same edges again are no event")
            let mixed: Reply = await harness.send(
                .post, "/v1/lineage/edges",
                "[\(one("model:n", "derives_from", "dataset:d")),{\"source\":3},\(one("model:n", "derives_from", "model:n"))]"
            )
            #expect(mixed.results == ["created", "refused", "refused"])
            #expect(mixed.items("code") == ["validation_failed", "lineage_cycle"])
            #expect(
                await harness.graph("node=dataset:d&direction=downstream").nodes == [
                    "dataset:d", "model:m", "model:n", "prediction:p", "system:s",
                ])
        }
    }

    @Test func nothingIsItsOwnAncestor() async throws {
        try await APIHarness.with { harness in
            await harness.connect([
                "dataset:b derives_from dataset:a", "dataset:c derives_from dataset:b",
                "model:m derives_from dataset:c",
            ])
            let refused: Reply = await harness.send(
                .post, "/v1/lineage/edges", one("dataset:a", "derives_from", "model:m"))
            #expect(refused.status == 409 && refused.code == "lineage_cycle", "\(refused.text)")
            #expect(refused.json["detail"]?.string?.contains("dataset:a") == true)
            // Both relationships count together.
            let mixed: Reply = await harness.connect([
                "dataset:a version_of dataset:c", "dataset:a version_of dataset:z",
            ])
            #expect(mixed.results == ["refused", "created"])
            // What flows in circles may.
            let flow: Reply = await harness.connect([
                "model:m generates prediction:p", "prediction:p influences system:s", "system:s generates dataset:logs",
                "model:m consumes dataset:logs",
            ])
            #expect(flow.results == Array(repeating: "created", count: 4))
            let graph: Reply = await harness.graph("node=model:m")
            #expect(graph.json["truncated"] == false)
            #expect(graph.sentences.count == 8 && graph.nodes.count == 8, "\(graph.text)")
        }
    }

    @Test func anEndedEdgeIsPartOfThePast() async throws {
        try await APIHarness.with { harness in
            let before: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            await harness.connect(["model:m derives_from dataset:old", "model:m derives_from dataset:kept"])
            let during: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let query: String = "source=model:m&relationship=derives_from&target=dataset:old"
            #expect(await harness.ask(.delete, "/v1/lineage/edges?\(query)&dry_run=true").status == 204)
            #expect(await harness.ask(.delete, "/v1/lineage/edges?" + query).status == 204)
            #expect(await harness.ask(.delete, "/v1/lineage/edges?" + query).code == "edge_not_found")
            #expect(await harness.graph("node=model:m").nodes == ["model:m", "dataset:kept"])
            let past: Reply = await harness.graph("node=model:m&as_of=\(during)")
            #expect(past.nodes == ["model:m", "dataset:kept", "dataset:old"])
            let ended: JSONValue? = past.json["edges"]?.array?.first { $0["target"] == "dataset:old" }
            #expect(ended?["since"]?.string == during.description)
            #expect(ended?["until"]?.string == harness.clock.now.description)
            #expect(await harness.graph("node=model:m&as_of=\(before)").code == "entity_not_found")
            #expect(await harness.impact("node=dataset:old").paths.isEmpty)
            #expect(await harness.impact("node=dataset:old&as_of=\(during)").paths.keys.sorted() == ["model:m"])
            // Taken up again it lasts from then on; the gap stays.
            harness.clock.advance(milliseconds: 1_000)
            let gap: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            await harness.connect(["model:m derives_from dataset:old"])
            #expect(await harness.graph("node=model:m").nodes.count == 3)
            #expect(await harness.graph("node=model:m&as_of=\(gap)").nodes.count == 2)
        }
    }

    @Test func whatARegistrationSaidStays() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("fraud", "1.0.0", more: #","training_data":{"dataset_id":"tx"}"#)
            let query: String = "source=model:fraud_v1.0.0&relationship=derives_from&target=dataset:tx"
            #expect(await harness.ask(.delete, "/v1/lineage/edges?" + query).code == "entity_managed")
            let again: Reply = await harness.connect(["model:fraud_v1.0.0 derives_from dataset:tx"])
            #expect(again.results == ["unchanged"])
            let changed: Reply = await harness.send(
                .post, "/v1/lineage/edges",
                one("model:fraud_v1.0.0", "derives_from", "dataset:tx", #","metadata":{"a":1}"#))
            #expect(changed.code == "entity_managed")
        }
    }

    @Test func tooManyAreRefusedWhole() async throws {
        var policy = RegistryPolicy()
        policy.limits.lineageEdgesPerRequest = 2
        try await APIHarness.with(policy: policy) { harness in
            let reply: Reply = await harness.connect([
                "model:a consumes dataset:d", "model:b consumes dataset:d", "model:c consumes dataset:d",
            ])
            #expect(reply.status == 413)
            #expect(await harness.ask(.get, "/v1/lineage/entities").items("node").isEmpty)
        }
    }

    @Test func writingNeedsItsPermission() async throws {
        try await APIHarness.with { harness in
            for role in ["reader", "auditor", "reviewer:technical"] {
                let token: APIHarness.Token = .secret(try await harness.registry.token(role, roles: [role]))
                let reply: Reply = await harness.connect(["model:m consumes dataset:d"], token: token)
                #expect(reply.status == 403 && reply.json["detail"]?.string?.contains("lineage:write") == true)
            }
        }
    }
}

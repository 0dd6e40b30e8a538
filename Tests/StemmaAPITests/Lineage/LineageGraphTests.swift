import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct LineageGraphTests {
    /// The specification's metadata becomes nodes and edges by itself.
    @Test func aRegistrationBecomesNodesAndEdges() async throws {
        try await APIHarness.with { harness in
            let more: String = """
                ,"training_data":{"dataset_id":"tx","data_version":"v1.2","data_hash":"sha256:aa"},\
                "lineage":{"parent_models":["base_v3.0.0","1.0.0"],"features":["amount","country"]}
                """
            try await harness.publish("fraud", "1.0.0")
            try await harness.publish("fraud", "1.1.0", more: more)
            let reply: Reply = await harness.ask(.get, "/v1/models/fraud/versions/1.1/lineage?direction=upstream")
            #expect(reply.status == 200)
            #expect(reply.headers["content-location"] == "/v1/models/fraud/versions/1.1.0/lineage?direction=upstream")
            #expect(
                reply.sentences == [
                    "model:fraud_v1.1.0 derives_from dataset:tx", "model:fraud_v1.1.0 derives_from dataset:tx@v1.2",
                    "dataset:tx@v1.2 version_of dataset:tx", "model:fraud_v1.1.0 derives_from model:base_v3.0.0",
                    "model:fraud_v1.1.0 derives_from model:fraud_v1.0.0",
                    "model:fraud_v1.1.0 version_of model:fraud_v1.0.0",
                    "model:fraud_v1.1.0 uses_feature feature:amount", "model:fraud_v1.1.0 uses_feature feature:country",
                ])
            let data: JSONValue? = reply.json["edges"]?.array?.first { $0["target"] == "dataset:tx" }
            #expect(
                data?["metadata"] == ["data_version": "v1.2", "data_hash": "sha256:aa"]
                    && data?["origin"] == "registration")
            let node: JSONValue? = reply.json["nodes"]?.array?.first { $0["node"] == "model:fraud_v1.0.0" }
            #expect(node?["state"] == "development" && node?["version"] == "1.0.0" && node?["depth"] == 1)
        }
    }

    @Test func aDraftComesInWhenItIsPublished() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(
                .post, "/v1/models/m/versions?create_model=true",
                #"{"version":"1.0.0","draft":true,"training_data":{"dataset_id":"d"}}"#)
            #expect(await harness.graph("node=model:m_v1.0.0").code == "entity_not_found")
            let draft: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/lineage")
            #expect(draft.status == 200 && draft.nodes.isEmpty)
            #expect(await harness.ask(.post, "/v1/models/m/versions/1.0.0/publish").status == 200)
            #expect(await harness.graph("node=model:m_v1.0.0").nodes == ["model:m_v1.0.0", "dataset:d"])
        }
    }

    @Test func aVersionThatWouldBeItsOwnAncestorIsRefused() async throws {
        try await APIHarness.with { harness in
            await harness.connect(["dataset:d derives_from model:m_v1.0.0"])
            let reply: Reply = await harness.send(
                .post, "/v1/models/m/versions?create_model=true",
                #"{"version":"1.0.0","training_data":{"dataset_id":"d"}}"#)
            #expect(reply.status == 409 && reply.code == "lineage_cycle", "\(reply.text)")
            #expect(await harness.ask(.get, "/v1/models/m").status == 404)
            // Known to the graph before it is known to the registry, it is one and the same node.
            try await harness.publish("m", "1.0.0")
            let node: Reply = await harness.ask(.get, "/v1/lineage/entities/model/m_v1.0.0")
            #expect(node.json["registered"] == true)
            #expect(await harness.graph("node=model:m_v1.0.0").nodes == ["model:m_v1.0.0", "dataset:d"])
        }
    }

    @Test func walksGoTheWayTheyAreAsked() async throws {
        try await APIHarness.with { harness in
            await harness.connect([
                "dataset:d derives_from data_source:s", "feature:f derives_from dataset:d",
                "model:m uses_feature feature:f",
                "model:n uses_feature feature:f", "model:m generates prediction:p", "system:a consumes prediction:p",
            ])
            let up: Reply = await harness.graph("node=model:m&direction=upstream")
            #expect(up.nodes == ["model:m", "feature:f", "dataset:d", "data_source:s"])
            let down: Reply = await harness.graph("node=model:m&direction=downstream")
            #expect(down.nodes == ["model:m", "prediction:p", "system:a"])
            let both: Reply = await harness.graph("node=model:m")
            #expect(both.nodes == up.nodes.union(down.nodes), "siblings are neither ancestors nor descendants")
            #expect(both.json["direction"] == "both")
            let near: Reply = await harness.graph("node=model:m&depth=1")
            #expect(near.nodes == ["model:m", "feature:f", "prediction:p"])
            #expect(near.json["truncated"] == true && near.json["truncated_by"] == "depth")
            #expect(await harness.graph("node=model:m&depth=0").nodes == ["model:m"])
            let few: Reply = await harness.graph("node=model:m&limit=3")
            #expect(few.nodes.count == 3 && few.json["truncated_by"] == "nodes")
            let features: Reply = await harness.graph("node=model:m&relationships=uses_feature")
            #expect(features.nodes == ["model:m", "feature:f"] && features.json["truncated"] == false)
            let typed: Reply = await harness.graph("node=data_source:s&direction=downstream&types=model,system")
            #expect(typed.nodes == ["data_source:s", "model:m", "model:n", "system:a"])
            for end in both.json["edges"]?.array ?? [] {
                #expect(
                    both.nodes.contains(end["source"]?.string ?? "") && both.nodes.contains(end["target"]?.string ?? "")
                )
            }
        }
    }

    @Test(arguments: [
        "", "node=x", "node=dataset:", "node=dataset:d&direction=sideways", "node=dataset:d&depth=-1",
        "node=dataset:d&depth=x",
        "node=dataset:d&depth=1001", "node=dataset:d&limit=0", "node=dataset:d&limit=10001",
        "node=dataset:d&types=tree",
        "node=dataset:d&relationships=eats", "node=dataset:d&as_of=yesterday",
        "node=dataset:d&as_of=2099-01-01T00:00:00Z",
    ])
    func badQueriesAreRefused(_ query: String) async throws {
        try await APIHarness.with { harness in
            await harness.connect(["model:m derives_from dataset:d"])
            let reply: Reply = await harness.graph(query)
            #expect(reply.status == 422, "\(reply.text)")
            #expect(reply.pointers.count == 1 && reply.pointers[0].hasPrefix("?"))
            if query.contains("as_of") { #expect(await harness.impact(query).pointers == ["?as_of"]) }
        }
    }

    /// Versions are shown in the state in which they were, and as deleted only once they were.
    @Test func versionsAreShownAsTheyWere() async throws {
        try await APIHarness.with(lifecycle: try TestLifecycle.unguarded()) { harness in
            let data: String = #","training_data":{"dataset_id":"d"}"#
            for version in ["1.0.0", "2.0.0"] { try await harness.publish("m", version, more: data) }
            harness.clock.advance(milliseconds: 1_000)
            let first: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let moved: Reply = await harness.send(
                .post, "/v1/models/m/versions/1.0.0/transitions",
                #"{"to":"staging","rationale":"r","rollback_plan":"p","evidence":{"a":1}}"#)
            #expect(moved.status == 200, "\(moved.text)")
            let second: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/2.0.0").status == 204)
            func shown(_ query: String, _ version: String) async -> [String?] {
                let nodes: [JSONValue] = await harness.graph(query).json["nodes"]?.array ?? []
                let node: JSONValue? = nodes.first { $0["version"]?.string == version }
                return [node?["state"]?.string, node?["deleted"]?.bool?.description]
            }
            for start in ["dataset:d", "model:m_v1.0.0"] {
                let query: String = "node=\(start)&direction=both"
                #expect(await shown(query, "1.0.0") == ["staging", "false"])
                #expect(await shown(query + "&as_of=\(first)", "1.0.0") == ["development", "false"])
                #expect(await shown(query + "&as_of=\(second)", "1.0.0") == ["staging", "false"])
            }
            #expect(await shown("node=dataset:d", "2.0.0")[1] == "true")
            #expect(await shown("node=dataset:d&as_of=\(second)", "2.0.0") == ["development", "false"])
            let own: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/lineage?as_of=\(first)")
            #expect(own.text.contains("development") && !own.text.contains("staging"), "\(own.text)")
        }
    }

    @Test func aModelsNameMeansAllItsVersions() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("fraud", "1.0.0", more: #","training_data":{"dataset_id":"a"}"#)
            try await harness.publish("fraud", "2.0.0", more: #","training_data":{"dataset_id":"b"}"#)
            try await harness.publish("fraudulent", "1.0.0", more: #","training_data":{"dataset_id":"c"}"#)
            let reply: Reply = await harness.graph("node=model:fraud&direction=upstream")
            #expect(reply.nodes == ["model:fraud_v1.0.0", "model:fraud_v2.0.0", "dataset:a", "dataset:b"])
        }
    }

    @Test func graphsAreDrawn() async throws {
        try await APIHarness.with { harness in
            await harness.connect([#"model:m derives_from dataset:d"#])
            _ = await harness.send(
                .put, "/v1/lineage/entities/dataset/d", ##"{"name":"the \"raw\" <data>\\#1"}"##)
            let dot: Reply = await harness.ask(
                .get, "/v1/lineage/graph?node=model:m", [("accept", "text/vnd.graphviz")])
            #expect(dot.headers["content-type"] == "text/vnd.graphviz; charset=utf-8")
            #expect(dot.text.hasPrefix("digraph lineage {") && dot.text.hasSuffix("}\n"))
            #expect(dot.text.contains(##"n1 [label="dataset\nthe \"raw\" <data>\\#1", shape=folder];"##), "\(dot.text)")
            #expect(dot.text.contains(#"n1 -> n0 [label="derives_from"];"#))
            let mermaid: Reply = await harness.ask(
                .get, "/v1/lineage/graph?node=model:m", [("accept", "text/html, text/vnd.mermaid;q=0.5")])
            #expect(mermaid.headers["content-type"] == "text/vnd.mermaid; charset=utf-8")
            #expect(
                mermaid.text.contains(##"n1[/"dataset | the #34;raw#34; #60;data#62;#92;#35;1"/]"##), "\(mermaid.text)")
            #expect(mermaid.text.contains("n1 -->|derives_from| n0"))
            let json: Reply = await harness.ask(.get, "/v1/lineage/graph?node=model:m", [("accept", "*/*")])
            #expect(json.headers["content-type"] == "application/json" && json.headers["vary"] == "accept")
        }
    }

    /// Deployments and consumers appear as systems, and leave when they are over.
    @Test func deploymentsAndConsumersAreSystems() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            try await harness.deployable("m", "1.1.0", in: .staging)
            let first: String = try await harness.deployed("m", "1.0.0", to: "staging")
            #expect(
                await harness.graph("node=model:m_v1.0.0&relationships=consumes").nodes.contains("system:staging/m"))
            harness.clock.advance(milliseconds: 1_000)
            let then: Timestamp = harness.clock.now
            harness.clock.advance(milliseconds: 1_000)
            let second: String = try await harness.deployed("m", "1.1.0", to: "staging")
            #expect(
                await harness.graph("node=system:staging/m&depth=1").sentences == [
                    "system:staging/m consumes model:m_v1.1.0"
                ])
            #expect(
                await harness.graph("node=system:staging/m&depth=1&as_of=\(then)").sentences == [
                    "system:staging/m consumes model:m_v1.0.0"
                ])
            // What ran before runs again when the later one is taken back.
            #expect(await harness.send(.patch, second, #"{"status":"rolled_back"}"#).status == 200)
            #expect(
                await harness.graph("node=system:staging/m&depth=1").sentences == [
                    "system:staging/m consumes model:m_v1.0.0"
                ])
            #expect(await harness.send(.patch, first, #"{"status":"failed"}"#).status == 200)
            #expect(await harness.graph("node=system:staging/m&depth=1").sentences.isEmpty)

            _ = await harness.ask(.get, "/v1/models/m/versions/1.1.0", [("stemma-consumer", "scorer")])
            try await harness.registry.core.consumerLog.flush()
            #expect(
                await harness.graph("node=system:scorer").sentences.contains("system:scorer consumes model:m_v1.1.0"))
            harness.clock.advance(milliseconds: 8 * 86_400_000)
            try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
            #expect(await harness.graph("node=system:scorer").sentences.isEmpty)
        }
    }

    /// A registry from before there was a graph gets its graph from what it holds.
    @Test func whatWasThereBeforeTheGraphComesIn() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable(
                "m", "1.0.0", in: .staging, more: APIHarness.complete + #","training_data":{"dataset_id":"d"}"#)
            try await harness.publish("m", "1.0.1", more: #","training_data":{"dataset_id":"d"}"#)
            _ = try await harness.deployed("m", "1.0.0", to: "staging")
            _ = await harness.ask(.get, "/v1/models/m/versions/1.0.0", [("stemma-consumer", "scorer")])
            try await harness.registry.core.consumerLog.flush()
            let before: Set<String> = await harness.graph("node=dataset:d&direction=downstream").sentences
            #expect(before.count == 5, "\(before)")
            try await harness.forgetTheGraph()
            #expect(await harness.graph("node=dataset:d").code == "entity_not_found")
            for _ in 0..<2 {
                try await Maintenance(core: harness.registry.core, refusals: harness.registry.refusals).run()
                let after: Set<String> = await harness.graph("node=dataset:d&direction=downstream").sentences
                #expect(after == before)
            }
        }
    }
}

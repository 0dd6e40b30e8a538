import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct LineageEntityTests {
    private let orders: String = "/v1/lineage/entities/dataset/orders"

    @Test func anEntityIsDescribedChangedAndRemoved() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.send(
                .put, orders, #"{"name":"Orders","owner":"sales","metadata":{"rows":7}}"#)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers["location"] == orders)
            #expect(
                made.json["node"] == "dataset:orders" && made.json["type"] == "dataset" && made.json["id"] == "orders")
            #expect(made.json["owner"] == "sales" && made.json["metadata"]?["rows"] == 7)
            #expect(made.json["origin"] == "client" && made.json["registered"] == false)
            let tag: String = try #require(made.headers["etag"])

            let same: Reply = await harness.send(
                .put, orders, #"{"name":"Orders","owner":"sales","metadata":{"rows":7}}"#)
            #expect(same.status == 200 && same.headers["etag"] == tag)
            let events: Int = try await harness.registry.events().filter { $0.record.action == "put_lineage_entity" }
                .count
            #expect(events == 1)
            #expect(await harness.ask(.get, orders, [("if-none-match", tag)]).status == 304)
            #expect(await harness.send(.put, orders, "{}", [("if-match", "\"other\"")]).status == 412)
            #expect(await harness.send(.put, orders, "{}", [("if-none-match", "*")]).status == 412)

            harness.clock.advance(milliseconds: 5)
            let changed: Reply = await harness.send(.put, orders, #"{"owner":"finance"}"#, [("if-match", tag)])
            #expect(changed.status == 200 && changed.json["owner"] == "finance" && changed.json["name"] == .null)
            #expect(changed.headers["etag"] != tag)

            #expect(await harness.ask(.delete, orders).status == 204)
            #expect(await harness.ask(.get, orders).code == "entity_not_found")
            #expect(await harness.send(.put, orders, "{}").status == 201)
        }
    }

    @Test(arguments: [
        ("tree/x", 400, "invalid_name"), ("dataset/%01", 400, "invalid_name"),
        ("dataset/" + String(repeating: "x", count: 1_001), 400, "invalid_name"), ("dataset", 404, "route_not_found"),
    ])
    func oddNamesAreRefused(_ path: String, _ status: Int, _ code: String) async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.send(.put, "/v1/lineage/entities/" + path, "{}")
            // A path without an id has a GET for its list, and no PUT.
            #expect(reply.status == status || reply.status == 404 || reply.status == 405, "\(reply.text)")
            if status == 400 { #expect(reply.status == 400 && reply.code == code, "\(reply.text)") }
        }
    }

    @Test func idsMayHoldWhatAddressesHold() async throws {
        try await APIHarness.with { harness in
            let path: String = "/v1/lineage/entities/dataset/" + ResourcePath.segment("s3://bucket/a b?c=d")
            #expect(await harness.send(.put, path, "{}").status == 201)
            let found: Reply = await harness.ask(.get, path)
            #expect(found.json["node"] == "dataset:s3://bucket/a b?c=d", "\(found.text)")
            let graph: Reply = await harness.graph("node=" + ResourcePath.segment("dataset:s3://bucket/a b?c=d"))
            #expect(graph.nodes == ["dataset:s3://bucket/a b?c=d"])
        }
    }

    @Test func bodiesAreChecked() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.send(.put, orders, #"{"nmae":"x","owner":5,"metadata":[]}"#)
            #expect(reply.status == 422)
            #expect(Set(reply.pointers) == ["/nmae", "/owner", "/metadata"])
            let large: String = #"{"metadata":{"x":"\#(String(repeating: "x", count: 70_000))"}}"#
            #expect(await harness.send(.put, orders, large).pointers == ["/metadata"])
            #expect(await harness.ask(.get, orders).status == 404)
        }
    }

    @Test func whatIsInUseStaysAndSaysWhy() async throws {
        try await APIHarness.with { harness in
            await harness.connect(["model:m derives_from dataset:orders", "dataset:orders derives_from data_source:db"])
            let refused: Reply = await harness.ask(.delete, orders)
            #expect(refused.status == 409 && refused.code == "entity_in_use")
            let blocking: [JSONValue] = refused.json["blocking"]?.array ?? []
            #expect(
                blocking == [
                    ["source": "dataset:orders", "relationship": "derives_from", "target": "data_source:db"],
                    ["source": "model:m", "relationship": "derives_from", "target": "dataset:orders"],
                ])
            for (source, target) in [("model:m", "dataset:orders"), ("dataset:orders", "data_source:db")] {
                let query: String = "source=\(source)&relationship=derives_from&target=\(target)"
                #expect(await harness.ask(.delete, "/v1/lineage/edges?" + query).status == 204)
            }
            #expect(await harness.ask(.delete, orders).status == 204)
        }
    }

    @Test func aRegisteredVersionIsDescribedByItsRegistration() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("fraud", "1.0.0")
            let path: String = "/v1/lineage/entities/model/fraud_v1.0.0"
            let found: Reply = await harness.ask(.get, path)
            #expect(found.json["registered"] == true && found.json["model"] == "fraud", "\(found.text)")
            #expect(found.json["origin"] == "registration")
            #expect(await harness.send(.put, path, "{}").code == "entity_managed")
            #expect(await harness.ask(.delete, path).code == "entity_managed")
        }
    }

    @Test func entitiesAreListed() async throws {
        try await APIHarness.with { harness in
            for (index, id) in ["a", "b", "c"].enumerated() {
                harness.clock.advance(milliseconds: 1)
                _ = await harness.send(
                    .put, "/v1/lineage/entities/dataset/\(id)", #"{"owner":"o\#(index)","metadata":{"rows":\#(index)}}"#
                )
            }
            _ = await harness.send(.put, "/v1/lineage/entities/feature/age", "{}")
            let all: Reply = await harness.ask(.get, "/v1/lineage/entities")
            #expect(all.items("node") == ["dataset:a", "dataset:b", "dataset:c", "feature:age"])
            let some: Reply = await harness.ask(
                .get, "/v1/lineage/entities?filter=type%20=%20'dataset'%20AND%20metadata.rows%20>%200&limit=1")
            #expect(some.items("id") == ["b"])
            let cursor: String = try #require(some.json["next_cursor"]?.string)
            let next: Reply = await harness.ask(
                .get,
                "/v1/lineage/entities?filter=type%20=%20'dataset'%20AND%20metadata.rows%20>%200&limit=1&cursor=\(cursor)"
            )
            #expect(next.items("id") == ["c"] && next.json["next_cursor"] == .null)
        }
    }

    /// A model outside a token's models does not exist for it: not as an entity, not in a graph, not as the end of an edge.
    @Test func otherNamespacesAreNotThere() async throws {
        try await APIHarness.with { harness in
            try await harness.publish(
                "secret", "1.0.0", more: #","training_data":{"dataset_id":"orders"},"lineage":{"features":["age"]}"#)
            try await harness.publish("open", "1.0.0", more: #","training_data":{"dataset_id":"orders"}"#)
            await harness.connect(["model:open_v1.0.0 derives_from model:secret_v1.0.0"])
            let own: APIHarness.Token = .secret(
                try await harness.registry.token("olga", roles: ["publisher"], models: ["open*"]))
            let down: Reply = await harness.graph("node=dataset:orders&direction=downstream", token: own)
            #expect(down.nodes == ["dataset:orders", "model:open_v1.0.0"], "\(down.text)")
            #expect(
                await harness.graph("node=model:open_v1.0.0", token: own).nodes == [
                    "model:open_v1.0.0", "dataset:orders",
                ])
            for node in ["model:secret_v1.0.0", "model:secret"] {
                #expect(await harness.graph("node=\(node)", token: own).code == "entity_not_found")
                #expect(await harness.impact("node=\(node)", token: own).code == "entity_not_found")
            }
            #expect(
                await harness.impact("node=dataset:orders", token: own).paths.keys.sorted() == ["model:open_v1.0.0"])
            let entity: Reply = await harness.ask(.get, "/v1/lineage/entities/model/secret_v1.0.0", token: own)
            #expect(entity.code == "entity_not_found")
            let listed: Reply = await harness.ask(.get, "/v1/lineage/entities", token: own)
            #expect(!listed.items("node").contains("model:secret_v1.0.0"))
            let edges: Reply = await harness.connect(
                ["model:open_v1.0.0 derives_from model:secret_v1.0.0", "model:secret_v9 derives_from dataset:x"],
                token: own)
            #expect(edges.items("code") == ["entity_not_found", "entity_not_found"], "\(edges.text)")
        }
    }
}

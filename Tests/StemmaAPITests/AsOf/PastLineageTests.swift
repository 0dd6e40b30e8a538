import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Entities of the lineage graph and assessments at a moment.
@Suite struct PastLineageTests {
    private static let orders: String = "/v1/lineage/entities/dataset/orders"

    /// The moment, after which a second passes.
    private func moment(_ harness: APIHarness) -> Timestamp {
        let now: Timestamp = harness.clock.now
        harness.clock.advance(milliseconds: 1_000)
        return now
    }

    private func read(_ harness: APIHarness, _ moment: Timestamp, _ path: String = orders) async -> Reply {
        await harness.ask(.get, path + "?as_of=\(moment)")
    }

    @Test func anEntityIsToldAsItWasAndOnlyWhileItWasThere() async throws {
        try await APIHarness.with { harness in
            let before: Timestamp = moment(harness)
            _ = await harness.send(.put, Self.orders, #"{"name":"Orders","owner":"sales","metadata":{"rows":7}}"#)
            let made: Timestamp = moment(harness)
            _ = await harness.send(.put, Self.orders, #"{"owner":"finance"}"#)
            let changed: Timestamp = moment(harness)
            #expect(await harness.ask(.delete, Self.orders).status == 204)
            let removed: Timestamp = moment(harness)
            // Taken up again by an edge, which says nothing of it.
            await harness.connect(["dataset:daily derives_from dataset:orders"])
            let again: Timestamp = moment(harness)
            let query: String = "source=dataset:daily&relationship=derives_from&target=dataset:orders"
            #expect(await harness.ask(.delete, "/v1/lineage/edges?" + query).status == 204)
            #expect(await harness.ask(.delete, Self.orders).status == 204)
            let gone: Timestamp = moment(harness)
            _ = await harness.send(.put, Self.orders, #"{"owner":"new"}"#)

            for missing in [before, removed, gone] {
                #expect(await read(harness, missing).code == "entity_not_found", "\(missing)")
                #expect(await harness.graph("node=dataset:orders&as_of=\(missing)").code == "entity_not_found")
            }
            for (moment, name, owner, updated) in [
                (made, "Orders", "sales", made), (changed, nil, "finance", changed), (again, nil, nil, again),
                (harness.clock.now, nil, "new", harness.clock.now),
            ] as [(Timestamp, String?, String?, Timestamp)] {
                let reply: Reply = await read(harness, moment)
                #expect(reply.status == 200, "\(moment): \(reply.text)")
                #expect(reply.json["name"]?.string == name && reply.json["owner"]?.string == owner, "\(reply.text)")
                #expect(reply.json["created_at"]?.string == made.description)
                #expect(reply.json["updated_at"]?.string == updated.description, "\(moment): \(reply.text)")
                #expect(reply.json["as_of"]?.string == moment.description && reply.json["as_of_gaps"] == [])
                #expect(reply.headers["etag"] == nil && reply.headers["cache-control"] == "no-store")
                let graph: Reply = await harness.graph("node=dataset:orders&depth=0&as_of=\(moment)")
                #expect(graph.json["nodes"]?.array?.first?["owner"]?.string == owner, "\(graph.text)")
            }
            #expect(await read(harness, made).json["metadata"] == ["rows": 7])

            let list: String = "/v1/lineage/entities?as_of="
            #expect(await harness.ask(.get, list + "\(before)").items("node") == [])
            #expect(await harness.ask(.get, list + "\(removed)").items("node") == [])
            #expect(await harness.ask(.get, list + "\(again)").items("node") == ["dataset:orders", "dataset:daily"])
            #expect(await harness.ask(.get, list + "\(gone)").items("node") == ["dataset:daily"])
            let filter: String = "&filter=owner%20%3D%20'sales'%20AND%20metadata.rows%20%3E%206"
            #expect(await harness.ask(.get, list + "\(made)" + filter).items("node") == ["dataset:orders"])
            #expect(await harness.ask(.get, list + "\(changed)" + filter).items("node") == [])
            let page: Reply = await harness.ask(.get, list + "\(again)&limit=1&order_by=created_at%20desc")
            #expect(page.items("node") == ["dataset:daily"])
            let cursor: String = try #require(page.json["next_cursor"]?.string)
            let next: String = list + "\(again)&limit=1&order_by=created_at%20desc&cursor=" + cursor
            #expect(await harness.ask(.get, next).items("node") == ["dataset:orders"])
            #expect(await harness.ask(.get, list + "\(again)&order_by=name").pointers == ["?order_by"])
        }
    }

    /// Named by somebody before it was registered, a version is what that one said until then.
    @Test func aVersionIsOneFromItsPublicationOn() async throws {
        try await APIHarness.with { harness in
            await harness.connect(["dataset:scores derives_from model:m_v1.0.0"])
            let named: Timestamp = moment(harness)
            try await harness.publish("m", "1.0.0", more: #","draft":true"#)
            let draft: Timestamp = moment(harness)
            #expect(await harness.ask(.post, "/v1/models/m/versions/1.0.0/publish").status == 200)
            let published: Timestamp = moment(harness)
            let path: String = "/v1/lineage/entities/model/m_v1.0.0"
            for (moment, isRegistered) in [(named, false), (draft, false), (published, true)] {
                let past: JSONValue = await read(harness, moment, path).json
                #expect(past["registered"]?.bool == isRegistered && past["as_of_gaps"] == [], "\(past)")
                #expect(past["origin"]?.string == (isRegistered ? "registration" : "client"), "\(past)")
                let graph: Reply = await harness.graph("node=model:m_v1.0.0&as_of=\(moment)")
                let node: JSONValue? = graph.json["nodes"]?.array?.first
                #expect(node?["version"]?.string == (isRegistered ? "1.0.0" : nil), "\(graph.text)")
            }
        }
    }

    @Test func whatEventsReplacedAndWhatWasErasedAreGaps() async throws {
        try await APIHarness.with { harness in
            func ingest(_ rows: Int) async {
                let body: String = """
                    {"eventTime":"\(harness.clock.now)","producer":"https://example.com/p",\
                    "schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",\
                    "dataset":{"namespace":"lake","name":"t","facets":{"rows":{"n":\(rows)}}}}
                    """
                #expect(await harness.send(.post, "/api/v1/lineage", body).status == 201)
            }
            let table: String = "/v1/lineage/entities/dataset/lake:t"
            _ = await harness.send(.put, table, #"{"owner":"ann"}"#)
            let bare: Timestamp = moment(harness)
            await ingest(1)
            let first: Timestamp = moment(harness)
            // Nobody said anything of it since, so that everything is known.
            #expect(await read(harness, first, table).json["facets"]?["rows"]?["n"] == 1)
            #expect(await read(harness, bare, table).json["facets"] == [:])
            _ = await harness.send(.put, table, #"{"owner":"ben"}"#)
            #expect(await read(harness, first, table).json["facets"]?["rows"]?["n"] == 1, "no event came since")
            _ = moment(harness)
            await ingest(2)
            let told: JSONValue = await read(harness, first, table).json
            #expect(told["owner"] == "ann" && told["facets"] == [:], "\(told)")
            #expect(told["as_of_gaps"] == ["updated_at", "facets"] && told["updated_at"] == .null)
            #expect(await read(harness, bare, table).json["as_of_gaps"] == [])

            let store = try #require(harness.registry.store as? SQLiteMetadataStore)
            try await store.database.write { transaction in
                try transaction.execute("DELETE FROM audit_private WHERE field = 'changes'")
            }
            let erased: JSONValue = await read(harness, bare, table).json
            #expect(erased["as_of_gaps"] == ["name", "description", "owner", "metadata"], "\(erased)")
            #expect(erased["owner"] == .null)
            // What is not known may pass a filter; the rest is judged.
            let list: String = "/v1/lineage/entities?as_of=\(bare)&filter="
            #expect(await harness.ask(.get, list + "owner%20%3D%20'x'").items("id") == ["lake:t"])
            #expect(await harness.ask(.get, list + "type%20%3D%20'feature'").items("id") == [])
        }
    }

    @Test func anAssessmentIsAsFarAsItHadCome() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", more: #","training_data":{"dataset_id":"tx"}"#)
            let before: Timestamp = moment(harness)
            let made: Reply = await harness.send(
                .post, "/v1/lineage/impact", #"{"node":"dataset:tx","reason":"r","quarantine":true}"#)
            let path: String = try #require(made.headers["location"])
            var answers: [(moment: Timestamp, answer: JSONValue)] = [(moment(harness), made.json)]
            func note() async { answers.append((moment(harness), await harness.ask(.get, path).json)) }
            try await harness.publish("m", "1.0.1", more: #","training_data":{"dataset_id":"tx"}"#)
            await note()
            let line: String = #"{"node":"model:m_v1.0.0","comment":"c"}"#
            _ = await harness.send(.post, path + "/acknowledgements", line)
            await note()
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.1/quarantine").status == 204)
            await note()
            _ = await harness.send(.post, path + "/close", #"{"reason":"over"}"#)
            await note()
            #expect(Set(answers.map { $0.answer["etag"]?.string }).count == 5)
            for (moment, answer) in answers {
                let past: JSONValue = await read(harness, moment, path).json
                for member in answer.object?.members ?? [] where member.name != "etag" {
                    #expect(past[member.name] == member.value, "\(moment) \(member.name)")
                }
                let open: String = "/v1/lineage/assessments?filter=status%20%3D%20'open'&as_of=\(moment)"
                let count: Int = await harness.ask(.get, open).items("id").count
                #expect(count == (answer["status"] == "open" ? 1 : 0))
            }
            #expect(await read(harness, before, path).code == "assessment_not_found")
            #expect(await harness.ask(.get, "/v1/lineage/assessments?as_of=\(before)").items("id") == [])
        }
    }

    @Test func tokensSeeThePastOfTheirModelsOnly() async throws {
        try await APIHarness.with { harness in
            for model in ["a_one", "b_one"] {
                try await harness.publish(model, "1.0.0", more: #","training_data":{"dataset_id":"shared"}"#)
                let body: String = #"{"node":"model:\#(model)_v1.0.0","reason":"r"}"#
                #expect(await harness.send(.post, "/v1/lineage/impact", body).status == 201)
            }
            let token: APIHarness.Token = .secret(
                try await harness.registry.token("r", roles: ["reader"], models: ["a_*"]))
            let then: String = "as_of=\(moment(harness))"
            let list: Reply = await harness.ask(.get, "/v1/lineage/entities?" + then, token: token)
            #expect(Set(list.items("node")) == ["dataset:shared", "model:a_one_v1.0.0"], "\(list.text)")
            let path: String = "/v1/lineage/entities/model/"
            #expect(await harness.ask(.get, path + "a_one_v1.0.0?" + then, token: token).status == 200)
            let other: Reply = await harness.ask(.get, path + "b_one_v1.0.0?" + then, token: token)
            #expect(other.code == "entity_not_found")
            let assessments: Reply = await harness.ask(.get, "/v1/lineage/assessments?" + then, token: token)
            #expect(assessments.items("node") == ["model:a_one_v1.0.0"])
        }
    }
}

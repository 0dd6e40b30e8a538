import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaAPI
@testable import StemmaRegistry

@Suite struct EvaluationEndpointTests {
    private static let csv: APIHarness.Examples = .csv("label,prediction\n1,1\n1,0\n1,1\n0,1\n0,0\n")
    private static let target = "/v1/models/m/versions/1.0.0/evaluations/holdout"

    @Test func anEvaluationIsStoredWithTheMetricsOfItsVersion() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let made: Reply = await harness.evaluate("1.0.0", Self.csv)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers["location"] == Self.target)
            let json: JSONValue = made.json
            let digest: String = EvaluationEncoder.digest(ofLabels: ["1", "1", "1", "0", "0"]).description
            #expect(json["dataset_id"]?.string == "holdout" && json["model_id"]?.string == "m_v1.0.0")
            #expect(json["dataset_digest"]?.string == digest && json["examples_digest"]?.string == digest)
            #expect(json["dataset_digests"]?.array == [.string(digest)])
            #expect(json["examples"] == 5 && json["classes"] == 2 && json["correct"] == 3)
            #expect(json["paired_by"] == "place")
            // Found 2 of 3 positives, of 3 said so: precision and recall 2/3. Class 0: 1 of 2, of 2 said so.
            let binary: JSONValue = [
                "positive_label": "1", "precision": .double(2.0 / 3), "recall": .double(2.0 / 3),
                "f1": .double(2.0 / 3),
            ]
            #expect(json["metrics"]?["accuracy"] == 0.6)
            #expect(json["metrics"]?["binary"] == binary, "\(made.text)")
            let macro: Double = try #require(json["metrics"]?["macro"]?["precision"]?.number)
            #expect(abs(macro - (2.0 / 3 + 0.5) / 2) < 1e-15)
            let weighted: Double = try #require(json["metrics"]?["weighted"]?["recall"]?.number)
            #expect(abs(weighted - 0.6) < 1e-15)
            #expect(json["confusion"] == ["labels": ["1", "0"], "counts": [[2, 1], [1, 1]]])
            #expect(json["per_class"]?.array?.first?["support"] == 3)
            let read: Reply = await harness.ask(.get, Self.target)
            #expect(read.body == made.body && read.headers["etag"] == made.headers["etag"])
            #expect(read.headers["content-location"] == Self.target)
            let unmodified: Reply = await harness.ask(
                .get, Self.target, [("if-none-match", try #require(read.headers["etag"]))])
            #expect(unmodified.status == 304)
            let list: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/evaluations")
            #expect(list.json["items"]?.array == [json])
            #expect(list.headers["content-location"] == "/v1/models/m/versions/1.0.0/evaluations")
        }
    }

    @Test func theSameAgainChangesNothingAndOtherContentIsRefused() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let made: Reply = await harness.evaluate("1.0.0", Self.csv)
            let lines: String = ["1,1", "1,0", "1,1", "0,1", "0,0"].map { pair in
                #"{"label":\#(pair.first!),"prediction":\#(pair.last!)}"# + "\n"
            }.joined()
            for examples in [Self.csv, .ndjson(lines)] {
                for piece in [1, 3, 65_536] {
                    let again: Reply = await harness.evaluate("1.0.0", examples, piece: piece)
                    #expect(again.status == 200 && again.body == made.body, "\(again.text)")
                    #expect(again.headers["content-location"] == Self.target)
                }
            }
            let other: Reply = await harness.evaluate("1.0.0", .csv("label,prediction\n1,1\n1,1\n1,1\n0,1\n0,0\n"))
            #expect(other.status == 409 && other.code == "evaluation_exists")
            #expect(other.json["detail"]?.string?.contains("never change") == true)
            let elsewhere: Reply = await harness.evaluate("1.0.0", on: "copy", Self.csv)
            #expect(elsewhere.code == "evaluation_exists")
            #expect(elsewhere.json["detail"]?.string?.contains("holdout") == true)
            let events: [AuditEvent] = try await harness.registry.events()
            #expect(
                events.count { $0.record.action == "put_evaluation" && $0.record.outcome == "success" } == 1)
            #expect(await harness.ask(.get, Self.target).body == made.body)
            // Nothing of what was refused or known is kept.
            #expect(try await harness.memory?.stagedIDs().isEmpty == true)
            #expect(
                try await harness.memory?.list(after: nil, limit: 10).map(\.description) == [
                    try #require(made.json["blob"]?.string)
                ])
        }
    }

    @Test func aDatasetMayHaveSeveralDigests() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let (old, new): (String, String) = (APIHarness.digest([1]), APIHarness.digest([2]))
            let first: Reply = await harness.evaluate("1.0.0", Self.csv, digest: old)
            #expect(first.json["dataset_digest"]?.string == old && first.json["examples_digest"]?.string != old)
            harness.clock.advance(milliseconds: -5_000)
            let second: Reply = await harness.evaluate("1.0.0", .csv("label,prediction\n1,1\n"), digest: new)
            #expect(second.status == 201 && second.json["dataset_digests"]?.array == [.string(new), .string(old)])
            let read: Reply = await harness.ask(.get, Self.target)
            #expect(read.json["dataset_digest"]?.string == new && read.json["examples"] == 1)
            let older: Reply = await harness.ask(.get, Self.target + "?dataset_digest=" + old)
            #expect(older.json["examples"] == 5)
            let list: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/evaluations?limit=1")
            #expect(list.items("dataset_digest") == [new])
            let cursor: String = try #require(list.json["next_cursor"]?.string)
            let rest: Reply = await harness.ask(
                .get, "/v1/models/m/versions/1.0.0/evaluations?limit=1&cursor=" + cursor)
            #expect(rest.items("dataset_digest") == [old] && rest.json["next_cursor"]?.isNull == true)
            let none: Reply = await harness.ask(.get, Self.target + "?dataset_digest=" + APIHarness.digest([3]))
            #expect(none.status == 404 && none.code == "evaluation_not_found")
        }
    }

    @Test func whatCannotBeTakenIsRefusedAndLeavesNothing() async throws {
        var policy = RegistryPolicy()
        policy.limits.evaluationBodyBytes = 200
        policy.limits.evaluationsPerVersion = 1
        try await APIHarness.with(policy: policy) { harness in
            try await harness.publish("m", "1.0.0")
            _ = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.1.0","draft":true}"#)
            #expect(await harness.evaluate("1.1.0", Self.csv).code == "draft_version")
            #expect(await harness.evaluate("9.0.0", Self.csv).code == "version_not_found")
            #expect(await harness.evaluate("latest", Self.csv).code == "version_not_found")
            let bad: Reply = await harness.evaluate("1.0.0", .csv("label,prediction\n1,1\n1\n"))
            #expect(bad.status == 422 && bad.pointers == ["/lines/3"])
            let digest: Reply = await harness.evaluate("1.0.0", Self.csv, digest: "sha256:1")
            #expect(digest.status == 422 && digest.pointers == ["?dataset_digest"])
            let untyped: Reply = await harness.ask(.put, Self.target, body: .bytes(Self.csv.bytes))
            #expect(untyped.status == 415 && untyped.code == "unsupported_media_type")
            let long = String(repeating: "1,1\n", count: 60)
            let large: Reply = await harness.ask(
                .put, Self.target, [("content-type", "text/csv")],
                body: .chunked(Array(("label,prediction\n" + long).utf8), piece: 50))
            #expect(large.status == 413)
            let declared: Reply = await harness.ask(
                .put, Self.target, [("content-type", "text/csv")], body: .untouchable(length: 201))
            #expect(declared.status == 413)
            let broken: Reply = await harness.ask(
                .put, Self.target, [("content-type", "text/csv")], body: .brokenOff(after: Self.csv.bytes))
            #expect(broken.status == 400)
            let stale: Reply = await harness.evaluate("1.0.0", Self.csv, [("if-match", "\"x\"")])
            #expect(stale.status == 412)
            #expect(try await harness.memory?.stagedIDs().isEmpty == true)
            #expect(try await harness.memory?.list(after: nil, limit: 10).isEmpty == true)
            #expect(await harness.ask(.get, Self.target).code == "evaluation_not_found")
            #expect(await harness.evaluate("1.0.0", Self.csv, [("if-none-match", "*")]).status == 201)
            #expect(await harness.evaluate("1.0.0", Self.csv, [("if-none-match", "*")]).status == 412)
            let second: Reply = await harness.evaluate("1.0.0", on: "other", .csv("label,prediction\n1,1\n"))
            #expect(second.status == 422 && second.json["detail"]?.string?.contains("at most 1 evaluations") == true)
        }
    }

    @Test func namesOfDatasetsAreTakenAsTheyAre() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let made: Reply = await harness.evaluate("1.0.0", on: "a%2Fb%20%C3%A9", Self.csv)
            #expect(made.json["dataset_id"]?.string == "a/b é")
            let location: String = try #require(made.headers["location"])
            #expect(location == "/v1/models/m/versions/1.0.0/evaluations/a%2Fb%20%C3%A9")
            #expect(await harness.ask(.get, location).status == 200)
            let control: Reply = await harness.evaluate("1.0.0", on: "a%0Ab", Self.csv)
            #expect(control.status == 422 && control.pointers == ["/dataset_id"])
        }
    }

    @Test func theLogNamesTheEvidence() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let made: Reply = await harness.evaluate("1.0.0", Self.csv)
            let audit: Reply = await harness.ask(.get, "/v1/audit?action=put_evaluation")
            let event: JSONValue = try #require(audit.json["items"]?.array?.first)
            #expect(event["model_id"]?.string == "m_v1.0.0")
            for name in ["dataset_digest", "examples_digest", "examples", "blob"] {
                #expect(event["detail"]?[name] == made.json[name], "\(name)")
            }
            #expect(event["detail"]?["evaluation"] == made.json["id"] && event["detail"]?["dataset"] == "holdout")
        }
    }

    @Test func theExamplesAreNobodysBlob() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let publisher: String = try await harness.registry.token("p", roles: ["publisher"], models: ["m"])
            let made: Reply = await harness.evaluate("1.0.0", Self.csv, token: .secret(publisher))
            #expect(made.status == 201)
            let blob: String = "/v1/blobs/" + (try #require(made.json["blob"]?.string))
            #expect(await harness.ask(.get, blob, token: .secret(publisher)).status == 404)
            #expect(await harness.ask(.get, blob).json["format"]?.isNull == nil)
            #expect(await harness.ask(.get, blob).body.starts(with: "STMEVAL".utf8))
            let reader: String = try await harness.registry.token("r", roles: ["reader"], models: ["m"])
            #expect(await harness.evaluate("1.0.0", Self.csv, token: .secret(reader)).code == "permission_denied")
            #expect(await harness.ask(.get, Self.target, token: .secret(reader)).status == 200)
            let stranger: String = try await harness.registry.token("s", roles: ["publisher"], models: ["x_*"])
            #expect(await harness.evaluate("1.0.0", Self.csv, token: .secret(stranger)).code == "model_not_found")
            #expect(await harness.ask(.get, Self.target, token: .secret(stranger)).code == "model_not_found")
        }
    }
}

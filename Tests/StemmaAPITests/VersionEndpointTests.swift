import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct VersionEndpointTests {
    private static let full: String = """
        ,"description":"d","domain":"payments","use_case":"fraud","change_type":"minor","model_type":"gradient_boosting",
        "framework":"xgboost","framework_version":"1.7.0","training_data":{"dataset_id":"x","row_count":5000000,
        "feature_count":147,"time_range":["2023-01-01","2024-01-01"]},"performance_metrics":{"accuracy":0.967,"auc_roc":0.982},
        "infrastructure_requirements":{"memory_mb":4096,"cpu_cores":2,"gpu_required":false,"disk_space_mb":512},
        "dependencies":{"python_version":"3.9.0","packages":["xgboost==1.7.0"]},
        "lineage":{"parent_models":["fraud_v2.1.2"],"training_code_commit":"abc","experiment_id":"e","features":["f"]},
        "signature":{"inputs":[{"name":"a","type":"double"}],"outputs":[{"name":"s","type":"double"}]},
        "reproducibility":{"code_commit":"abc","random_seed":42},"tags":{"team":"fraud"},"risk":{"tier":"high"},"metadata":{"k":1}
        """

    @Test func everyMemberOfTheSpecificationComesBack() async throws {
        try await APIHarness.with { harness in
            let version: JSONValue = try await harness.publish(
                "fraud", "2.1.3", files: [("model.bin", [1, 2, 3]), ("a/b.txt", Array("text".utf8))],
                more: VersionEndpointTests.full)
            let sent: JSONValue = try JSONParser.parse(Array(("{" + VersionEndpointTests.full.dropFirst() + "}").utf8))
            for member in sent.object?.members ?? [] { #expect(version[member.name] == member.value, "\(member.name)") }
            #expect(version["model_id"]?.string == "fraud_v2.1.3")
            #expect(version["model"]?.string == "fraud")
            #expect(version["number"]?.integer == 1)
            #expect(version["state"]?.string == "development")
            #expect(version["status"]?.string == "ready")
            #expect(version["size_bytes"]?.integer == 7)
            #expect(version["created_by"]?.string == "admin")
            #expect(version["artifacts_digest"]?.string?.hasPrefix("sha256:") == true)
            #expect(version["artifacts"]?.array?.compactMap { $0["path"]?.string } == ["a/b.txt", "model.bin"])
            for target in ["/v1/models/fraud/versions/2.1.3", "/v1/model-versions/fraud_v2.1.3"] {
                let read: Reply = await harness.ask(.get, target)
                #expect(read.json == version)
                #expect(read.headers["content-location"] == "/v1/models/fraud/versions/2.1.3")
            }
            let list: Reply = await harness.ask(.get, "/v1/models/fraud/versions")
            #expect(list.json["items"]?.array == [version])
        }
    }

    @Test func referencesResolve() async throws {
        try await APIHarness.with { harness in
            for (index, version) in ["1.0.0", "2.0.0", "2.1.0", "2.1.5", "3.0.0-rc.1"].enumerated() {
                try await harness.publish("m", version, more: #","use_case":"\#(index)""#)
            }
            _ = await harness.send(
                .post, "/v1/models/m/versions", #"{"version":"2.9.0","draft":true}"#)
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"2.0.0"}"#)
            for (ref, version) in [
                ("1.0.0", "1.0.0"), ("v1.0.0", "1.0.0"), ("@champion", "2.0.0"), ("%40champion", "2.0.0"),
                ("latest", "2.1.5"), ("@latest", "2.1.5"), ("%5E2.0", "2.1.5"), ("~2.1.0", "2.1.5"), ("2.x", "2.1.5"),
                ("2", "2.1.5"), ("3.0.0-rc.1", "3.0.0-rc.1"), ("2.9.0", "2.9.0"),
            ] {
                let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/" + ref)
                #expect(reply.json["version"]?.string == version, "\(ref)")
                #expect(reply.headers["content-location"] == "/v1/models/m/versions/" + version)
            }
            for (ref, code) in [
                ("9.9.9", "version_not_found"), ("@none", "alias_not_found"), ("%5E9", "version_not_found"),
                ("nonsense", "version_not_found"), ("@", "version_not_found"), ("", "route_not_found"),
            ] {
                let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/" + ref)
                #expect(reply.status == 404, "\(ref)")
                #expect(reply.code == code, "\(ref)")
            }
            for ref in ["latest", "@champion", "2.x"] {
                #expect(await harness.send(.patch, "/v1/models/m/versions/" + ref, "{}").status == 404, "\(ref)")
                #expect(await harness.ask(.delete, "/v1/models/m/versions/" + ref).status == 404, "\(ref)")
            }
        }
    }

    @Test func registrationsAreRefusedWithTheirReason() async throws {
        try await APIHarness.with { harness in
            let target: String = "/v1/models/m/versions"
            #expect(await harness.send(.post, target, #"{"version":"1.0.0"}"#).code == "model_not_found")
            try await harness.publish("m", "1.0.0", more: #","lineage":{"features":["a"]}"#)
            #expect(await harness.send(.post, target, #"{"version":"1.0.0"}"#).code == "version_exists")
            let digest: String = APIHarness.digest([9])
            let missing: Reply = await harness.send(
                .post, target, #"{"version":"2.0.0","artifacts":[{"path":"x","digest":"\#(digest)"}]}"#)
            #expect(missing.status == 409)
            #expect(missing.code == "missing_blobs")
            #expect(missing.json["missing"]?.array?.compactMap(\.string) == [digest])
            let small: Reply = await harness.send(.post, target, #"{"version":"1.0.1"}"#)
            #expect(small.status == 409)
            #expect(small.code == "bump_too_small")
            #expect(small.json["breaking"]?.array?.first?["field"]?.string == "lineage.features")
            #expect(small.json["detail"]?.string?.contains("lineage.features") == true)
            let agreed: Reply = await harness.send(
                .post, target, #"{"version":"1.0.1","allow_breaking":true,"rationale":"agreed"}"#)
            #expect(agreed.status == 201)
            let replay: Reply = await harness.send(
                .post, target, #"{"version":"1.0.1","allow_breaking":true,"rationale":"agreed"}"#)
            #expect(replay.status == 200)
            #expect(replay.headers["content-location"] == "/v1/models/m/versions/1.0.1")
            let bad: Reply = await harness.send(.post, target, #"{"version":"1","tags":{"a":1}}"#)
            #expect(bad.status == 422)
            #expect(bad.pointers == ["/tags/a", "/version"])
        }
    }

    @Test func onlyTheMutableMembersChangeAndKeepTheirHistory() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", more: #","performance_metrics":{"auc":0.9,"f1":0.8}"#)
            let target: String = "/v1/models/m/versions/1.0.0"
            for member in [
                "framework", "training_data", "signature", "artifacts", "version", "state", "model_id", "created_at",
            ] {
                let reply: Reply = await harness.send(.patch, target, #"{"\#(member)":"x"}"#)
                #expect(reply.status == 409, "\(member)")
                #expect(reply.code == "immutable_field")
                #expect(reply.pointers == ["/" + member])
            }
            #expect(await harness.send(.patch, target, #"{"unheard":1}"#).status == 422)
            #expect(await harness.send(.patch, target, #"{"performance_metrics":{"auc":"x"}}"#).status == 422)
            let patched: Reply = await harness.send(
                .patch, target,
                #"{"performance_metrics":{"auc":0.91,"f1":null,"new":1},"description":"d","rationale":"fixed"}"#)
            #expect(patched.status == 200)
            #expect(patched.json["performance_metrics"] == ["auc": 0.91, "new": 1])
            let history: Reply = await harness.ask(.get, target + "/metrics")
            let changes: [String] = (history.json["items"]?.array ?? []).map { item in
                "\(item["metric"]?.string ?? ""):\(item["previous"]?.number ?? -1)>\(item["value"]?.number ?? -1)"
            }
            #expect(changes == ["auc:0.9>0.91", "f1:0.8>-1.0", "new:-1.0>1.0"])
            let found: Reply = await harness.ask(.get, "/v1/model-versions?filter=metrics.auc%20%3E%200.905")
            #expect(found.items("version") == ["1.0.0"])
        }
    }

    @Test func deletionTakesAliasesAlongAndNeverGivesTheNumberAgain() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            try await harness.publish("m", "1.0.1", more: #","use_case":"x""#)
            try await harness.place("m", "1.0.0", in: .shadow)
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.1"}"#)
            let refused: Reply = await harness.ask(.delete, "/v1/models/m/versions/1.0.0")
            #expect(refused.status == 409)
            #expect(refused.code == "version_in_use")
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.1?dry_run=true").status == 204)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/champion").status == 200)
            #expect(await harness.ask(.delete, "/v1/models/m/versions/1.0.1").status == 204)
            #expect(await harness.ask(.get, "/v1/models/m/aliases/champion").status == 404)
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.1").status == 404)
            #expect(
                await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.0.1"}"#).code == "version_exists")
            #expect(await harness.ask(.get, "/v1/models/m/versions/latest").json["version"]?.string == "1.0.0")
        }
    }

    /// The history of an alias tells every move, its end by a deletion of the version too.
    @Test func anAliasThatGoesWithItsVersionSaysSoInItsHistory() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            _ = await harness.send(.put, "/v1/models/m/aliases/champion", #"{"version":"1.0.0"}"#)
            _ = await harness.ask(.delete, "/v1/models/m/versions/1.0.0")
            let history: Reply = await harness.ask(.get, "/v1/models/m/aliases/champion/history")
            let newest: JSONValue? = history.json["items"]?.array?.first
            #expect(newest?["from"]?.string == "1.0.0")
            #expect(newest?["to"]?.isNull == true)
        }
    }

    @Test func draftsAreFilledAndPublished() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let base: String = "/v1/models/m/versions/1.1.0"
            let draft: Reply = await harness.send(.post, "/v1/models/m/versions", #"{"version":"1.1.0","draft":true}"#)
            #expect(draft.status == 201)
            #expect(draft.json["status"]?.string == "draft")
            #expect(draft.json["artifacts_digest"]?.isNull == true)
            #expect(draft.json["expires_at"]?.string != nil)
            #expect(await harness.ask(.get, "/v1/models/m/versions/latest").json["version"]?.string == "1.0.0")
            #expect(await harness.ask(.get, "/v1/models/m").json["version_count"]?.integer == 1)
            let refused: Reply = await harness.send(.put, "/v1/models/m/aliases/x", #"{"version":"1.1.0"}"#)
            #expect(refused.code == "draft_version")
            let put: Reply = await harness.ask(
                .put, base + "/artifacts/dir/model.json", body: .chunked(Array("{}".utf8)))
            #expect(put.status == 201)
            #expect(put.headers["location"] == base + "/artifacts/dir/model.json")
            #expect(put.json["media_type"]?.string == "application/json")
            #expect(put.json["format"]?.string == "json")
            let replaced: Reply = await harness.ask(
                .put, base + "/artifacts/dir/model.json", [("content-type", "text/x-thing; q=1")],
                body: .bytes(Array("[1]".utf8)))
            #expect(replaced.status == 200)
            #expect(replaced.json["media_type"]?.string == "text/x-thing")
            #expect(await harness.ask(.put, base + "/artifacts/gone", body: .bytes([1])).status == 201)
            #expect(await harness.ask(.delete, base + "/artifacts/gone").status == 204)
            #expect(await harness.ask(.delete, base + "/artifacts/gone").code == "artifact_not_found")
            let published: Reply = await harness.ask(.post, base + "/publish")
            #expect(published.status == 200)
            #expect(published.json["status"]?.string == "ready")
            #expect(published.json["expires_at"]?.isNull == true)
            #expect(published.json["size_bytes"]?.integer == 3)
            #expect(await harness.ask(.get, "/v1/models/m/versions/latest").json["version"]?.string == "1.1.0")
            for reply in [
                await harness.ask(.post, base + "/publish"),
                await harness.ask(.put, base + "/artifacts/x", body: .untouchable(length: 1)),
                await harness.ask(.delete, base + "/artifacts/dir/model.json"),
            ] {
                #expect(reply.status == 409)
                #expect(reply.code == "not_draft")
            }
        }
    }

    @Test func artifactPathsOfDraftsAreChecked() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(
                .post, "/v1/models/m/versions?create_model=true", #"{"version":"1.0.0","draft":true}"#)
            let base: String = "/v1/models/m/versions/1.0.0/artifacts/"
            for path in ["a%5Cb", "a%01", "a//b", "e%CC%81", String(repeating: "x", count: 1_025)] {
                let reply: Reply = await harness.ask(.put, base + path, body: .untouchable(length: 1))
                #expect(reply.status == 422 || reply.status == 404 || reply.status == 400, "\(path)")
                #expect(reply.status != 201, "\(path)")
            }
            #expect(await harness.ask(.put, base + "a%5Cb", body: .untouchable(length: 1)).status == 422)
            #expect(await harness.ask(.put, base + "e%CC%81", body: .untouchable(length: 1)).status == 422)
            #expect(await harness.ask(.put, base + "..%2Fx", body: .untouchable(length: 1)).status == 400)
            #expect(await harness.ask(.put, base + "a", body: .bytes([1])).status == 201)
            #expect(await harness.ask(.put, base + "a/b", body: .bytes([1])).status == 422)
            let mismatch: Reply = await harness.ask(
                .put, base + "b", [("repr-digest", APIHarness.reprDigest([9]))], body: .bytes([1]))
            #expect(mismatch.code == "digest_mismatch")
            #expect(
                await harness.ask(.put, base + "b", [("repr-digest", APIHarness.reprDigest([1]))], body: .bytes([1]))
                    .status == 201)
            #expect(
                await harness.ask(.put, base + "c", [("content-digest", "sha-256=:AA==:")], body: .bytes([1])).status
                    == 400)
        }
    }

    @Test func preconditionsGuardTheFilesOfADraft() async throws {
        try await APIHarness.with { harness in
            _ = await harness.send(
                .post, "/v1/models/m/versions?create_model=true", #"{"version":"1.0.0","draft":true}"#)
            let target: String = "/v1/models/m/versions/1.0.0/artifacts/a"
            let made: Reply = await harness.ask(.put, target, [("if-none-match", "*")], body: .bytes([1]))
            #expect(made.status == 201)
            #expect(await harness.ask(.put, target, [("if-none-match", "*")], body: .bytes([2])).status == 412)
            #expect(await harness.ask(.put, target, [("if-match", "\"x\"")], body: .bytes([2])).status == 412)
            let etag: String = try #require(made.headers["etag"])
            #expect(await harness.ask(.put, target, [("if-match", etag)], body: .bytes([2])).status == 200)
            #expect(await harness.ask(.delete, target, [("if-match", etag)]).status == 412)
        }
    }

    @Test func patchesAndDeletionsHonourTheEntityTag() async throws {
        try await APIHarness.with { harness in
            let version: JSONValue = try await harness.publish("m", "1.0.0")
            let etag: String = try #require(version["etag"]?.string)
            let target: String = "/v1/models/m/versions/1.0.0"
            #expect(await harness.send(.patch, target, #"{"description":"a"}"#, [("if-match", etag)]).status == 200)
            #expect(await harness.send(.patch, target, #"{"description":"b"}"#, [("if-match", etag)]).status == 412)
            #expect(await harness.ask(.delete, target, [("if-match", etag)]).status == 412)
        }
    }
}

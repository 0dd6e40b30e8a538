import StemmaJSON
import StemmaTesting
import Testing

/// Retries of a POST with the same `Idempotency-Key` (API.md, section 1).
@Suite struct IdempotencyTests {
    @Test func sameRequestIsAnsweredFromStore() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("replay")
        let body: JSONValue = ["name": .string(name), "description": "once"]
        let key: WireFields = ["Idempotency-Key": "key-\(name)"]
        let first = try await registry.admin.post("/v1/models", body, key)
        #expect(first.status == 201 && first["Idempotent-Replayed"] == nil)
        _ = try await registry.admin.patch("/v1/models/\(name)", ["description": "changed"])
        let second = try await registry.admin.post("/v1/models", body, key)
        #expect(second.status == 201 && second["Idempotent-Replayed"] == "true", "\(second)")
        #expect(second.body == first.body && second["Location"] == first["Location"] && second.etag == first.etag)
        let plain = try await registry.admin.post("/v1/models", body)
        expectProblem(plain, 409, "model_exists")
    }

    @Test func sameKeyWithAnotherRequestIsRefused() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("reused")
        let key: WireFields = ["Idempotency-Key": "key-\(name)"]
        #expect(try await registry.admin.post("/v1/models", ["name": .string(name)], key).status == 201)
        let other = try await registry.admin.post("/v1/models", ["name": .string(name + "x")], key)
        expectProblem(other, 422, "idempotency_key_reused")
        let path = try await registry.admin.post("/v1/tokens", ["name": .string(name)], key)
        expectProblem(path, 422)
        expectProblem(try await registry.admin.get("/v1/models/\(name)x"), 404)
    }

    @Test func refusedRequestMayBeCorrectedAndRetried() async throws {
        let registry = try await Registry.shared()
        let model = Registry.name("later")
        let digest = try await registry.blob([1])
        let body = JSONValue.object(
            Metadata.specification.with(["version": "1.0.0", "artifacts": Metadata.artifacts(["m": digest])]))
        let key: WireFields = ["Idempotency-Key": "key-\(model)"]
        let target = "/v1/models/\(model)/versions"
        let absent = try await registry.admin.post(target, body, key)
        expectProblem(absent, 404)
        #expect(try await registry.admin.post("/v1/models", ["name": .string(model)]).status == 201)
        let retried = try await registry.admin.post(target, body, key)
        #expect(retried.status == 201 || retried["Idempotent-Replayed"] == "true", "\(retried)")
    }

    @Test func keysOfDifferentCallersAreApart() async throws {
        let registry = try await Registry.shared()
        let name = Registry.name("private")
        let key: WireFields = ["Idempotency-Key": "key-\(name)"]
        #expect(try await registry.admin.post("/v1/models", ["name": .string(name)], key).status == 201)
        let other = try await registry.client(roles: ["publisher"], models: ["elsewhere_*"])
        let reply = try await other.post("/v1/models", ["name": .string(name)], key)
        #expect(reply["Idempotent-Replayed"] == nil)
        expectProblem(reply, anyOf: [403, 404])
    }

    @Test func manyAtOnceHaveOneEffect() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("burst")
        let digest = try await registry.blob([7])
        let body = JSONValue.object(
            Metadata.specification.with(["bump": "patch", "artifacts": Metadata.artifacts(["m": digest])]))
        try await registry.version(model, "1.0.0")
        let replies = try await withThrowingTaskGroup(of: WireReply.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    try await registry.admin.post(
                        "/v1/models/\(model)/versions", body, ["Idempotency-Key": "key-\(model)"])
                }
            }
            return try await group.reduce(into: [WireReply]()) { $0.append($1) }
        }
        #expect(replies.filter { $0.status == 201 && $0["Idempotent-Replayed"] == nil }.count == 1)
        for reply in replies where reply.status != 201 {
            expectProblem(reply, 409, "idempotency_key_in_flight")
        }
        #expect(try await registry.all("/v1/models/\(model)/versions").count == 2)
    }

    @Test(arguments: ["", String(repeating: "k", count: 1_000)])
    func uselessKeysAreRefused(key: String) async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.admin.post(
            "/v1/models", ["name": .string(Registry.name("key"))], ["Idempotency-Key": key])
        expectProblem(reply, anyOf: [400, 422])
    }
}

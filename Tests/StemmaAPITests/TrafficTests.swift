import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// How traffic is split: the read from memory against the store, and that no sequence of operations breaks the split.
@Suite struct TrafficTests {
    /// Asks the read from memory; nil where it leaves the answer to the ordinary handler.
    private func hot(
        _ harness: APIHarness, _ model: String, _ authorization: String? = nil, tag: String = ""
    ) throws -> InlineResponse? {
        let route: Route = try #require(
            harness.router.routes.first { $0.pattern == "/v1/models/{name}/traffic" && $0.method == .get })
        let handler: InlineHandler = try #require(route.inline)
        let bearer: String = authorization ?? "Bearer " + harness.admin
        let whole: [UInt8] = Array((model + bearer + tag).utf8)
        return whole.withUnsafeBytes { bytes in
            let split: (Int, Int) = (model.utf8.count, model.utf8.count + bearer.utf8.count)
            return handler(
                InlineRequest(
                    isHead: false, parameters: [UnsafeRawBufferPointer(rebasing: bytes[0..<split.0])],
                    authorization: UnsafeRawBufferPointer(rebasing: bytes[split.0..<split.1]),
                    ifNoneMatch: UnsafeRawBufferPointer(rebasing: bytes[split.1...])))
        }
    }

    @Test func theHotReadSaysTheSame() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            func agrees() async throws -> Bool {
                try hot(harness, "m")?.body == (await harness.ask(.get, RolloutStage.traffic)).body
            }
            #expect(try await agrees())
            #expect(await stage.split() == ["1.0.0:100"])
            let before: String = try #require(await harness.ask(.get, RolloutStage.traffic).headers["etag"])
            #expect(try hot(harness, "m", tag: before)?.status == 304)
            #expect(try hot(harness, "m", tag: before)?.body.isEmpty == true)
            let path: String = try await stage.start()
            #expect(try await agrees())
            #expect(try hot(harness, "m", tag: before) == nil)
            let json: JSONValue = try JSONParser.parse(try #require(try hot(harness, "m")).body)
            #expect(json.object?.members.map(\.name) == ["model", "splits", "rollout_id", "updated_at", "etag"])
            #expect(json["splits"]?.array?.compactMap { $0["role"]?.string } == ["production", "candidate"])
            let version: JSONValue = await stage.read("/v1/models/m/versions/2.0.0")
            #expect(json["splits"]?.array?.last?["manifest_digest"] == version["manifest_digest"])
            #expect(path.hasSuffix(try #require(json["rollout_id"]?.string)))
            _ = await harness.send(.post, path + "/advance", #"{"force":true,"rationale":"x"}"#)
            #expect(try await agrees())
            _ = await harness.send(.post, path + "/abort", #"{"rationale":"x"}"#)
            #expect(try await agrees())
            // A start of the daemon loads the same.
            let loaded = HotTrafficTable()
            try await loaded.load(from: harness.registry.core.store)
            let authenticator = Authenticator(
                tokens: harness.registry.tokens, environment: harness.registry.core.environment)
            let again: [UInt8] = Array(("m" + "Bearer " + harness.admin).utf8)
            let answer: InlineResponse? = again.withUnsafeBytes { bytes in
                loaded.responder(authenticator)(
                    InlineRequest(
                        isHead: false, parameters: [UnsafeRawBufferPointer(rebasing: bytes[..<1])],
                        authorization: UnsafeRawBufferPointer(rebasing: bytes[1...]),
                        ifNoneMatch: UnsafeRawBufferPointer(rebasing: bytes[..<0])))
            }
            #expect(answer?.body == (await harness.ask(.get, RolloutStage.traffic)).body)
            // Nobody else's business, and nothing where there is nothing.
            #expect(try hot(harness, "m", "Bearer stm_wrong") == nil)
            #expect(try hot(harness, "m", "") == nil)
            #expect(try hot(harness, "n") == nil)
            let stranger: String = try await harness.registry.token("s", roles: ["reader"], models: ["x"])
            #expect(try hot(harness, "m", "Bearer " + stranger) == nil)
            // A model with nothing in production, then with nothing at all.
            for name in ["1.0.0", "2.0.0", "3.0.0"] { try await stage.scene.move("m", name, to: .deprecated) }
            #expect(try hot(harness, "m") == nil)
            #expect(await stage.split() == [])
            #expect(await harness.ask(.delete, "/v1/models/m").status == 204)
            #expect(await harness.ask(.get, RolloutStage.traffic).code == "model_not_found")
        }
    }

    /// Who reads the split uses every version in it.
    @Test func theSplitRegistersItsReaders() async throws {
        try await APIHarness.with { harness in
            _ = try await RolloutStage(harness)
            let read: Reply = await harness.ask(.get, RolloutStage.traffic, [("stemma-consumer", "router")])
            #expect(read.status == 200)
            let consumers: Reply = await harness.ask(.get, "/v1/models/m/consumers")
            #expect(consumers.items("consumer") == ["router"])
            #expect(consumers.items("version") == ["1.0.0"])
            #expect(consumers.items("ref") == ["traffic"])
        }
    }

    @Test func aDryRunLeavesTheSplitAlone() async throws {
        try await APIHarness.with { harness in
            let stage = try await RolloutStage(harness)
            let before: [UInt8] = try #require(try hot(harness, "m")).body
            let dry: Reply = await harness.send(
                .post, RolloutStage.rollouts + "?dry_run=true", #"{"version":"2.0.0"}"#)
            #expect(dry.status == 201)
            #expect(try hot(harness, "m")?.body == before)
            #expect(await harness.ask(.get, RolloutStage.rollouts).items("id") == [])
            #expect(await stage.split() == ["1.0.0:100"])
        }
    }

    /// Whatever is done in whatever order: the split names what is in production, once, and sums to 100 percent or is empty.
    @Test func noSequenceOfOperationsBreaksTheSplit() async throws {
        var random = SeededRandom()
        var reached: Set<String> = []
        for _ in 0..<4 {
            let seed: UInt64 = random.next()
            try await APIHarness.with { harness in
                var random = SeededRandom(seed: seed)
                let stage = try await RolloutStage(harness)
                var path: String = RolloutStage.rollouts + "/none"
                for step in 0..<120 {
                    try await act(stage, &path, &random)
                    try await expectSound(stage, "seed \(seed), step \(step)")
                    if let status = await stage.read(path)["status"]?.string { reached.insert(status) }
                }
            }
        }
        #expect(reached.contains("aborted"), "the walks went nowhere")
    }

    private func act(
        _ stage: RolloutStage, _ path: inout String, _ random: inout SeededRandom
    ) async throws {
        let harness: APIHarness = stage.harness
        let version: String = ["1.0.0", "2.0.0", "3.0.0"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            let body: String = """
                {"version":"\(version)","steps":[\(Int.random(in: 1...50, using: &random)),100],\
                "minimum_step_minutes":\(Int.random(in: 0...60, using: &random)),\
                "promote_at_end":\(Bool.random(using: &random)),\
                "success_criteria":[{"metric":"x","minimum":0.5}],"abort_criteria":[{"metric":"y","maximum":0.9}]}
                """
            let reply: Reply = await harness.send(.post, RolloutStage.rollouts, body)
            #expect([201, 409].contains(reply.status), "\(reply.text)")
            if let made = reply.headers["location"] { path = made }
        case 2:
            let body: String = #"{"force":\#(Bool.random(using: &random)),"rationale":"walk"}"#
            let reply: Reply = await harness.send(.post, path + "/advance", body)
            #expect([200, 404, 409].contains(reply.status), "\(reply.text)")
        case 3:
            let reply: Reply = await harness.send(.post, path + "/abort", #"{"rationale":"walk"}"#)
            #expect([200, 404, 409].contains(reply.status), "\(reply.text)")
        case 4: try await allowing { try await stage.scene.move("m", version, to: .production) }
        case 5: try await allowing { try await stage.scene.rollBack("m", version) }
        case 6, 7:
            let target: LifecycleState =
                [.staging, .staging, .staging, .staging, .deprecated, .shadow, .validation].randomElement(
                    using: &random) ?? .staging
            try await allowing { try await stage.scene.move("m", version, to: target) }
        case 8:
            harness.clock.advance(milliseconds: Int64.random(in: 1...7_200_000, using: &random))
            try await stage.tick()
        default:
            harness.clock.advance(milliseconds: 1)
            let metric: String = ["x", "y"].randomElement(using: &random) ?? "x"
            try await stage.observe(version, metric, Double.random(in: 0.4...1, using: &random))
            try await stage.tick()
        }
    }

    /// Runs what the rules may refuse.
    private func allowing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as StemmaError {
            #expect([.transitionRefused, .rollbackRefused].contains(error.code), "\(error)")
        }
    }

    private func expectSound(_ stage: RolloutStage, _ place: String) async throws {
        let ordinary: Reply = await stage.harness.ask(.get, RolloutStage.traffic)
        let kept: InlineResponse? = try hot(stage.harness, "m")
        let splits: [JSONValue] = try #require(ordinary.json["splits"]?.array, "\(place): \(ordinary.text)")
        let inProduction: [String] = try await stage.harness.registry.core.store.read { reader in
            guard let model = try reader.model(named: "m") else { return [] }
            return try reader.versions(model: model.id, states: [.production], limit: 9).map(\.version)
        }
        #expect(inProduction.count <= 1, "\(place)")
        let named: [String] = splits.filter { $0["role"]?.string == "production" }.compactMap { $0["version"]?.string }
        #expect(named == inProduction, "\(place): \(ordinary.text)")
        let sum: Int64 = splits.compactMap { $0["percent"]?.integer }.reduce(0, +)
        #expect(splits.isEmpty ? inProduction.isEmpty : sum == 100, "\(place): \(ordinary.text)")
        #expect(Set(splits.compactMap { $0["version"]?.string }).count == splits.count, "\(place)")
        #expect((splits.count == 2) == (ordinary.json["rollout_id"]?.isNull == false), "\(place): \(ordinary.text)")
        #expect(kept?.body == (splits.isEmpty ? nil : ordinary.body), "\(place): memory and store differ")
    }
}

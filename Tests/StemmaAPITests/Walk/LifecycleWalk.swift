import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// One random walk through a registry of its own: what it has made so far, and what it means to do next.
struct LifecycleWalk {
    let harness: APIHarness
    let database: SQLiteDatabase
    var random: SeededRandom
    let tokens: [WalkToken]
    let automation: WalkAutomation
    private let weights: String
    private let readme: String

    private(set) var models: [String] = ["m0", "m1", "m2"]
    private(set) var versions: [String: [String]] = [:]
    private var rollouts: [String: String] = [:]
    private var deployments: [String] = []
    private var policies: [String] = []
    private var plan: [WalkStep] = []
    private var registrations: Int = 0
    /// Revisions of the lifecycle that are the one that a new registry starts with.
    private(set) var standardRevisions: Set<Int64> = [1]
    /// As of the last census: the version in production by model.
    var inProduction: [String: String] = [:]

    private static let people: [(person: String, roles: [[String]])] = {
        let gates: [String] = Role.gates.map { "reviewer:" + $0 }
        return [
            ("alice", [["publisher"], gates, ["publisher"] + gates]),
            ("bob", [["publisher"], Array(gates.prefix(2)), Array(gates.dropFirst(2))]),
            ("carol", [["deployer"], ["deployer", "publisher"]]), ("dave", [["admin"], gates]), ("erin", [gates]),
            ("frank", [["reader"]]),
        ]
    }()

    /// People, their tokens, their files and two policies that the registry enforces by itself.
    init(_ harness: APIHarness, seed: UInt64) async throws {
        self.harness = harness
        random = SeededRandom(seed: seed)
        database = try #require(harness.registry.store as? SQLiteMetadataStore).database
        automation = WalkAutomation(core: harness.registry.core)
        var tokens: [WalkToken] = []
        for (person, sets) in Self.people {
            for roles in sets {
                let secret: String = try await harness.registry.token(person, roles: roles)
                tokens.append(WalkToken(person: person, roles: roles, secret: secret))
            }
        }
        self.tokens = tokens
        weights = APIHarness.digest([1, 2, 3])
        readme = APIHarness.digest([35])
        for token in tokens where token.holds("publisher") {
            _ = try await harness.putBlob([1, 2, 3], token: .secret(token.secret))
            _ = try await harness.putBlob([35], token: .secret(token.secret))
        }
        for model in models {
            let made: Reply = await harness.send(.post, "/v1/models", #"{"name":"\#(model)"}"#)
            try #require(made.status == 201, "\(made.text)")
        }
        for policy in Self.policyBodies {
            let made: Reply = await harness.send(.post, "/v1/policies", policy)
            try #require(made.status == 201, "\(made.text)")
            policies.append(try #require(made.headers["location"]))
        }
    }

    private static let policyBodies: [String] = [
        #"""
        {"name":"old","kind":"retirement","mode":"enforce","criteria":{"age":{"max_age_days":20}},
        "states":["development","validation","staging","production"],"schedule":{"every_minutes":300}}
        """#,
        #"""
        {"name":"better","kind":"promotion","mode":"enforce","schedule":{"every_minutes":120},
        "criteria":{"metric":{"metric":"accuracy","minimum":0.85},"champion_challenger":{"metric":"live","window_days":2}}}
        """#,
    ]

    // MARK: What is done next

    /// The next step: mostly of the plan that is being followed, otherwise any.
    mutating func next() -> WalkStep {
        if !plan.isEmpty, chance(70) { return plan.removeFirst() }
        return any()
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func one<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

    private mutating func token(_ roles: String...) -> WalkToken {
        // Now and then somebody who may not.
        if chance(8) { return one(tokens) }
        return one(tokens.filter { token in roles.contains { token.holds($0) } })
    }

    private mutating func reviewer(_ gate: String, besides person: String?) -> WalkToken {
        one(tokens.filter { $0.holds("reviewer:" + gate) && $0.person != person })
    }

    mutating func model() -> String { one(models) }

    /// A version of a model, one of the newest mostly.
    mutating func version(_ model: String) -> String {
        let all: [String] = versions[model] ?? []
        guard !all.isEmpty else { return "1.0.0" }
        return chance(75) ? one(Array(all.suffix(4))) : one(all)
    }

    private mutating func newVersion(_ model: String) -> String {
        registrations += 1
        return "1.\(registrations).0"
    }

    /// Several steps that, one after the other, bring a new version into production, so that walks do not only knock at
    /// closed doors.
    private mutating func planPromotion() {
        let model: String = model()
        let author: WalkToken = token("publisher")
        let version: String = newVersion(model)
        let people: WalkToken = token("deployer", "admin")
        plan = [
            .register(model: model, version: version, by: author),
            .move(model: model, version: version, to: .validation, by: author),
            .move(model: model, version: version, to: .staging, by: author),
        ]
        let isHonest: Bool = chance(85)
        for gate in Role.gates {
            let reviewer: WalkToken = reviewer(gate, besides: isHonest ? author.person : nil)
            plan.append(.review(model: model, version: version, gate: gate, decision: "approve", by: reviewer))
        }
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: plan.append(.setAlias(model: model, alias: "production", version: version, by: people))
        case 2...6 where inProduction[model] != nil:
            plan.append(.startRollout(model: model, version: version, body: rolloutBody(), by: people))
            for _ in 0..<3 {
                plan.append(.tick(milliseconds: 1_800_000))
                plan.append(.observe(model: model, version: version, value: 0.95, by: people))
                plan.append(.advance(model: model, force: true, by: people))
            }
        default: plan.append(.move(model: model, version: version, to: .production, by: people))
        }
        if chance(40) {
            plan.append(.deploy(model: model, version: version, environment: "production", by: people))
            plan.append(.settleDeployment(status: "deployed", by: people))
        }
        if chance(30) { plan.append(.rollBack(model: model, version: version, by: people)) }
    }

    private mutating func rolloutBody() -> String {
        let minutes: Int = Int.random(in: 0...40, using: &random)
        return #","steps":[\#(Int.random(in: 1...50, using: &random)),100],"minimum_step_minutes":\#(minutes),"#
            + #""promote_at_end":\#(chance(85)),"rationale":"walk","rollback_plan":"back","#
            + #""success_criteria":[{"metric":"live","minimum":0.5}],"abort_criteria":[{"metric":"live","minimum":0.45}]"#
    }

    private mutating func any() -> WalkStep {
        let model: String = model()
        let version: String = version(model)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<12:
            planPromotion()
            return plan.removeFirst()
        case 12..<15: return .register(model: model, version: newVersion(model), by: token("publisher"))
        case 15..<17:
            let version: String = newVersion(model)
            let open = WalkStep.openDraft(model: model, version: version, by: token("publisher"))
            plan =
                [
                    .putFile(model: model, version: version, by: token("publisher")),
                    .publish(model: model, version: version, by: token("publisher")),
                ] + plan
            return open
        case 17..<31:
            let target: LifecycleState = one(LifecycleState.allCases + [.production, .production, .staging])
            return .move(model: model, version: version, to: target, by: token("deployer", "admin", "publisher"))
        case 31..<36:
            let version: String = chance(70) ? inProduction[model] ?? version : version
            return .rollBack(model: model, version: version, by: token("deployer", "admin"))
        case 36..<46:
            let gate: String = one(Role.gates)
            let decision: String = chance(80) ? "approve" : "reject"
            let by: WalkToken = token("reviewer:" + gate)
            return .review(model: model, version: version, gate: gate, decision: decision, by: by)
        case 46..<53:
            let alias: String = one(["production", "production", "staging", "champion", "canary"])
            return .setAlias(model: model, alias: alias, version: version, by: token("deployer", "admin"))
        case 53..<56:
            let alias: String = one(["production", "staging", "champion", "canary"])
            return .deleteAlias(model: model, alias: alias, by: token("deployer", "admin"))
        case 56..<60:
            let accuracy: Double = Double(Int.random(in: 60...95, using: &random)) / 100
            let body: String =
                chance(60) ? #"{"performance_metrics":{"accuracy":\#(accuracy)}}"# : #"{"tags":{"team":"t"}}"#
            return .patch(model: model, version: version, body: body, by: token("publisher"))
        case 60..<62: return .quarantine(model: model, version: version, by: token("admin", "reviewer:security"))
        case 62..<65: return .lift(model: model, version: version, by: token("admin", "reviewer:security"))
        case 65..<70:
            let value: Double = Double(Int.random(in: 40...99, using: &random)) / 100
            return .observe(model: model, version: version, value: value, by: token("deployer", "publisher"))
        case 70..<74:
            let body: String = rolloutBody()
            return .startRollout(model: model, version: version, body: body, by: token("deployer", "admin"))
        case 74..<77: return .advance(model: model, force: chance(50), by: token("deployer", "admin"))
        case 77..<78: return .abort(model: model, by: token("deployer", "admin"))
        case 78..<81:
            let environment: String = one(["development", "staging", "production"])
            return .deploy(model: model, version: version, environment: environment, by: token("deployer", "admin"))
        case 81..<84:
            let status: String = one(["deployed", "failed", "rolled_back"])
            return .settleDeployment(status: status, by: token("deployer", "admin"))
        case 84..<87: return .runPolicy(index: Int.random(in: 0..<2, using: &random), by: token("admin"))
        case 87..<89: return .putLifecycle(kind: one(WalkLifecycle.allCases), by: token("admin"))
        case 89..<91: return .deleteVersion(model: model, version: version, by: token("admin"))
        case 91..<92: return .deleteModel(model: model, by: token("admin"))
        default:
            let milliseconds: [Int64] = [1, 60_000, 1_800_000, 3_700_000, 7_200_000]
            return .tick(milliseconds: chance(4) ? 30 * 86_400_000 : one(milliseconds))
        }
    }

    // MARK: Doing it

    /// The request of a step; nil for what the registry does by itself.
    func request(_ step: WalkStep) -> WalkRequest? {
        func make(
            _ method: HTTPMethod, _ path: String, _ body: String?, _ by: WalkToken, _ model: String? = nil,
            _ version: String? = nil
        ) -> WalkRequest {
            WalkRequest(
                method: method, target: "/v1/" + path, body: body, by: by, model: model, version: version, step: step)
        }
        func of(_ model: String, _ version: String) -> String { "models/\(model)/versions/\(version)" }
        switch step {
        case .register(let model, let version, let by):
            let body: String =
                #"{"version":"\#(version)","use_case":"\#(version)","artifacts":[{"path":"f","digest":"\#(weights)"},"#
                + #"{"path":"README.md","digest":"\#(readme)"}]\#(GovernanceFixture.complete)}"#
            return make(.post, "models/\(model)/versions", body, by, model, version)
        case .openDraft(let model, let version, let by):
            let body: String =
                #"{"version":"\#(version)","use_case":"\#(version)","draft":true\#(GovernanceFixture.complete)}"#
            return make(.post, "models/\(model)/versions", body, by, model, version)
        case .putFile(let model, let version, let by):
            return make(.put, of(model, version) + "/artifacts/f", "bytes", by, model, version)
        case .publish(let model, let version, let by):
            return make(.post, of(model, version) + "/publish", nil, by, model, version)
        case .move(let model, let version, let target, let by):
            let body: String = """
                {"to":"\(target.rawValue)","rationale":"walk","rollback_plan":"back"\(evidence(model, version))}
                """
            return make(.post, of(model, version) + "/transitions", body, by, model, version)
        case .rollBack(let model, let version, let by):
            return make(.post, of(model, version) + "/rollback", #"{"rationale":"walk"}"#, by, model, version)
        case .review(let model, let version, let gate, let decision, let by):
            // The evidence helps a promotion by alias, which brings none of its own.
            let body: String = #"{"gate":"\#(gate)","decision":"\#(decision)"\#(evidence(model, version))}"#
            return make(.post, of(model, version) + "/reviews", body, by, model, version)
        case .setAlias(let model, let alias, let version, let by):
            let body: String = #"{"version":"\#(version)","rationale":"walk"}"#
            return make(.put, "models/\(model)/aliases/\(alias)", body, by, model, version)
        case .deleteAlias(let model, let alias, let by):
            return make(.delete, "models/\(model)/aliases/\(alias)", nil, by, model)
        case .patch(let model, let version, let body, let by):
            return make(.patch, of(model, version), body, by, model, version)
        case .quarantine(let model, let version, let by):
            return make(.put, of(model, version) + "/quarantine", #"{"reason":"walk"}"#, by, model, version)
        case .lift(let model, let version, let by):
            return make(.delete, of(model, version) + "/quarantine", nil, by, model, version)
        case .observe(let model, let version, let value, let by):
            let body: String = #"[{"metric":"live","value":\#(value)}]"#
            return make(.post, of(model, version) + "/observations", body, by, model, version)
        case .startRollout(let model, let version, let more, let by):
            return make(.post, "models/\(model)/rollouts", #"{"version":"\#(version)"\#(more)}"#, by, model, version)
        case .advance(let model, let force, let by):
            let path: String = rollouts[model] ?? "models/\(model)/rollouts/none"
            return make(.post, path + "/advance", #"{"force":\#(force),"rationale":"walk"}"#, by, model)
        case .abort(let model, let by):
            let path: String = rollouts[model] ?? "models/\(model)/rollouts/none"
            return make(.post, path + "/abort", #"{"rationale":"walk"}"#, by, model)
        case .deploy(let model, let version, let environment, let by):
            let body: String = #"{"model":"\#(model)","ref":"\#(version)","environment":"\#(environment)"}"#
            return make(.post, "deployments", body, by, model, version)
        case .settleDeployment(let status, let by):
            return make(.patch, deployments.last ?? "deployments/none", #"{"status":"\#(status)"}"#, by)
        case .runPolicy(let index, let by): return make(.post, policies[index].dropped + "/run", nil, by)
        case .putLifecycle(let kind, let by): return make(.put, "lifecycle", WalkLifecycle.bodies[kind.rawValue], by)
        case .deleteVersion(let model, let version, let by):
            return make(.delete, of(model, version), nil, by, model, version)
        case .deleteModel(let model, let by): return make(.delete, "models/" + model, nil, by, model)
        case .makeModel(let model, let by): return make(.post, "models", #"{"name":"\#(model)"}"#, by, model)
        case .tick: return nil
        }
    }

    /// Results of a test against what is in production now, as the last member of a body.
    private func evidence(_ model: String, _ version: String) -> String {
        guard let baseline = inProduction[model] else { return "" }
        return """
            ,"evidence":{"ab_test":{"baseline_model":"\(baseline)","treatment_model":"\(version)",\
            "success_criteria":{"primary_metric":"accuracy"},"results":{"baseline_performance":{"accuracy":0.8},\
            "treatment_performance":{"accuracy":0.9},"statistical_significance":0.01}}}
            """
    }

    /// Asks; a dry run where the request says so.
    static func send(_ request: WalkRequest, to harness: APIHarness) async -> Reply {
        let target: String = request.target + (request.isDryRun ? "?dry_run=true" : "")
        guard let body = request.body else {
            return await harness.ask(request.method, target, token: .secret(request.by.secret))
        }
        if case .putFile = request.step {
            return await harness.ask(
                request.method, target, token: .secret(request.by.secret), body: .bytes(Array(body.utf8)))
        }
        return await harness.send(request.method, target, body, token: .secret(request.by.secret))
    }

    /// Learns from an answer what later steps may name.
    mutating func learn(_ request: WalkRequest, _ reply: Reply) {
        guard reply.status < 300, !request.isDryRun else { return }
        switch request.step {
        case .register(let model, let version, _), .openDraft(let model, let version, _):
            versions[model, default: []].append(version)
        case .startRollout(let model, _, _, _): rollouts[model] = reply.headers["location"]?.dropped
        case .deploy: if let path = reply.headers["location"] { deployments.append(path.dropped) }
        case .putLifecycle(.standard, _): standardRevisions.insert(reply.json["revision"]?.integer ?? 0)
        case .deleteModel(let model, let by):
            // Its name is never given again.
            models.removeAll { $0 == model }
            let next: String = "m\(registrations)x"
            models.append(next)
            plan = [.makeModel(model: next, by: by)]
        default: break
        }
    }

    /// Takes a census and remembers what is in production.
    mutating func census() async throws -> WalkCensus {
        let census: WalkCensus = try await .take(database)
        inProduction = census.models.compactMapValues(\.inProduction.first)
        return census
    }
}

extension String {
    /// A path without its `/v1/`.
    fileprivate var dropped: String { String(dropFirst("/v1/".count)) }
}

extension WalkLifecycle {
    /// What is sent to put each in force.
    static let bodies: [String] = allCases.map { kind in
        do {
            switch kind {
            case .standard: return "\(try TestLifecycle.standardJSON())"
            case .unguarded: return "\(try TestLifecycle.unguarded())"
            case .lenient: return "\(try lenient())"
            }
        } catch {
            Issue.record("\(error)")
            return ""
        }
    }

    private static func lenient() throws -> JSONValue {
        func way(_ from: String, _ to: String, _ guards: JSONValue = [], minutes: JSONValue = nil) -> JSONValue {
            var rule: JSONObject = [
                "from": .string(from), "to": .string(to), "requested_by": ["publisher", "deployer", "admin"],
                "guards": guards,
            ]
            if minutes != nil { rule.set("automatic_after_minutes", minutes) }
            return .object(rule)
        }
        let promotion: JSONValue = [["guard": "approval_gates", "parameters": ["gates": ["technical"]]]]
        let ways: [JSONValue] = [
            way("development", "validation", minutes: 10), way("validation", "staging", minutes: 10),
            way("development", "staging"), way("staging", "production", promotion, minutes: 30),
            way("shadow", "production", promotion), way("staging", "shadow"), way("shadow", "staging"),
            way("production", "staging"), way("production", "deprecated"), way("staging", "deprecated"),
            way("deprecated", "production", promotion), way("deprecated", "staging"), way("deprecated", "archived"),
            way("archived", "deprecated"),
        ]
        let states: [JSONValue] = [
            ["state": "development"], ["state": "validation"], ["state": "staging", "alias": "staging"],
            [
                "state": "production", "alias": "production", "exclusive": true, "displaced_to": "staging",
                "withdrawn_to": "shadow", "rollback_by": ["deployer", "admin"],
            ], ["state": "shadow"], ["state": "deprecated"], ["state": "archived"],
        ]
        var definition: JSONObject =
            try TestLifecycle.replacing("transitions", by: .array(ways)).object ?? JSONObject()
        definition.set("states", .array(states))
        return .object(definition)
    }
}

/// What the registry does by itself, one kind after the other.
struct WalkAutomation: Sendable {
    private let lifecycle: LifecycleAutomation
    private let rollouts: RolloutAutomation
    private let policies: PolicyAutomation

    init(core: RegistryCore) {
        lifecycle = LifecycleAutomation(core: core)
        rollouts = RolloutAutomation(core: core)
        policies = PolicyAutomation(core: core)
    }

    /// Does what is due.
    func run() async throws {
        _ = try await lifecycle.run()
        try await rollouts.run()
        try await policies.run()
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// A random walk that changes whatever of models and versions can change, one thing a step, with time between the steps.
struct PastWalk {
    let harness: APIHarness
    var random: SeededRandom
    private(set) var models: [String] = []
    private(set) var versions: [String: [String]] = [:]
    private(set) var drafts: Set<String> = []
    private(set) var deployments: [String] = []
    /// `model number` of drafts that were removed: all that left no row.
    private(set) var removedDrafts: Set<String> = []
    /// Their paths.
    private(set) var removedPaths: Set<String> = []
    /// How often what was done with success.
    private(set) var done: [String: Int] = [:]
    private var quarantined: [String] = []
    /// Paths of impact assessments.
    var assessments: [String] = []
    /// Edges that clients made, as queries.
    var edges: Set<String> = []
    private let blobs: [String]
    private let reviewer: APIHarness.Token

    init(_ harness: APIHarness, seed: UInt64) async throws {
        self.harness = harness
        random = SeededRandom(seed: seed)
        var blobs: [String] = []
        for byte: UInt8 in 1...3 { blobs.append(try await harness.putBlob([byte])) }
        self.blobs = blobs
        reviewer = .secret(try await harness.registry.token("rita", roles: Role.gates.map { "reviewer:" + $0 }))
    }

    static let aliases: [String] = ["champion", "next", "production", "staging"]

    mutating func one<T>(_ values: [T]) -> T? { values.randomElement(using: &random) }
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    /// What every walk does before it goes where it likes.
    private var plan: [String] = PastWalk.beginning
    static let beginning: [String] =
        [
            "model", "version", "patch model", "draft", "patch draft", "put artifact", "delete artifact", "publish",
            "patch version", "transition", "set alias", "review", "quarantine", "lift", "deploy", "update deployment",
            "lifecycle", "reproduce",
        ] + lineageSteps

    /// Moves the clock and does one thing. What is refused changes nothing.
    mutating func step() async throws {
        harness.clock.advance(milliseconds: Int64(number(2..<40_000_000)))
        if !plan.isEmpty {
            let what: String = plan.removeFirst()
            for _ in 0..<40 where try await perform(what) {
                done[what, default: 0] += 1
                return
            }
            // Where the versions that there are do not let it, another one will.
            plan.insert(what, at: 0)
            for _ in 0..<40 where try await perform("version") { return }
            return
        }
        let weights: [(what: String, weight: Int)] = [
            ("model", models.count < 3 ? 12 : 0), ("version", 16), ("draft", 7), ("patch model", 8),
            ("patch version", 14), ("patch draft", 8), ("put artifact", 8), ("delete artifact", 4), ("publish", 6),
            ("transition", 26), ("rollback", 3), ("set alias", 10), ("delete alias", 3), ("quarantine", 7),
            ("lift", 6), ("deploy", 7), ("update deployment", 6), ("review", 6), ("lifecycle", 2), ("reproduce", 4),
            ("put entity", 9), ("edge", 10), ("end edge", 5), ("delete entity", 6), ("ingest", 1), ("assess", 3),
            ("acknowledge", 4), ("close assessment", 2),
            ("delete version", 5), ("delete model", 1),
        ]
        var choice: Int = number(0..<weights.reduce(0) { $0 + $1.weight })
        var what: String = "version"
        for candidate in weights {
            if choice < candidate.weight {
                what = candidate.what
                break
            }
            choice -= candidate.weight
        }
        if try await perform(what) { done[what, default: 0] += 1 }
    }

    private mutating func perform(_ what: String) async throws -> Bool {
        if what == "model" { return await registerModel() }
        if what == "lifecycle" { return try await changeLifecycle() }
        if what == "update deployment" { return await updateDeployment() }
        if Self.lineageSteps.contains(what) { return await performLineage(what) }
        guard let model = one(models) else { return await registerModel() }
        let path: String = "/v1/models/\(model)"
        switch what {
        case "version", "draft": return await registerVersion(model, isDraft: what == "draft")
        case "patch model":
            let body: String = [
                #"{"description":"d\#(number(0..<9))","owner":null}"#, #"{"owner":"o\#(number(0..<4))"}"#,
                #"{"tags":{"z":"\#(number(0..<4))","a":null}}"#,
                #"{"tags":{"a":"x"},"metadata":{"n":{"m":\#(number(0..<5))}}}"#,
                #"{"domain":"payments","use_case":"u"}"#,
            ][number(0..<5)]
            return await harness.send(.patch, path, body).status == 200
        case "delete model":
            guard await harness.ask(.delete, path).status == 204 else { return false }
            for draft in drafts where draft.hasPrefix(model + " ") { forget(draft) }
            models.removeAll { $0 == model }
            return true
        case "set alias":
            let body: String = #"{"version":"\#(one(versions[model] ?? []) ?? "1.0.0")","rationale":"r"}"#
            let reply: Reply = await harness.send(.put, "\(path)/aliases/\(one(Self.aliases) ?? "")", body)
            return reply.status == 200 || reply.status == 201
        case "delete alias":
            return await harness.ask(.delete, "\(path)/aliases/\(one(Self.aliases) ?? "")").status == 204
        default:
            if ["patch draft", "put artifact", "delete artifact", "publish"].contains(what),
                let draft = one(drafts.sorted())
            {
                let parts: [String] = draft.split(separator: " ").map(String.init)
                return await perform(what, parts[0], parts[1])
            }
            guard let version = one(versions[model] ?? []) else { return false }
            return await perform(what, model, version)
        }
    }

    private mutating func perform(_ what: String, _ model: String, _ version: String) async -> Bool {
        let path: String = "/v1/models/\(model)/versions/\(version)"
        switch what {
        case "patch version":
            let body: String = [
                #"{"description":"v\#(number(0..<9))"}"#, #"{"tags":{"team":"t\#(number(0..<3))","old":null}}"#,
                #"{"performance_metrics":{"auc":0.\#(number(10..<99)),"n":\#(number(0..<5))}}"#,
                #"{"performance_metrics":{"n":null,"f1":1.0}}"#,
            ][number(0..<4)]
            return await harness.send(.patch, path, body).status == 200
        case "patch draft":
            let body: String = [
                #"{"framework":"f\#(number(0..<4))","metadata":{"k":\#(number(0..<9))}}"#,
                #"{"training_data":{"dataset_id":"d\#(number(0..<3))","row_count":\#(number(1..<99))}}"#,
            ][number(0..<2)]
            return await harness.send(.patch, path, body).status == 200
        case "put artifact":
            let name: String = ["a.bin", "b/c.txt", "README.md"][number(0..<3)]
            let reply: Reply = await harness.ask(
                .put, "\(path)/artifacts/\(name)",
                [("content-type", ["text/plain", "application/x-z"][number(0..<2)])],
                body: .bytes([UInt8](repeating: 7, count: number(1..<5))))
            return reply.status < 300
        case "delete artifact":
            return await harness.ask(.delete, "\(path)/artifacts/\(["a.bin", "b/c.txt", "README.md"][number(0..<3)])")
                .status == 204
        case "publish":
            guard await harness.ask(.post, path + "/publish").status == 200 else { return false }
            drafts = drafts.filter { !$0.hasPrefix("\(model) \(version) ") }
            return true
        case "transition":
            let state: String = one(LifecycleState.allCases)?.rawValue ?? "staging"
            let target: String = number(0..<3) == 0 ? "production" : state
            let body: String = #"{"to":"\#(target)","rationale":"because","evidence":{"a":1}}"#
            return await harness.send(.post, path + "/transitions", body).status == 200
        case "rollback": return await harness.ask(.post, path + "/rollback").status == 200
        case "quarantine":
            let reply: Reply = await harness.send(.put, path + "/quarantine", #"{"reason":"r\#(number(0..<3))"}"#)
            if reply.status == 201 { quarantined.append(path) }
            return reply.status == 201
        case "lift": return await harness.ask(.delete, (one(quarantined) ?? path) + "/quarantine").status == 204
        case "deploy":
            let environment: String = ["development", "staging"][number(0..<2)]
            let reply: Reply = await harness.send(
                .post, "/v1/deployments",
                #"{"model":"\#(model)","ref":"\#(version)","environment":"\#(environment)"}"#)
            if let location = reply.headers["location"], reply.status == 201 { deployments.append(location) }
            return reply.status == 201
        case "review":
            let gate: String = one(Role.gates) ?? ""
            let decision: String = ["approve", "reject"][number(0..<2)]
            let items: String = gate == "technical" ? #","items":{"seen":\#(number(0..<2) == 0)}"# : ""
            return await harness.send(
                .post, path + "/reviews", #"{"gate":"\#(gate)","decision":"\#(decision)"\#(items)}"#,
                token: one([reviewer, .admin]) ?? reviewer
            ).status == 201
        case "reproduce":
            let body: String = #"{"metrics":{"n":1,"auc":0.5},"tolerance":0.\#(number(1..<5))}"#
            return await harness.send(
                .post, path + "/reproductions", body, token: one([reviewer, .admin]) ?? reviewer
            ).status == 201
        case "delete version":
            guard await harness.ask(.delete, path).status == 204 else { return false }
            for draft in drafts where draft.hasPrefix("\(model) \(version) ") { forget(draft) }
            return true
        default: return false
        }
    }

    private mutating func forget(_ draft: String) {
        let parts: [Substring] = draft.split(separator: " ")
        removedDrafts.insert("\(parts[0]) \(parts[2])")
        removedPaths.insert("/v1/models/\(parts[0])/versions/\(parts[1])")
        drafts.remove(draft)
    }

    private mutating func registerModel() async -> Bool {
        let name: String = "m\(number(0..<12))"
        let reply: Reply = await harness.send(
            .post, "/v1/models", #"{"name":"\#(name)","tags":{"a":"b","z":"1"},"owner":"first"}"#)
        guard reply.status == 201 else { return false }
        models.append(name)
        return true
    }

    private mutating func registerVersion(_ model: String, isDraft: Bool) async -> Bool {
        // Often a number that is taken, or was: of a draft it may be given again.
        let version: String = [
            "1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1", "2.0.0", "2.1.0", "0.9.0", "1.0.1", "3.0.0",
        ][number(0..<9)]
        let files: String = blobs.prefix(number(1..<4)).enumerated().map { index, digest in
            #"{"path":"\#(["model.bin", "README.md", "a.bin"][index])","digest":"\#(digest)"}"#
        }.joined(separator: ",")
        let reply: Reply = await harness.send(
            .post, "/v1/models/\(model)/versions",
            #"""
            {"version":"\#(version)","draft":\#(isDraft),"artifacts":[\#(files)],"allow_breaking":true,"rationale":"r",
            "framework":"f\#(number(0..<3))","tags":{"team":"t0","old":"1"},"performance_metrics":{"n":1,"auc":0.5},
            "training_data":{"dataset_id":"d\#(number(0..<3))","data_version":"\#(number(1..<3))"},
            "lineage":{"parent_models":["other_v1.0.0"],"features":["f0"]},
            "metadata":{"k":1},"infrastructure_requirements":{"memory_mb":1,"cpu_cores":1}}
            """#)
        guard reply.status == 201 else { return false }
        if isDraft { drafts.insert("\(model) \(version) \(reply.json["number"]?.integer ?? 0)") }
        if versions[model]?.contains(version) != true { versions[model, default: []].append(version) }
        return true
    }

    private mutating func updateDeployment() async -> Bool {
        guard let deployment = one(deployments) else { return false }
        let body: String = [
            #"{"status":"deployed"}"#, #"{"status":"failed"}"#, #"{"detail":"d\#(number(0..<9))"}"#,
            #"{"status":"rolled_back"}"#,
        ][number(0..<4)]
        return await harness.send(.patch, deployment, body).status == 200
    }

    /// How long deprecated versions stay decides what is announced as their sunset; what gates demand, how they stand.
    private mutating func changeLifecycle() async throws -> Bool {
        let definition: JSONValue = try Self.lifecycle(
            days: number(1..<5), quorum: number(1..<3), expiry: number(1..<9), metric: ["auc", "n"][number(0..<2)])
        return await harness.send(.put, "/v1/lifecycle", "\(definition)").status == 200
    }

    /// Without guards on most ways, so that versions get around, and with a gate that reads whatever guards can read.
    static func lifecycle(
        days: Int = 90, quorum: Int = 1, expiry: Int = 2, metric: String = "auc"
    ) throws -> JSONValue {
        var definition: JSONObject = try #require(try TestLifecycle.unguarded().object)
        let transitions: [JSONValue] = try #require(definition["transitions"]?.array).map { rule in
            guard rule["from"] == "deprecated", rule["to"] == "archived", var changed = rule.object else { return rule }
            let guards: JSONValue = .array([
                ["guard": "retention_elapsed", "parameters": ["days": .integer(Int64(days))]]
            ])
            changed.set("guards", guards)
            return .object(changed)
        }
        definition.set("transitions", .array(transitions))
        var gates: JSONObject = try #require(definition["gates"]?.object)
        let guards: [(name: String, parameters: JSONValue)] = [
            (
                "performance_metrics",
                ["compared_to_production": [["metric": .string(metric), "max_drop": 0.05, "when_missing": "fail"]]]
            ),
            ("replacement_available", [:]), ("ab_test_results", [:]), ("no_quarantine", [:]), ("rollback_plan", [:]),
            ("artifact_present", ["minimum": 2, "paths": ["README.md"]]),
            ("training_completed", ["required": ["description", "framework", "metadata.k", "performance_metrics.n"]]),
            ("reproduction_recorded", ["independent": false]), ("retention_elapsed", ["days": 1]),
        ]
        var items: [JSONValue] = guards.map { name, parameters in
            ["item": .string(name), "title": "t", "guard": .string(name), "parameters": parameters]
        }
        items.append(["item": "seen", "title": "t"])
        gates.set(
            "technical",
            [
                "quorum": .integer(Int64(quorum)), "expires_after_days": .integer(Int64(expiry)),
                "reviewers": ["reviewer:technical", "admin"], "items": .array(items),
            ])
        definition.set("gates", .object(gates))
        return .object(definition)
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaAPI

/// Whatever is asked for in whatever order and by whomever: never two versions in production, no change without its
/// event, no approval by an author.
@Suite struct LifecyclePropertyTests {
    /// Walks of a run, and steps of each.
    private static let walks: Int = 8
    private static let steps: Int = 240

    @Test func noSequenceOfOperationsBreaksTheRules() async throws {
        var random = SeededRandom()
        let seeds: [UInt64] = (0..<Self.walks).map { _ in random.next() }
        // At the same time, for much of a walk is waiting for the disk.
        let seen: Sightings = try await withThrowingTaskGroup(of: Sightings.self) { group in
            for seed in seeds { group.addTask { try await walk(seed) } }
            var seen = Sightings()
            for try await further in group { seen.counts.merge(further.counts, uniquingKeysWith: +) }
            return seen
        }
        print("LifecyclePropertyTests: \(seen.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        // A walk that never gets anywhere shows nothing.
        for (what, least) in Self.expected {
            #expect((seen.counts[what] ?? 0) >= least, "\(what): \(seen.counts[what] ?? 0)")
        }
    }

    private static let expected: [(what: String, least: Int)] = [
        ("operations", 2_000), ("concurrent", 100), ("done", 600), ("refused", 300), ("dry runs", 50),
        ("into production", 20), ("into production by the standard", 4), ("displaced", 5), ("rolled_back", 3),
        ("restored", 3), ("automatic", 3), ("rollout started", 3), ("advance_rollout", 1), ("run_policy", 10),
        ("by alias", 1),
        ("deployed", 1), ("approvals", 40), ("voided approvals", 10), ("transition_refused", 30),
        ("self_approval", 3), ("permission_denied", 10), ("alias_state_refused", 3), ("rollback_refused", 3),
    ]

    /// How often what was seen.
    struct Sightings: Sendable {
        var counts: [String: Int] = [:]
        mutating func note(_ what: String, _ count: Int = 1) { counts[what, default: 0] += count }
    }

    /// What was done in one step.
    private struct Done {
        var requests: [(request: WalkRequest, reply: Reply)] = []
        var isAlone: Bool = true
        /// Whether the registry did something by itself.
        var isOwnWork: Bool = false

        var told: String {
            requests.map { "\($0.request.told)\($0.request.isDryRun ? " (dry)" : "") -> \($0.reply.status)" }
                .joined(separator: " || ") + (isOwnWork ? " [automation]" : "")
        }
    }

    private func walk(_ seed: UInt64) async throws -> Sightings {
        var seen = Sightings()
        try await APIHarness.with { harness in
            var walk = try await LifecycleWalk(harness, seed: seed)
            let memory = try HotReads(harness)
            var before: WalkCensus = try await walk.census()
            var past: [String] = []
            for step in 0..<Self.steps {
                let done: Done = try await act(&walk)
                let after: WalkCensus = try await walk.census()
                let news: WalkNews = try await .take(walk.database, since: before)
                past.append(done.told)
                var faults: [String] = judgeChanges(done, before, after, news, walk.standardRevisions)
                faults += try judgeAliases(memory, after)
                faults += try await judgeGates(&walk, done, &seen)
                note(done, news, &seen)
                guard faults.isEmpty else {
                    Issue.record(
                        """
                        walk \(seed), step \(step):
                        \(faults.joined(separator: "\n"))
                        events: \(news.done) refused: \(news.refused)
                        the last of \(past.count) steps:
                        \(past.suffix(12).joined(separator: "\n"))
                        """)
                    return
                }
                before = after
            }
        }
        return seen
    }

    // MARK: One step

    private func act(_ walk: inout LifecycleWalk) async throws -> Done {
        var done = Done()
        let step: WalkStep = walk.next()
        if case .tick(let milliseconds) = step {
            walk.harness.clock.advance(milliseconds: milliseconds)
            try await walk.automation.run()
            done.isOwnWork = true
            return done
        }
        var requests: [WalkRequest] = []
        if let request = walk.request(step) { requests.append(request) }
        if walk.chance(12) {
            done.isAlone = false
            for _ in 0..<(walk.chance(30) ? 3 : 1) {
                if let further = walk.request(rival(of: step, &walk)) { requests.append(further) }
            }
            done.isOwnWork = walk.chance(15)
        }
        for index in requests.indices where requests[index].knowsDryRuns && walk.chance(10) {
            requests[index].isDryRun = true
        }
        let harness: APIHarness = walk.harness
        let replies: [Int: Reply] = try await withThrowingTaskGroup(of: (Int, Reply?).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, await LifecycleWalk.send(request, to: harness)) }
            }
            if done.isOwnWork {
                let automation = WalkAutomation(core: harness.registry.core)
                group.addTask {
                    try await automation.run()
                    return (-1, nil)
                }
            }
            var replies: [Int: Reply] = [:]
            for try await (index, reply) in group { replies[index] = reply }
            return replies
        }
        for (index, request) in requests.enumerated() {
            guard let reply = replies[index] else { continue }
            walk.learn(request, reply)
            done.requests.append((request, reply))
        }
        return done
    }

    /// What is done at the same time: mostly to the same model.
    private func rival(of step: WalkStep, _ walk: inout LifecycleWalk) -> WalkStep {
        guard let request = walk.request(step), let model = request.model, walk.chance(60) else { return walk.next() }
        let version: String = walk.version(model)
        let by: WalkToken = walk.tokens.first { $0.holds("admin") } ?? request.by
        switch Int.random(in: 0..<5, using: &walk.random) {
        case 0: return .setAlias(model: model, alias: "production", version: version, by: by)
        case 1: return .rollBack(model: model, version: walk.inProduction[model] ?? version, by: by)
        case 2: return .patch(model: model, version: version, body: #"{"tags":{"a":"b"}}"#, by: by)
        default: return .move(model: model, version: version, to: .production, by: by)
        }
    }

    // MARK: What must hold after it

    /// Every change is told by an event, and what was refused or only tried changed nothing.
    private func judgeChanges(
        _ done: Done, _ before: WalkCensus, _ after: WalkCensus, _ news: WalkNews, _ standard: Set<Int64>
    ) -> [String] {
        var faults: [String] = []
        let changes: [String: Set<String>] = after.changes(since: before)
        for (table, names) in changes.sorted(by: { $0.key < $1.key }) {
            if news.done.isEmpty { faults.append("\(table) changed without any event: \(names.sorted())") }
            for name in names.sorted() where !name.isEmpty && !news.tells(of: name) {
                faults.append("\(name) changed (\(table)), and no event is about it: \(news.covered.sorted())")
            }
        }
        let hadEffect: Bool =
            done.isOwnWork || done.requests.contains { $0.reply.status < 300 && !$0.request.isDryRun }
        if !hadEffect, !changes.isEmpty || !news.done.isEmpty {
            faults.append("what was refused or only tried changed \(changes) and left the events \(news.done)")
        }
        for (request, reply) in done.requests where reply.status >= 500 || reply.brokenOff != nil {
            faults.append("\(request.told): \(reply.status) \(reply.text)")
        }
        for stray in after.strays { faults.append("the history of \(stray) leads elsewhere") }
        if done.isAlone {
            for approval in news.selfApprovals { faults.append("an approval by an author: \(approval)") }
        }
        for transition in news.transitions {
            let name: String = "\(transition.model)_v\(transition.version) \(transition.from)>\(transition.to)"
            if !transition.isTold { faults.append("\(name): its event is not about it") }
            if transition.from != transition.previous {
                faults.append("\(name): the one before led to \(transition.previous)")
            }
            if transition.ownApprovers > 0, done.isAlone { faults.append("\(name): approved by an author") }
            let isPromotion: Bool =
                transition.to == "production" && ["requested", "automatic"].contains(transition.kind)
            guard isPromotion, standard.contains(transition.revision), done.isAlone else { continue }
            if transition.approvers < 1 || transition.gates < 4 {
                faults.append("\(name): \(transition.approvers) approvers, \(transition.gates) gates approved")
            }
        }
        return faults
    }

    /// One version in production at most; what aliases and traffic answer from memory is what the store says.
    private func judgeAliases(_ memory: HotReads, _ census: WalkCensus) throws -> [String] {
        var faults: [String] = []
        for (name, model) in census.models {
            let versions: [String] = model.inProduction
            if versions.count > 1 { faults.append("\(name) has \(versions) in production") }
            if model.aliases["production"]?.version != versions.first {
                faults.append(
                    "\(name)@production is \(model.aliases["production"]?.version ?? "absent"), not \(versions)")
            }
            if let staging = model.aliases["staging"], staging.state != "staging" {
                faults.append("\(name)@staging is a version in \(staging.state)")
            }
            for alias in ["production", "staging", "champion", "canary"] {
                let stored = model.aliases[alias].map { [$0.version, $0.state] }
                let kept = try memory.alias(name, alias).map {
                    [$0["version"]?.string ?? "", $0["state"]?.string ?? ""]
                }
                if stored != kept { faults.append("\(name)@\(alias): \(kept ?? []) in memory, \(stored ?? []) stored") }
            }
            let splits: [JSONValue] =
                try memory.traffic(name)?["splits"]?.array ?? []
            let sum: Int64 = splits.compactMap { $0["percent"]?.integer }.reduce(0, +)
            if splits.isEmpty ? !versions.isEmpty : sum != 100 { faults.append("\(name)'s traffic: \(splits)") }
            let production: [String] = splits.filter { $0["role"]?.string == "production" }.compactMap {
                $0["version"]?.string
            }
            if production != versions { faults.append("\(name)'s traffic goes to \(production), not \(versions)") }
        }
        return faults
    }

    /// No approval that counts is by somebody with a hand in the version, or of another state of it.
    private func judgeGates(_ walk: inout LifecycleWalk, _ done: Done, _ seen: inout Sightings) async throws -> [String]
    {
        let subject: WalkRequest? = done.requests.first { $0.request.version != nil }?.request
        let model: String = subject?.model ?? walk.model()
        let version: String = subject?.version ?? walk.version(model)
        let reply: Reply = await walk.harness.ask(.get, "/v1/models/\(model)/versions/\(version)/gates")
        guard reply.status == 200 else { return reply.status == 404 ? [] : ["gates: \(reply.text)"] }
        // Read once: `json` parses the body whenever it is asked.
        let gates: JSONValue = reply.json
        let authors: Set<String> = try await WalkNews.authors(walk.database, model, version)
        if authors.isEmpty { return ["\(model)_v\(version) has no author"] }
        var faults: [String] = []
        for gate in Role.gates {
            let reviews: [JSONValue] = gates[gate]?["reviews"]?.array ?? []
            var counting: Int64 = 0
            for review in reviews where review["decision"]?.string == "approve" {
                guard review["valid"]?.bool == true else {
                    seen.note("voided approvals")
                    if review["voided_because"]?.string == nil { faults.append("void without a reason: \(review)") }
                    continue
                }
                counting += 1
                let isCurrent: Bool =
                    review["evidence_revision"] == gates["evidence_revision"]
                    && review["manifest_digest"] == gates["manifest_digest"]
                if !isCurrent { faults.append("an approval of something else counts: \(review)") }
                if authors.contains(review["by"]?.string ?? "") {
                    faults.append("an author's approval counts: \(review)")
                }
            }
            if gates[gate]?["passed"]?.bool == true, counting == 0 { faults.append("\(gate) passed by nobody") }
        }
        return faults
    }

    private func note(_ done: Done, _ news: WalkNews, _ seen: inout Sightings) {
        seen.note("operations", done.requests.count + (done.isOwnWork ? 1 : 0))
        if !done.isAlone { seen.note("concurrent") }
        for (request, reply) in done.requests {
            if request.isDryRun { seen.note("dry runs") }
            seen.note(reply.status < 300 ? "done" : "refused")
            if let code = reply.code { seen.note(code) }
            guard reply.status < 300, !request.isDryRun else { continue }
            switch request.step {
            case .setAlias(_, "production", _, _): seen.note("by alias")
            case .startRollout: seen.note("rollout started")
            case .deploy: seen.note("deployed")
            case .review(_, _, _, "approve", _): seen.note("approvals")
            case .deleteModel: seen.note("models deleted")
            case .deleteVersion: seen.note("versions deleted")
            case .putLifecycle(let kind, _): seen.note("lifecycle \(kind)")
            default: break
            }
        }
        for transition in news.transitions {
            seen.note(transition.kind)
            guard transition.to == "production", transition.kind != "restored" else { continue }
            seen.note("into production")
            if transition.approvers > 0, transition.gates == 4 { seen.note("into production by the standard") }
        }
        for action in ["advance_rollout", "abort_rollout", "run_policy"] {
            seen.note(action, news.done.filter { $0 == action }.count)
        }
    }
}

/// The reads from memory; nil where they leave the answer to the ordinary handler.
private struct HotReads {
    private let aliases: InlineHandler
    private let traffics: InlineHandler
    private let bearer: String

    init(_ harness: APIHarness) throws {
        func handler(_ pattern: String) throws -> InlineHandler {
            let route: Route = try #require(
                harness.router.routes.first { $0.pattern == pattern && $0.method == .get })
            return try #require(route.inline)
        }
        aliases = try handler("/v1/models/{name}/aliases/{alias}")
        traffics = try handler("/v1/models/{name}/traffic")
        bearer = "Bearer " + harness.admin
    }

    func alias(_ model: String, _ alias: String) throws -> JSONValue? { try ask(aliases, [model, alias]) }

    func traffic(_ model: String) throws -> JSONValue? { try ask(traffics, [model]) }

    private func ask(_ handler: InlineHandler, _ parameters: [String]) throws -> JSONValue? {
        var whole: [UInt8] = []
        var ranges: [Range<Int>] = []
        for text in parameters + [bearer] {
            ranges.append(whole.count..<(whole.count + text.utf8.count))
            whole += Array(text.utf8)
        }
        let answer: InlineResponse? = whole.withUnsafeBytes { bytes in
            handler(
                InlineRequest(
                    isHead: false,
                    parameters: ranges.dropLast().map { UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                    authorization: UnsafeRawBufferPointer(rebasing: bytes[ranges[ranges.count - 1]]),
                    ifNoneMatch: UnsafeRawBufferPointer(rebasing: bytes[..<0])))
        }
        return try answer.map { try JSONParser.parse($0.body) }
    }
}

import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

/// What was answered at a moment is what is answered of it later, whatever happened since.
///
/// Compared is every member of every answer but `etag`: that of a past answer is its own. Lists leave out drafts that were
/// removed since, and such a draft is not read any more: nothing but events is left of it.
@Suite struct PastPropertyTests {
    private static let walks: Int = 3
    private static let steps: Int = 100

    /// A question with what was answered then.
    private struct Question: Sendable {
        let moment: Timestamp
        let target: String
        /// Null where it was refused.
        let items: [JSONValue]
        let isList: Bool
        let code: String?
    }

    @Test func thePastIsAnsweredAsItWas() async throws {
        var random = SeededRandom()
        let seeds: [UInt64] = (0..<Self.walks).map { _ in random.next() }
        let counts: [String: Int] = try await withThrowingTaskGroup(of: [String: Int].self) { group in
            for seed in seeds { group.addTask { try await walk(seed) } }
            var counts: [String: Int] = [:]
            for try await further in group { counts.merge(further, uniquingKeysWith: +) }
            return counts
        }
        print("PastPropertyTests: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
        // A walk may run out of steps before it did all that it had planned, but not every one.
        for what in PastWalk.beginning { #expect((counts[what] ?? 0) > 0, "\(what)") }
        #expect((counts["answers"] ?? 0) > 4_000)
        // Most of what was answered is not so any more.
        #expect((counts["changed since"] ?? 0) > 100, "\(counts)")
    }

    private func walk(_ seed: UInt64) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        try await APIHarness.with(lifecycle: try PastWalk.lifecycle()) { harness in
            var walk = try await PastWalk(harness, seed: seed)
            var asked: [Question] = []
            var moments: [(from: Timestamp, to: Timestamp)] = []
            for _ in 0..<Self.steps {
                try await walk.step()
                let now: Timestamp = harness.clock.now
                if let last = moments.popLast() {
                    moments.append((last.from, now.adding(milliseconds: -1)))
                }
                moments.append((now, now))
                for target in Self.targets(walk) { asked.append(await ask(harness, target, now)) }
            }
            harness.clock.advance(milliseconds: 1)
            counts = walk.done
            counts["answers"] = asked.count
            let ends: [Timestamp: Timestamp] = Dictionary(uniqueKeysWithValues: moments.map { ($0.from, $0.to) })
            var faults: Int = 0
            let end: Timestamp = harness.clock.now
            for question in asked.prefix(300) {
                let now: Question = await ask(harness, question.target, end, isPast: true)
                if Self.difference(question, now, walk) != nil { counts["changed since", default: 0] += 1 }
            }
            var last: [String: [JSONValue]] = [:]
            for (index, question) in asked.enumerated() where faults < 5 {
                // Of what was answered as at the step before, a part will do.
                let isNew: Bool = last.updateValue(question.items, forKey: question.target) != question.items
                guard isNew || index % 4 == 0 else { continue }
                // As good as the moment itself is every other one until the next change, but for what time alone changes.
                let isTimed: Bool = Self.timed.contains { question.target.hasSuffix($0) }
                let moment: Timestamp =
                    isTimed || (index / 4) % 2 == 0 ? question.moment : ends[question.moment] ?? question.moment
                let then: Question = await ask(harness, question.target, moment, isPast: true)
                if let fault = Self.difference(question, then, walk) {
                    faults += 1
                    Issue.record("seed \(seed), as of \(moment): \(question.target): \(fault)")
                }
            }
        }
        return counts
    }

    /// What guards are evaluated for, and what expires.
    private static let timed: [String] = ["/gates", "/transitions/allowed", "/reviews"]

    /// Everything that can be asked as of a moment.
    private static func targets(_ walk: PastWalk) -> [String] {
        var targets: [String] = [
            "/v1/models?limit=2", "/v1/models?order_by=created_at%20desc", "/v1/model-versions?limit=3",
            "/v1/lifecycle", "/v1/lifecycle/revisions?limit=3", "/v1/lineage/entities?limit=4",
            "/v1/lineage/entities?order_by=created_at%20desc&filter=NOT%20(owner%20%3D%20'o1')%20OR%20metadata.k%20%3E%201",
            "/v1/lineage/assessments?limit=2", "/v1/lineage/assessments?filter=status%20%3D%20'open'",
            "/v1/lineage/graph?node=model:m0", "/v1/lineage/graph?node=dataset:d0&direction=downstream",
            "/v1/models?filter=version_count%20%3E%201%20OR%20tags.z%20%3D%20'2'%20OR%20metadata.n.m%20%3D%203",
            "/v1/model-versions?filter=NOT%20(metrics.auc%20%3E%200.5)%20AND%20metadata.k%20IS%20NOT%20NULL",
        ]
        targets += PastWalk.entities.map(PastWalk.path) + walk.assessments
        for model in walk.models + ["m0"] {
            let path: String = "/v1/models/\(model)"
            targets += [
                path, path + "/versions?limit=2", path + "/versions?order_by=number", path + "/aliases",
                path + "/timeline?limit=500",
                path + "/versions?filter=state%20IN%20('production','staging')%20OR%20alias%20%3D%20'champion'",
                path + "/versions?filter=alias%20!%3D%20'next'%20AND%20framework%20%3D%20'f1'",
                path + "/versions/latest", path + "/versions/%5E1", path + "/versions/2.x",
                path + "/versions/@champion",
                path + "/versions/@production",
            ]
            targets += PastWalk.aliases.map { path + "/aliases/" + $0 }
            targets.append(path + "/aliases/champion/history?limit=2")
            for version in walk.versions[model] ?? [] {
                let place: String = path + "/versions/" + version
                targets += [
                    place, place + "/transitions?limit=3", place + "/quarantine", place + "/metrics",
                    place + "/lineage",
                ]
                targets += timed.map { place + $0 }
            }
            if let version = walk.versions[model]?.first {
                targets.append("/v1/model-versions/\(model)_v\(version)")
                targets.append(path + "/versions/\(version)/timeline")
            }
        }
        return targets
    }

    private func ask(
        _ harness: APIHarness, _ target: String, _ moment: Timestamp, isPast: Bool = false
    ) async -> Question {
        var items: [JSONValue] = []
        var cursor: String?
        var pages: Int = 0
        repeat {
            var whole: String = target
            if isPast { whole += (whole.contains("?") ? "&" : "?") + "as_of=\(moment)" }
            if let cursor { whole += (whole.contains("?") ? "&" : "?") + "cursor=" + cursor }
            let reply: Reply = await harness.ask(.get, whole)
            guard reply.status == 200 else {
                return Question(moment: moment, target: target, items: [], isList: false, code: reply.code ?? "none")
            }
            guard let page = reply.json["items"]?.array else {
                return Question(
                    moment: moment, target: target, items: [Self.ordered(reply.json)], isList: false, code: nil)
            }
            items += page
            cursor = reply.json["next_cursor"]?.string
            pages += 1
        } while cursor != nil && pages < 1_000
        return Question(moment: moment, target: target, items: items, isList: true, code: nil)
    }

    /// A graph in an order of its own: a walk's is that of its indexes. What an edge is called and until when it lasts are told
    /// as they are now.
    private static func ordered(_ answer: JSONValue) -> JSONValue {
        guard let nodes = answer["nodes"]?.array, let edges = answer["edges"]?.array, var graph = answer.object else {
            return answer
        }
        graph.remove("as_of")
        graph.set("nodes", .array(nodes.sorted { ($0["node"]?.string ?? "") < ($1["node"]?.string ?? "") }.map(bare)))
        let sentences: [String] = edges.map { edge in
            ["source", "relationship", "target", "since"].map { edge[$0]?.string ?? "" }.joined(separator: " ")
        }
        graph.set("edges", .array(sentences.sorted().map { .string($0) }))
        return .object(graph)
    }

    /// A node without the gaps that only the past has.
    private static func bare(_ node: JSONValue) -> JSONValue {
        var members: JSONObject = node.object ?? JSONObject()
        if members["as_of_gaps"] == [] { members.remove("as_of_gaps") }
        return .object(members)
    }

    private static func difference(_ then: Question, _ past: Question, _ walk: PastWalk) -> String? {
        func isKept(_ item: JSONValue) -> Bool {
            guard let model = item["model"]?.string, let number = item["number"]?.integer else { return true }
            return !walk.removedDrafts.contains("\(model) \(number)")
        }
        let expected: [JSONValue] = then.items.filter(isKept)
        // A draft that left no row is not there any more, whatever was answered of it.
        if !then.isList, expected.count != then.items.count { return nil }
        if then.code != past.code {
            // Nor can a path through it be followed.
            let isOfDraft: Bool = past.code == "version_not_found" && then.code == nil
            let isGone: Bool = isOfDraft && walk.removedPaths.contains { then.target.hasPrefix($0 + "/") }
            return isGone ? nil : "was \(then.code ?? "answered"), is \(past.code ?? "answered")"
        }
        guard expected.count == past.items.count else { return "was \(expected.count) items, is \(past.items.count)" }
        for (was, now) in zip(expected, past.items) {
            // Of what events said of an entity, the log keeps nothing.
            let gaps: Set<String> = Set(now["as_of_gaps"]?.array?.compactMap(\.string) ?? [])
            let isTold: Bool = was["facets"] != nil
            if !gaps.isSubset(of: isTold ? ["facets", "updated_at"] : []) { return "gaps \(gaps)" }
            for member in was.object?.members ?? [] where member.name != "etag" && !gaps.contains(member.name) {
                if now[member.name] != member.value {
                    return "\(member.name) was \(member.value), is \(now[member.name] ?? "absent")"
                }
            }
        }
        return nil
    }
}

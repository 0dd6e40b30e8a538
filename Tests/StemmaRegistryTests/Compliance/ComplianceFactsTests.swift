import Foundation
import StemmaJSON
import StemmaRegistry
import Testing

/// The vocabulary of facts, and the check of documents against it.
@Suite struct ComplianceFactsTests {
    private static func pointers(_ facts: JSONValue, _ scope: ComplianceScope) -> [String] {
        ComplianceFacts.shape(scope).faults(in: facts).map(\.pointer)
    }

    @Test func documentsHoldTheVocabularyOnly() {
        let version: JSONValue = [
            "registry": ["audit": ["retention_days": 2_557]], "model": ["states": ["production"]],
            "version": [
                "state": "production", "created_at": "2026-01-01", "aliases": ["stable"], "risk": ["tier": nil],
                "gates": [["gate": "technical", "passed": true, "decided_at": nil]],
            ],
        ]
        #expect(Self.pointers(version, .version).isEmpty)
        #expect(Self.pointers([:], .registry).isEmpty)
        #expect(Self.pointers(["version": ["stat": "production"]], .version) == ["/version/stat"])
        #expect(Self.pointers(["version": ["state": "gone"]], .version) == ["/version/state"])
        #expect(Self.pointers(["version": ["created_at": "today"]], .version) == ["/version/created_at"])
        #expect(Self.pointers(["version": ["is_phi": 1]], .version) == ["/version/is_phi"])
        #expect(
            Self.pointers(["version": ["unrecorded_downloads": "1"]], .version) == ["/version/unrecorded_downloads"])
        #expect(Self.pointers(["version": ["aliases": [1]]], .version) == ["/version/aliases/0"])
        #expect(Self.pointers(["version": ["gates": [["passed": true]]]], .version) == ["/version/gates/0/gate"])
        #expect(Self.pointers(["version": ["gates": ["technical"]]], .version) == ["/version/gates/0"])
    }

    @Test func scopesHaveTheirParts() {
        #expect(Self.pointers(["version": [:]], .model) == ["/version"])
        #expect(Self.pointers(["model": [:]], .registry) == ["/model"])
        #expect(Self.pointers(["registry": [:], "model": [:], "version": [:]], .version).isEmpty)
    }

    /// Every list of objects has its key among its members, and no member stands without its list.
    @Test func theTableIsSound() throws {
        let types: [String: ComplianceFactType] = Dictionary(
            uniqueKeysWithValues: ComplianceFacts.all.map { ($0.path, $0.type) })
        for fact in ComplianceFacts.all {
            if case .records(let key) = fact.type {
                #expect(types["\(fact.path).*.\(key)"] != nil, "\(fact.path) has no \(key)")
            }
            if let star = fact.path.range(of: ".*.", options: .backwards) {
                let list: String = String(fact.path[..<star.lowerBound])
                guard case .records? = types[list] else {
                    Issue.record("\(fact.path) is a member of nothing")
                    continue
                }
            }
            #expect(fact.path.split(separator: ".").count > 1)
        }
    }
}

import Foundation
import StemmaConfiguration
import StemmaJSON
import StemmaRegistry
import Testing

/// The rule packs as they stand in the repository.
enum RuleFixture {
    static let now = Timestamp(milliseconds: 1_780_272_000_000)
    static let frameworks: [String] = ["gdpr", "ccpa", "sox", "hipaa", "model-risk", "eu-ai-act"]

    /// `Config/compliance` beside the tests.
    private static let folder: URL = {
        var place: URL = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { place.deleteLastPathComponent() }
        return place.appending(path: "Config/compliance")
    }()

    static func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
    }

    static func source(_ framework: String) throws -> ComplianceLibrary.Source {
        let text: String = try String(contentsOf: folder.appending(path: framework + ".yaml"), encoding: .utf8)
        return ComplianceLibrary.Source(name: framework, json: try YAMLDocument.json(text))
    }

    static func library() throws -> ComplianceLibrary { try loaded.get() }

    /// Read once: there are hundreds of cases.
    private static let loaded = Result { try ComplianceLibrary(frameworks.map { try source($0) }) }

    /// A library of one pack with one rule, as YAML says its conditions.
    static func rule(
        _ scope: ComplianceScope, _ passes: String, applies: String? = nil, params: JSONObject = [:]
    ) throws -> ComplianceRule {
        var rule: JSONObject = plainRule("TEST-01", scope, passes: try YAMLDocument.json(passes))
        if let applies { rule.set("applies", try YAMLDocument.json(applies)) }
        if !params.isEmpty { rule.set("params", .object(params)) }
        let library = try ComplianceLibrary([pack("one", [.object(rule)])])
        return try #require(library.rule("TEST-01"))
    }

    static func plainRule(_ id: String, _ scope: ComplianceScope, passes: JSONValue) -> JSONObject {
        [
            "id": .string(id), "version": 1, "title": "A rule", "severity": "high", "scope": .string(scope.rawValue),
            "passes": passes, "remediation": ["action": "Do something", "owner": "admin", "due_days": 7],
            "citations": ["Somewhere"],
        ]
    }

    static func pack(
        _ name: String, _ rules: [JSONValue], include: [JSONValue] = []
    ) -> ComplianceLibrary.Source {
        ComplianceLibrary.Source(
            name: name,
            json: [
                "framework": .string(name), "title": "A pack", "version": 1, "description": "For tests.",
                "retention_floor_days": 30, "include": .array(include), "rules": .array(rules),
            ])
    }
}

/// One subject's facts, and what a rule is to find of them.
struct RuleCase: Sendable, CustomTestStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case passes, fails
        case isNotApplicable = "not_applicable"
    }

    let rule: String
    let kind: Kind
    let because: String
    let facts: JSONValue
    /// Pointers of the conditions that fail, exactly.
    let pointers: [String]

    var testDescription: String { "\(rule) \(kind.rawValue): \(because)" }

    /// Reads a table in YAML: for each rule the facts that pass, and merge patches of them that pass too, fail, or make it
    /// not applicable.
    static func table(_ yaml: String) throws -> [RuleCase] {
        try #require(try YAMLDocument.json(yaml).array).flatMap { entry in
            let rule: String = try #require(entry["rule"]?.string)
            let facts: JSONValue = try #require(entry["facts"])
            var cases: [RuleCase] = [
                RuleCase(rule: rule, kind: .passes, because: "as it should be", facts: facts, pointers: [])
            ]
            for kind in Kind.allCases {
                for variant in entry[kind.rawValue]?.array ?? [] {
                    let because: String = try #require(variant["because"]?.string, "\(rule) does not say why")
                    cases.append(
                        RuleCase(
                            rule: rule, kind: kind, because: because,
                            facts: facts.mergePatch(try #require(variant["patch"], "\(rule): \(because)")),
                            pointers: (variant["at"]?.array ?? []).compactMap(\.string)))
                }
            }
            return cases
        }
    }

    static let all: [RuleCase] = {
        do {
            return try [inventory, documents, logging, duties, changes, validation, data, security].flatMap {
                try table($0)
            }
        } catch {
            Issue.record(error, "the tables of cases cannot be read")
            return []
        }
    }()
}

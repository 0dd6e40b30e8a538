import StemmaJSON
import StemmaRegistry
import Testing

/// One row of a guard's table: facts, and what the guard is to find.
struct GuardCase: Sendable, CustomTestStringConvertible {
    let guardName: String
    let name: String
    let parameters: JSONObject
    let hasPassed: Bool
    /// Exactly.
    let missing: [String]
    /// Exactly.
    let suppliedBy: [String]
    /// Members that `read` must have.
    let read: JSONObject
    /// Members that `limit` must have.
    let limit: JSONObject
    /// Part of the sentence.
    let detail: String
    let facts: VersionFacts

    var testDescription: String { "\(guardName) \(hasPassed ? "passes" : "refuses"): \(name)" }

    static func passes(
        _ guardName: String, _ name: String, _ parameters: JSONObject = [:], read: JSONObject = [:],
        limit: JSONObject = [:], detail: String = "", _ change: (inout FactsBuilder) -> Void = { _ in }
    ) -> GuardCase {
        GuardCase(
            guardName: guardName, name: name, parameters: parameters, hasPassed: true, missing: [], suppliedBy: [],
            read: read, limit: limit, detail: detail, facts: FactsBuilder.facts(change))
    }

    static func refuses(
        _ guardName: String, _ name: String, _ parameters: JSONObject = [:], missing: [String], by: [String],
        read: JSONObject = [:], limit: JSONObject = [:], detail: String = "",
        _ change: (inout FactsBuilder) -> Void
    ) -> GuardCase {
        GuardCase(
            guardName: guardName, name: name, parameters: parameters, hasPassed: false, missing: missing,
            suppliedBy: by, read: read, limit: limit, detail: detail, facts: FactsBuilder.facts(change))
    }

    /// The rule with what the case leaves out filled in, as a definition would have it.
    func rule() throws -> LifecycleDefinition.GuardRule {
        let kind: GuardKind = try #require(GuardCatalogue.guards[guardName])
        let faults: [ShapeFault] = Shape.object(kind.parameters).faults(in: .object(parameters))
        #expect(faults.isEmpty, "\(faults)")
        var whole: JSONObject = kind.defaults
        for member in parameters.members { whole.set(member.name, member.value) }
        return LifecycleDefinition.GuardRule(name: guardName, parameters: whole)
    }

    static let all: [GuardCase] =
        declarations + files + measurements + comparisons + reproductions + standing + requests + approvals
}

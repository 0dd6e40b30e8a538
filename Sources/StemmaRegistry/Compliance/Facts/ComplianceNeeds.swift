/// The facts that rules read, so that nothing else is gathered.
struct ComplianceNeeds: Sendable {
    /// Names of facts and everything above them: `version.risk`, `version`.
    private let names: Set<String>

    init(_ rules: [ComplianceRule]) {
        var names: Set<String> = []
        for fact in rules.flatMap(\.facts) {
            var steps: [Substring] = fact.split(separator: ".")
            while !steps.isEmpty {
                guard names.insert(steps.joined(separator: ".")).inserted else { break }
                steps.removeLast()
            }
        }
        self.names = names
    }

    /// Whether a fact, or any below it, is read.
    func wants(_ name: String) -> Bool { names.contains(name) }

    /// Whether any of them is.
    func wants(anyOf names: [String]) -> Bool { names.contains { wants($0) } }
}

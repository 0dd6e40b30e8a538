package import StemmaDigest
internal import StemmaJSON

/// The rule packs of a registry, as scans and reports use them.
package struct ComplianceBook: Sendable {
    package let library: ComplianceLibrary
    /// Frameworks that are switched on, in the order of the packs.
    package let frameworks: [String]
    /// SHA-256 of each pack's canonical JSON (RFC 8785), by framework.
    private let digests: [String: Digest]
    /// Frameworks that are switched on, by the rules that they have.
    private let frameworksByRule: [String: [String]]

    /// `wanted` names the frameworks that are switched on; empty: all. Throws `ComplianceRuleError` with every fault of
    /// the packs, `validationFailed` for a framework that there is none of.
    package init(_ sources: [ComplianceLibrary.Source], frameworks wanted: [String] = []) throws {
        let library = try ComplianceLibrary(sources)
        self.library = library
        let known: [String] = library.packs.map(\.framework)
        if let unknown = wanted.first(where: { !known.contains($0) }), !sources.isEmpty {
            throw ComplianceBook.unknown(unknown, known)
        }
        frameworks = wanted.isEmpty ? known : known.filter { wanted.contains($0) }
        digests = Dictionary(
            sources.map { ($0.name, SHA256Hasher.digest(CanonicalJSON.encode($0.json))) }, uniquingKeysWith: { $1 })
        var byRule: [String: [String]] = [:]
        for framework in frameworks {
            for rule in library.pack(framework)?.rules ?? [] { byRule[rule.id, default: []].append(framework) }
        }
        frameworksByRule = byRule
    }

    static func unknown(_ framework: String, _ known: [String]) -> StemmaError {
        StemmaError.validation([
            ShapeFault(
                pointer: "/frameworks", detail: "\(framework) is none of \(known.joined(separator: ", "))")
        ])
    }

    /// Frameworks that are switched on and have the rule.
    package func frameworks(of rule: String) -> [String] { frameworksByRule[rule] ?? [] }

    /// The rules of these frameworks, each once, in order of id.
    package func rules(_ frameworks: [String]) -> [ComplianceRule] {
        let ids: Set<String> = Set(frameworks.flatMap { library.pack($0)?.rules.map(\.id) ?? [] })
        return library.rules.filter { ids.contains($0.id) }
    }

    package func digest(_ framework: String) -> Digest? { digests[framework] }

    /// For how many days each framework that is switched on wants records kept; 0 where it says nothing.
    var retentionFloors: [(framework: String, days: Int64)] {
        library.packs.filter { frameworks.contains($0.framework) }.map { ($0.framework, $0.retentionFloorDays) }
    }

    /// The longest of them.
    var retentionFloorDays: Int64 {
        library.packs.filter { frameworks.contains($0.framework) }.map(\.retentionFloorDays).max() ?? 0
    }
}

package import StemmaJSON

/// The rules of one framework: those written for it, and those that it takes over from other packs.
package struct ComplianceRulePack: Sendable {
    /// The framework's name, e.g. `eu-ai-act`; also the name of the pack.
    package let framework: String
    package let title: String
    package let version: Int64
    package let description: String
    /// How long the framework wants records kept at least; 0 where it says nothing.
    package let retentionFloorDays: Int64
    /// Its own rules, then included ones, each in the order in which they are written.
    package let rules: [ComplianceRule]

    package static let shape: Shape = .named(
        "ComplianceRulePack",
        .object([
            Shape.Field("framework", .text(maxBytes: 64, check: nameProblem), required: true, "E.g. `eu-ai-act`"),
            Shape.Field("title", ComplianceShapes.line, required: true),
            Shape.Field("version", .integer(1...1_000_000), required: true, "Counts up with every change"),
            Shape.Field(
                "description", .text(maxBytes: ComplianceLimits.descriptionBytes, minBytes: 1), required: true),
            Shape.Field(
                "retention_floor_days", .integer(0...ComplianceLimits.days), required: true,
                "How long records are kept at least; 0: the framework says nothing"),
            Shape.Field(
                "include",
                .array(
                    of: .object([
                        Shape.Field("pack", .text(maxBytes: 64, check: nameProblem), required: true),
                        Shape.Field(
                            "rules",
                            .array(of: .text(maxBytes: 20, minBytes: 1), count: 1...ComplianceLimits.rulesPerPack),
                            required: true, "Ids"),
                    ]), count: 0...ComplianceLimits.includesPerPack), "Rules that stand in other packs"),
            Shape.Field(
                "rules", .array(of: ComplianceRule.shape, count: 0...ComplianceLimits.rulesPerPack), required: true),
        ]))

    private static func nameProblem(_ text: String) -> String? {
        text.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) == nil
            ? "must be lower case letters and digits in words joined by hyphens" : nil
    }
}

/// All rule packs of a registry.
package struct ComplianceLibrary: Sendable {
    /// In the order in which they were given.
    package let packs: [ComplianceRulePack]
    /// Every rule once, in order of id.
    package let rules: [ComplianceRule]

    /// A pack before it is read: the name under which it is kept, which must be its framework's, and its JSON.
    package struct Source: Sendable {
        package let name: String
        package let json: JSONValue

        package init(name: String, json: JSONValue) {
            self.name = name
            self.json = json
        }
    }

    /// Throws with every fault of every pack.
    package init(_ sources: [Source]) throws(ComplianceRuleError) {
        var reading = ComplianceLibraryReading()
        packs = reading.packs(sources)
        rules = reading.written.values.sorted { $0.id < $1.id }
        guard reading.faults.isEmpty else {
            throw ComplianceRuleError(faults: Array(reading.faults.prefix(ComplianceLimits.faults)))
        }
    }

    package func pack(_ framework: String) -> ComplianceRulePack? { packs.first { $0.framework == framework } }

    package func rule(_ id: String) -> ComplianceRule? { rules.first { $0.id == id } }
}

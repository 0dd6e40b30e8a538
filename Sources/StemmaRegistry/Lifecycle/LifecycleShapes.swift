package import StemmaJSON

/// What a lifecycle definition looks like in requests and answers.
package enum LifecycleShapes {
    private static let limits = Limits()
    private static let stateName: Shape = .choice(LifecycleState.allCases.map(\.rawValue))
    private static let roleName: Shape = .text(maxBytes: 40) { text in
        Role(text) == nil ? "is no role: reader, publisher, deployer, auditor, admin or reviewer:<gate>" : nil
    }
    private static let roles: Shape = .array(of: roleName, count: 1...20)
    private static let word: Shape = .text(maxBytes: 100, minBytes: 1, check: CommonShapes.oneLine)
    private static let aliasName: Shape = .text(maxBytes: 64, minBytes: 1) { text in
        do throws(NameFault) {
            return try AliasName(validating: text).isComputed ? "is computed and cannot be bound" : nil
        } catch {
            return error.reason
        }
    }

    private static let guardRules: Shape = .array(
        of: .object([
            Shape.Field("guard", word, required: true, "A name of the catalogue at `/v1/lifecycle/guards`"),
            Shape.Field("parameters", .nullable(CommonShapes.freeObject), "What the guard is to demand"),
        ]), count: 0...limits.lifecycleGuards)

    private static let states: Shape = .array(
        of: .object([
            Shape.Field("state", stateName, required: true),
            Shape.Field("alias", .nullable(aliasName), "Follows the version that is in the state"),
            Shape.Field("exclusive", .boolean, "At most one version of a model is in the state"),
            Shape.Field("displaced_to", .nullable(stateName), "Where the version goes that a new one displaces"),
            Shape.Field("withdrawn_to", .nullable(stateName), "Where the version goes that is rolled back"),
            Shape.Field("rollback_by", .nullable(roles)),
            Shape.Field("rollback_guards", .nullable(guardRules), "Asked of the version that a rollback restores"),
        ]), count: 1...LifecycleState.allCases.count)

    private static let transitions: Shape = .array(
        of: .object([
            Shape.Field("from", stateName, required: true), Shape.Field("to", stateName, required: true),
            Shape.Field("requested_by", roles, required: true),
            Shape.Field(
                "automatic_after_minutes", .nullable(.integer(0...5_256_000)),
                "The registry moves versions itself that pass and were left alone that long"),
            Shape.Field("guards", guardRules),
        ]), count: 1...49)

    private static let gate: Shape = .object([
        Shape.Field("quorum", .integer(1...20), required: true, "Different people who have to approve"),
        Shape.Field("expires_after_days", .nullable(.integer(1...3_650)), "How long an approval counts"),
        Shape.Field("reviewers", roles, required: true),
        Shape.Field(
            "items",
            .array(
                of: .object([
                    Shape.Field("item", word, required: true),
                    Shape.Field("title", .text(maxBytes: limits.lineBytes, minBytes: 1), required: true),
                    Shape.Field(
                        "guard", .nullable(word), "Evaluates the item; without one a reviewer has to attest it"),
                    Shape.Field("parameters", .nullable(CommonShapes.freeObject)),
                ]), count: 0...limits.lifecycleGuards), required: true),
    ])

    private static let environments: Shape = .map(
        of: .object([
            Shape.Field(
                "states", .array(of: stateName, count: 1...7), required: true,
                "States from which versions may be deployed there"),
            Shape.Field("guards", guardRules),
        ]), maxCount: 100, keyBytes: 63)

    /// What clients send.
    package static let definition: [Shape.Field] = [
        Shape.Field("states", states, required: true),
        Shape.Field("transitions", transitions, required: true),
        Shape.Field("gates", .object(Role.gates.map { Shape.Field($0, gate) }), required: true),
        Shape.Field("environments", environments),
        Shape.Field("rollout", .object([Shape.Field("guards", guardRules)])),
        Shape.Field(
            "protected_aliases",
            .array(
                of: .object([
                    Shape.Field("alias", aliasName, required: true),
                    Shape.Field("states", .array(of: stateName, count: 1...7), required: true),
                ]), count: 0...100)),
    ]

    /// Members of an answer that a definition may carry along when it is sent back.
    static let serverSet: [Shape.Field] = [
        Shape.Field("revision", .count, required: true, "Counts the definitions"),
        Shape.Field("created_at", CommonShapes.time, required: true),
        Shape.Field(
            "created_by", .nullable(.text(maxBytes: 500)), required: true, "Null: what the registry started with"),
        Shape.Field("etag", .text(maxBytes: 64), required: true),
    ]

    package static let request: Shape = .named(
        "LifecycleDefinition",
        .object(
            definition + serverSet.map { Shape.Field($0.name, .any, "Ignored, so that an answer can be sent back") }
                + [Shape.Field("rationale", CommonShapes.rationale, "Why; kept in the audit log")]))

    package static let document: Shape = .named("Lifecycle", .object(serverSet + definition + PastDocument.fields))
}

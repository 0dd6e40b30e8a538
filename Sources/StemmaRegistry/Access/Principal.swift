/// Who asks, as far as one token says: a person or service (the subject) with the roles and models of that token.
package final class Principal: Sendable {
    /// The store's key of the subject; the same for every token of a person.
    package let id: Int64
    /// The random name under which the audit log's public part knows the subject.
    package let pseudonym: String
    package let subject: String
    package let tokenID: String
    package let roles: Set<Role>
    package let scope: ModelScope
    package let expires: Timestamp?
    private let permissions: Set<Permission>

    package init(
        id: Int64, pseudonym: String, subject: String, tokenID: String, roles: Set<Role>, scope: ModelScope,
        expires: Timestamp?
    ) {
        self.id = id
        self.pseudonym = pseudonym
        self.subject = subject
        self.tokenID = tokenID
        self.roles = roles
        self.scope = scope
        self.expires = expires
        permissions = roles.reduce(into: []) { $0.formUnion($1.permissions) }
    }

    package func may(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// Throws `permissionDenied` naming the missing permission and the roles that carry it.
    package func require(_ permission: Permission) throws(StemmaError) {
        guard !may(permission) else { return }
        var carriers: [String] = ["reader", "publisher", "deployer", "auditor", "admin"].filter { name in
            Role(name)?.permissions.contains(permission) ?? false
        }
        if Role.gates.allSatisfy({ Role.reviewer(gate: $0).permissions.contains(permission) }) {
            carriers.insert("reviewer:<gate>", at: 0)
        }
        throw StemmaError(
            .permissionDenied,
            "this needs the permission \(permission.rawValue), which comes with the role \(carriers.joined(separator: " or "))"
        )
    }

    /// The same for what concerns every model: throws also for a token that reaches only some of them.
    package func requireEverywhere(_ permission: Permission) throws(StemmaError) {
        try require(permission)
        guard scope.isUnlimited else {
            throw StemmaError(
                .permissionDenied,
                "this needs the permission \(permission.rawValue) for all models, but this token reaches only some of them"
            )
        }
    }
}

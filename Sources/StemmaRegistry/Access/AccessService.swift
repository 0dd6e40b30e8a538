internal import StemmaDigest
package import StemmaJSON

/// Makes, lists and revokes tokens.
package struct AccessService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    package static let requestShape: Shape = .named(
        "TokenRequest",
        .object([
            Shape.Field(
                "subject", .text(maxBytes: 200, minBytes: 1, check: subjectProblem), required: true,
                "Person or service"),
            Shape.Field(
                "roles",
                .array(
                    of: .text(maxBytes: 40) { text in
                        Role(text) == nil
                            ? "must be reader, publisher, deployer, auditor, admin or reviewer:<gate>, where a gate is "
                                + Role.gates.joined(separator: ", ") : nil
                    }, count: 1...20), required: true),
            Shape.Field(
                "models", .array(of: .text(maxBytes: 800, minBytes: 1, check: CommonShapes.oneLine), count: 1...100),
                "Name patterns with `*` and `?`; `[\"*\"]` where absent"),
            Shape.Field("expires_at", .nullable(CommonShapes.time)),
        ]))

    private static func subjectProblem(_ text: String) -> String? {
        text == RegistryCore.systemSubject ? "is the registry's own name" : CommonShapes.oneLine(text)
    }

    package static let documentShape: Shape = .named(
        "Token",
        .object([
            Shape.Field("id", .text(maxBytes: 64), required: true),
            Shape.Field("subject", .text(maxBytes: 200), required: true),
            Shape.Field("roles", .array(of: .text(maxBytes: 40), count: 0...20), required: true),
            Shape.Field("models", .array(of: .text(maxBytes: 800), count: 0...100), required: true),
            Shape.Field("created_at", CommonShapes.time, required: true),
            Shape.Field("created_by", .nullable(.text(maxBytes: 200)), required: true),
            Shape.Field("expires_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("revoked_at", .nullable(CommonShapes.time), required: true),
            Shape.Field("token", .text(maxBytes: 128), "The secret, answered once"),
        ]))

    /// Makes a token. The answer holds the secret, which exists nowhere else; for that reason it is never kept for
    /// repeats of the request: an idempotency key is ignored.
    package func createToken(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageTokens)
        var faults: [ShapeFault] = AccessService.requestShape.faults(in: body)
        let expires: Timestamp? = body["expires_at"]?.string.flatMap { Timestamp($0) }
        if let expires, expires <= core.environment.now() {
            faults.append(ShapeFault(pointer: "/expires_at", detail: "must be in the future"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        let grant = TokenGrant(
            subject: body["subject"]?.string ?? "", roles: body["roles"]?.array?.compactMap(\.string) ?? [],
            models: body["models"]?.array?.compactMap(\.string) ?? ["*"], expires: expires)
        let secret: String = TokenSecret.make(core.environment)
        let environment: Environment = core.environment
        return try await core.gate.mutate("create_token", context.asStep) { transaction, now in
            let record: TokenRecord = try AccessService.insert(
                grant, secret: secret, createdBy: context.principal.id, environment, transaction, now)
            var event = AuditDraft(.token(record.id))
            event.detail["roles"] = .array(grant.roles.map { .string($0) })
            event.personal["token.subject"] = .string(grant.subject)
            event.owners["token.subject"] = record.principalID
            event.personal["changes"] = .object([
                "before": .null,
                "after": .object([
                    "models": .array(grant.models.map { .string($0) }),
                    "expires_at": expires.map { .string($0.description) } ?? .null,
                ]),
            ])
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.token(record.id),
                    body: TokenDocument.represent(record, secret: secret)),
                event: event, effects: [.tokenAdded(record)])
        }
    }

    /// Tokens in the order of their ids, revoked ones included, without secrets.
    package func listTokens(_ request: ListRequest, _ principal: Principal) async throws -> ListAnswer {
        try principal.requireEverywhere(.manageTokens)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let filter = try ShortListFilter(request.filter, schema: .tokens)
        let codec = Cursor(key: core.cursorKey, identity: "tokens/" + (request.filter ?? ""))
        var after: String?
        if let cursor = request.cursor, case .text(let id)? = try codec.decode(cursor).first { after = id }
        let start: String? = after
        let records: [TokenRecord] = try await core.store.read { reader in
            var passed: [TokenRecord] = []
            var last: String? = start
            // Reads on until the page is full and one more row is known, or no token is left.
            while passed.count <= limit {
                let batch: [TokenRecord] = try reader.tokens(after: last, limit: limit + 1)
                passed += batch.filter { filter.passes($0.filterValues) }
                guard batch.count > limit, let final = batch.last else { break }
                last = final.id
            }
            return passed
        }
        let page: ArraySlice<TokenRecord> = records.prefix(limit)
        return ListAnswer(
            items: page.map { TokenDocument.represent($0, secret: nil) },
            nextCursor: records.count > limit ? page.last.map { codec.encode([.text($0.id)]) } : nil)
    }

    /// Ends a token at once. Throws `tokenNotFound`; revoking again succeeds.
    package func revokeToken(_ id: String, _ context: RequestContext) async throws -> Answer {
        try context.principal.requireEverywhere(.manageTokens)
        return try await core.gate.mutate("revoke_token", context) { transaction, now in
            guard try transaction.token(id: id) != nil else {
                throw StemmaError(.tokenNotFound, "there is no token \(id)")
            }
            let didRevoke: Bool = try transaction.revokeToken(id, at: now)
            return MutationGate.Mutation(
                Answer(.removed), event: didRevoke ? AuditDraft(.token(id)) : nil, effects: [.tokenRevoked(id: id)])
        }
    }

    /// At first start: makes the operator's admin token where the database has no token at all. Answers whether it did.
    ///
    /// `keep` puts the secret where the operator finds it. It runs before the token exists, so that a crash in between
    /// leaves a file that the next start replaces, never a registry that nobody can enter.
    package func bootstrapAdmin(keep: @Sendable (String) throws -> Void) async throws -> Bool {
        guard try await core.store.read({ try $0.tokens(after: nil, limit: 1).isEmpty }) else { return false }
        let secret: String = TokenSecret.make(core.environment)
        try keep(secret)
        let environment: Environment = core.environment
        let policy: RegistryPolicy = core.policy
        try await core.store.write(
            { transaction in
                let now: Timestamp = environment.now()
                let grant = TokenGrant(subject: "admin", roles: ["admin"], models: ["*"], expires: nil)
                let record: TokenRecord = try AccessService.insert(
                    grant, secret: secret, createdBy: nil, environment, transaction, now)
                let appender = AuditAppender(environment: environment, policy: policy)
                try appender.append(
                    AuditDraft(.token(record.id), detail: ["roles": ["admin"]]), personal: [:], action: "create_token",
                    outcome: "success", actor: nil, now, to: transaction)
            }, committed: nil)
        return true
    }

    private static func insert(
        _ grant: TokenGrant, secret: String, createdBy: Int64?, _ environment: Environment,
        _ transaction: any MetadataTransaction, _ now: Timestamp
    ) throws -> TokenRecord {
        let principal = try transaction.ensurePrincipal(
            subject: grant.subject, pseudonym: environment.identifier("p_"), at: now)
        let id: String = environment.identifier("tok_")
        try transaction.insertToken(
            id: id, principal: principal.id, secretHash: TokenSecret.hash(secret), roles: grant.roles,
            models: grant.models, created: now, createdBy: createdBy, expires: grant.expires)
        guard let record = try transaction.token(id: id) else {
            throw StemmaError(.internalError, "the token was not stored", cause: "inserted token is absent")
        }
        return record
    }
}

/// What a token is to allow.
private struct TokenGrant: Sendable {
    let subject: String
    let roles: [String]
    let models: [String]
    let expires: Timestamp?
}

/// A token as answered.
enum TokenDocument {
    static func represent(_ record: TokenRecord, secret: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("id", record.id)
        if let secret { writer.field("token", secret) }
        writer.field("subject", record.subject)
        writer.field("roles", record.roles)
        writer.field("models", record.models)
        writer.field("created_at", record.created.description)
        writer.field("created_by", record.createdBy)
        writer.field("expires_at", record.expires?.description)
        writer.field("revoked_at", record.revoked?.description)
        writer.endObject()
        return writer.finish()
    }
}

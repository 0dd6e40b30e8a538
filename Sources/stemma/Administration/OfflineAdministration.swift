internal import Logging
internal import StemmaConfiguration
internal import StemmaJSON
internal import StemmaRegistry
internal import StemmaSQLite

/// Administers the tokens of a data directory that no daemon runs on. Its lock keeps a daemon from starting meanwhile.
final class OfflineAdministration: TokenAdministration {
    private let access: AccessService
    private let operatorContext: RequestContext

    /// Throws where the directory is in use or unusable.
    init(_ settings: StemmaSettings) async throws {
        let logger = Logger(label: "stemma", factory: { _ in SwiftLogNoOpLogHandler() })
        let registry = try await OpenRegistry(settings: settings, logger: logger, further: [])
        access = AccessService(core: registry.core)
        operatorContext = try await SystemAccount.context(registry)
    }

    func create(subject: String, roles: [String], models: [String], expires: String?) async throws -> String {
        var body = JSONObject()
        body.set("subject", .string(subject))
        body.set("roles", .array(roles.map { .string($0) }))
        body.set("models", .array(models.map { .string($0) }))
        if let expires { body.set("expires_at", .string(expires)) }
        let answer: Answer = try await refusingInOneLine {
            try await self.access.createToken(.object(body), self.operatorContext)
        }
        guard let secret = try JSONParser.parse(answer.body)["token"]?.string else {
            throw CommandFailure("the token was made without a secret")
        }
        return secret
    }

    func list() async throws -> [TokenSummary] {
        var summaries: [TokenSummary] = []
        var cursor: String?
        repeat {
            let request = ListRequest(limit: 500, cursor: cursor)
            let page: ListAnswer = try await access.listTokens(request, operatorContext.principal)
            summaries += try page.items.compactMap { TokenSummary(try JSONParser.parse($0)) }
            cursor = page.nextCursor
        } while cursor != nil
        return summaries
    }

    func revoke(_ id: String) async throws {
        _ = try await refusingInOneLine { try await self.access.revokeToken(id, self.operatorContext) }
    }

    private func refusingInOneLine(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as StemmaError {
            let faults: [String] = error.faults.map { "\($0.pointer) \($0.detail)" }
            throw CommandFailure(([error.detail] + faults).joined(separator: "; "))
        }
    }
}

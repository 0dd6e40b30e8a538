internal import StemmaJSON

/// What the `token` commands can do, whether through a running daemon or on the data directory itself.
protocol TokenAdministration: Sendable {
    /// Makes a token and answers its secret, which is never shown again. `expires` is an RFC 3339 time or nil for never.
    /// Throws an error whose description tells the operator in one line why it was refused.
    func create(subject: String, roles: [String], models: [String], expires: String?) async throws -> String

    /// Every token, revoked and expired ones included, without secrets.
    func list() async throws -> [TokenSummary]

    /// Ends a token at once; ending it again succeeds. Throws where there is none with that id.
    func revoke(_ id: String) async throws
}

/// A token as it is listed.
struct TokenSummary: Sendable, Equatable {
    let id: String
    let subject: String
    let roles: [String]
    /// Name patterns with `*` and `?`.
    let models: [String]
    /// Times are RFC 3339.
    let created: String
    /// The subject that made it; nil for the first one.
    let createdBy: String?
    let expires: String?
    let revoked: String?
}

extension TokenSummary {
    /// From the API's representation; nil where it lacks what every token has.
    init?(_ item: JSONValue) {
        func texts(_ name: String) -> [String] { item[name]?.array?.compactMap(\.string) ?? [] }
        guard let id = item["id"]?.string, let subject = item["subject"]?.string,
            let created = item["created_at"]?.string
        else { return nil }
        self.init(
            id: id, subject: subject, roles: texts("roles"), models: texts("models"), created: created,
            createdBy: item["created_by"]?.string, expires: item["expires_at"]?.string,
            revoked: item["revoked_at"]?.string)
    }
}

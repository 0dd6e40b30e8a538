internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaRegistry

/// Finds out who asks.
struct Authenticator: Sendable {
    let tokens: TokenDirectory
    let environment: Environment

    static let missing = StemmaError(
        .unauthenticated, "this needs a token: send Authorization: Bearer stm_...")
    static let invalid = StemmaError(
        .unauthenticated, "the token is unknown, expired or revoked")

    /// The caller. Throws `unauthenticated` without a valid token, `invalidRequest` for several credentials.
    func authenticate(_ request: HTTPRequest) throws(StemmaError) -> Principal {
        let fields: [String] = request.headers.values(of: "authorization")
        guard let field = fields.first else { throw Authenticator.missing }
        guard fields.count == 1 else { throw StemmaError(.invalidRequest, "Authorization was sent more than once") }
        guard let principal = principal(authorization: Array(field.utf8)[...]) else { throw Authenticator.invalid }
        return principal
    }

    /// The caller whose `Authorization` field this is, or nil.
    func principal(authorization field: ArraySlice<UInt8>) -> Principal? {
        let scheme: [UInt8] = Array("bearer ".utf8)
        guard field.count > scheme.count, field.count <= TokenSecret.maxBytes + scheme.count,
            zip(field, scheme).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        let secret: [UInt8] = Array(field.dropFirst(scheme.count))
        return tokens.principal(secretHash: SHA256Hasher.digest(secret), at: environment.now())
    }
}

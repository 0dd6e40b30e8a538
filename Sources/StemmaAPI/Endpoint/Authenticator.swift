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
        guard let principal = Array(field.utf8).withUnsafeBytes({ principal(authorization: $0) }) else {
            throw Authenticator.invalid
        }
        return principal
    }

    /// The caller whose `Authorization` field this is, or nil.
    func principal(authorization field: UnsafeRawBufferPointer) -> Principal? {
        guard field.count > Authenticator.scheme.utf8CodeUnitCount,
            field.count <= TokenSecret.maxBytes + Authenticator.scheme.utf8CodeUnitCount
        else { return nil }
        for position in 0..<Authenticator.scheme.utf8CodeUnitCount
        where field[position] | 0x20 != Authenticator.scheme.utf8Start[position] {
            return nil
        }
        let secret = UnsafeRawBufferPointer(rebasing: field[Authenticator.scheme.utf8CodeUnitCount...])
        return tokens.principal(secretHash: SHA256Hasher.digest(secret), at: environment.now())
    }

    /// In lower case; the space is the same with the bit set that makes letters lower case.
    private static let scheme: StaticString = "bearer "
}

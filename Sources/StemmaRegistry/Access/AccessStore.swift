package import StemmaDigest

/// Reading subjects and tokens.
package protocol AccessReader {
    func token(id: String) throws -> TokenRecord?

    /// Tokens by creation, after the token `id` (nil: from the first), revoked ones included.
    func tokens(after id: String?, limit: Int) throws -> [TokenRecord]

    /// Every token that is not revoked: what is loaded at start.
    func forEachLiveToken(_ body: (TokenRecord) throws -> Void) throws

    /// The row key of a subject, if it was ever named.
    func principal(subject: String) throws -> Int64?

    /// The subject and pseudonym of a row key.
    func principal(id: Int64) throws -> (subject: String, pseudonym: String)?
}

package protocol AccessWriter {
    /// The subject's row key and pseudonym, made with `pseudonym` where the subject is new.
    func ensurePrincipal(subject: String, pseudonym: String, at moment: Timestamp) throws -> (
        id: Int64, pseudonym: String
    )

    func insertToken(
        id: String, principal: Int64, secretHash: Digest, roles: [String], models: [String], created: Timestamp,
        createdBy: Int64?, expires: Timestamp?) throws

    /// False where the token is absent or was revoked before.
    func revokeToken(_ id: String, at moment: Timestamp) throws -> Bool
}

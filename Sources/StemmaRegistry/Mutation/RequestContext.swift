package import StemmaDigest

/// Who asks for what is about to be done, and under which conditions.
package struct RequestContext: Sendable {
    package let principal: Principal
    package let requestID: String
    package let remoteAddress: String
    package let preconditions: Preconditions
    package let idempotency: IdempotencyRequest?
    /// The full answer without the effect.
    package let isDryRun: Bool

    package init(
        principal: Principal, requestID: String, remoteAddress: String, preconditions: Preconditions = Preconditions(),
        idempotency: IdempotencyRequest? = nil, isDryRun: Bool = false
    ) {
        self.principal = principal
        self.requestID = requestID
        self.remoteAddress = remoteAddress
        self.preconditions = preconditions
        self.idempotency = idempotency
        self.isDryRun = isDryRun
    }

    /// The same caller without the request's conditions, key and dry run: for a mutation that is a step of the request.
    package var asStep: RequestContext {
        RequestContext(principal: principal, requestID: requestID, remoteAddress: remoteAddress)
    }
}

/// A request that may be repeated: the client's key and what it belongs to.
package struct IdempotencyRequest: Sendable, Hashable {
    package let key: String
    /// SHA-256 over method, path, query and body.
    package let fingerprint: Digest

    package init(key: String, fingerprint: Digest) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// `If-Match` and `If-None-Match` of a write (RFC 9110 section 13.1).
package struct Preconditions: Sendable {
    /// Entity tags with their quotes, or `*`; nil without the field.
    package let ifMatch: [String]?
    package let ifNoneMatch: [String]?

    package init(ifMatch: [String]? = nil, ifNoneMatch: [String]? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    /// Throws `staleETag` unless the resource's present tag (nil: it does not exist) satisfies both fields.
    package func check(current: String?) throws(StemmaError) {
        if let ifMatch {
            guard let current else {
                throw StemmaError(.staleETag, "If-Match was sent, but there is no such resource yet")
            }
            guard ifMatch.contains("*") || ifMatch.contains(current) else {
                throw StemmaError(.staleETag, "the resource changed meanwhile: its ETag is now \(current)")
            }
        }
        if let ifNoneMatch, let current, ifNoneMatch.contains("*") || ifNoneMatch.contains(current) {
            throw StemmaError(.staleETag, "If-None-Match was sent, but the resource exists with the ETag \(current)")
        }
    }
}

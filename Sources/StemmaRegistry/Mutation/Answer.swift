internal import StemmaDigest

/// What a mutation answers, in a form that can be kept and given again to a repeat of the same request.
package struct Answer: Sendable {
    package let outcome: MutationOutcome
    /// The path under which the resource is read, e.g. `/v1/models/fraud`; empty where there is none.
    package let location: String
    package let etag: String?
    /// JSON; empty for `.removed`.
    package let body: [UInt8]
    /// True where this is a kept answer.
    package let isReplay: Bool

    package init(
        _ outcome: MutationOutcome, location: String = "", etag: String? = nil, body: [UInt8] = [],
        isReplay: Bool = false
    ) {
        self.outcome = outcome
        self.location = location
        self.etag = etag
        self.body = body
        self.isReplay = isReplay
    }
}

/// How a mutation ended.
package enum MutationOutcome: String, Sendable {
    /// Something new exists.
    case created
    /// Something changed.
    case updated
    /// It was so already; nothing changed.
    case unchanged
    case removed
}

/// A representation with its entity tag.
package struct Representation: Sendable {
    /// Strong: a function of the body.
    package let etag: String
    /// JSON.
    package let body: [UInt8]

    package init(etag: String, body: [UInt8]) {
        self.etag = etag
        self.body = body
    }

    /// A strong entity tag for those bytes: 128 bits of their SHA-256, quoted.
    package static func etag(of body: [UInt8]) -> String {
        "\"" + SHA256Hasher.digest(body).hex.prefix(32) + "\""
    }
}

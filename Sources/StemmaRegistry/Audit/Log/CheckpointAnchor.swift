package import StemmaDigest

/// A place outside the database where signed heads go, so that a history that was changed afterwards can be told.
package protocol CheckpointAnchor: Sendable {
    /// For messages, e.g. the file's path.
    var name: String { get }

    /// The last note that went there; nil where none did.
    func last() async throws -> String?

    /// How long it is left alone after it failed.
    var restAfterFailure: Duration { get }

    /// Whether it may take long, so that a registry that stops does not wait for it.
    var isRemote: Bool { get }

    /// Hands a note over. `oldSize` is that of the last head that this anchor is known to have taken; the log proves
    /// that the note continues it, or another one. Answers signature lines to add to the note, without their line
    /// feeds.
    ///
    /// Throws `AuditTampering` where the anchor shows that the log is not the one that it took heads of.
    func take(_ note: String, oldSize: Int64, log: AnchoredLog) async throws -> [String]
}

extension CheckpointAnchor {
    package var restAfterFailure: Duration { .zero }
    package var isRemote: Bool { false }
}

/// What an anchor may ask of the log whose head it takes.
package struct AnchoredLog: Sendable {
    /// How many events there are now: as many as the head is of, or more.
    package let size: @Sendable () async throws -> Int64
    /// Proves that the head continues the log's first events, of which it has as many at least (RFC 6962, PROOF).
    package let consistency: @Sendable (Int64) async throws -> [Digest]
}

/// Reading legal holds.
package protocol LegalHoldReader {
    func legalHold(id: String) throws -> LegalHoldRecord?

    /// Holds that are not released, oldest first.
    func legalHoldsInForce() throws -> [LegalHoldRecord]

    /// All holds, oldest first, released ones included.
    func legalHolds() throws -> [LegalHoldRecord]
}

package protocol LegalHoldWriter {
    func insertLegalHold(_ hold: NewLegalHold) throws

    func releaseLegalHold(id: String, reason: String, at moment: Timestamp, by principal: Int64) throws
}

/// What a hold covers.
package enum LegalHoldScope: Sendable, Hashable {
    /// A model with all its versions.
    case model(id: Int64, name: String)
    case version(id: Int64, model: String, version: String)
    /// What is known of a person: the row key and pseudonym.
    case person(id: Int64, pseudonym: String)
    /// Events of the log by sequence.
    case events(Range<Int64>)

    /// Whether what happens to a version of `model`, or to the model (nil), is covered. A held version also keeps its model.
    package func covers(model name: String, version: String?) -> Bool {
        switch self {
        case .model(_, let held): held == name
        case .version(_, let model, let held): model == name && (version == nil || version == held)
        case .person, .events: false
        }
    }

    /// Whether an event of the log is covered. `model` and `version` are what it is about, `people` whose it is.
    package func covers(event sequence: Int64, model: String?, version: String?, people: [Int64]) -> Bool {
        switch self {
        case .model(_, let held): held == model
        case .version(_, let heldModel, let held): heldModel == model && held == version
        case .person(let id, _): people.contains(id)
        case .events(let range): range.contains(sequence)
        }
    }
}

/// A hold that is to be stored.
package struct NewLegalHold: Sendable {
    package let id: String
    package let scope: LegalHoldScope
    package let reason: String
    package let owner: String
    package let placed: Timestamp
    package let placedBy: Int64

    package init(
        id: String, scope: LegalHoldScope, reason: String, owner: String, placed: Timestamp, placedBy: Int64
    ) {
        self.id = id
        self.scope = scope
        self.reason = reason
        self.owner = owner
        self.placed = placed
        self.placedBy = placedBy
    }
}

/// A hold as stored.
package struct LegalHoldRecord: Sendable {
    package let id: String
    package let scope: LegalHoldScope
    package let reason: String
    /// Who is to be asked about it.
    package let owner: String
    package let placed: Timestamp
    package let placedByID: Int64
    /// The subject.
    package let placedBy: String
    package let released: Timestamp?
    package let releasedBy: String?
    package let releaseReason: String?

    package init(
        id: String, scope: LegalHoldScope, reason: String, owner: String, placed: Timestamp, placedByID: Int64,
        placedBy: String, released: Timestamp?, releasedBy: String?, releaseReason: String?
    ) {
        self.id = id
        self.scope = scope
        self.reason = reason
        self.owner = owner
        self.placed = placed
        self.placedByID = placedByID
        self.placedBy = placedBy
        self.released = released
        self.releasedBy = releasedBy
        self.releaseReason = releaseReason
    }
}

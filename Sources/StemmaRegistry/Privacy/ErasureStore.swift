/// Finding what is known of a person.
package protocol ErasureReader {
    func erasure(id: String) throws -> ErasureRecord?

    /// All requests, oldest first.
    func erasures() throws -> [ErasureRecord]

    /// Requests that are deferred, oldest first.
    func deferredErasures() throws -> [ErasureRecord]

    /// Places of stored texts in which `text` occurs, in every table but those of the log and in every column but those of
    /// the registry's own words. At most `limit`.
    func places(holding text: ErasureText, limit: Int) throws -> [TextPlace]

    /// Private values of the log that say who a person is, or in which `text` occurs: of the person's own values all but
    /// `PrivatePlace.structured`. At most `limit`.
    func privatePlaces(of person: Int64?, holding text: ErasureText, limit: Int) throws -> [PrivatePlace]

    /// Subjects of people who are not erased in which `text` occurs.
    func subjects(holding text: ErasureText) throws -> [String]

    /// Tokens of a person that are not revoked.
    func liveTokens(of person: Int64) throws -> [String]

    /// Aliases that a person moved last, as they are answered.
    func aliases(updatedBy person: Int64) throws -> [AliasRecord]
}

package protocol ErasureWriter {
    func insertErasure(_ erasure: NewErasure) throws

    /// Puts the request where `record` says it stands.
    func updateErasure(_ record: ErasureRecord) throws

    /// The text at a place; nil where it is not there any more.
    func text(at place: TextPlace) throws -> String?

    func setText(at place: TextPlace, to text: String) throws

    func removePrivateValue(sequence: Int64, field: String) throws

    /// Kept answers to a person's requests, and those in which `text` may occur. Answers how many went.
    func removeIdempotentAnswers(of person: Int64?, holding text: ErasureText) throws -> Int

    /// Puts the pseudonym in the place of a person's subject, for good.
    func erasePrincipal(_ id: Int64, at moment: Timestamp) throws
}

/// A stored text outside of the log.
package struct TextPlace: Sendable, Hashable {
    package let table: String
    package let column: String
    package let form: TextForm
    /// The row's key: the columns of the primary key, or the row id, with their values.
    package let key: [KeyPart]
    /// The model that the row is about, if it is about one.
    package let model: String?
    /// The version that the row is about, if it is about one.
    package let version: String?

    /// One column of a key.
    package struct KeyPart: Sendable, Hashable {
        package let column: String
        package let value: Value

        package enum Value: Sendable, Hashable {
            case integer(Int64)
            case text(String)
            case bytes([UInt8])
        }

        package init(column: String, value: Value) {
            self.column = column
            self.value = value
        }
    }

    package init(
        table: String, column: String, form: TextForm, key: [KeyPart], model: String?, version: String?
    ) {
        self.table = table
        self.column = column
        self.form = form
        self.key = key
        self.model = model
        self.version = version
    }
}

/// A private value of the log, and what its event is about.
package struct PrivatePlace: Sendable {
    package let sequence: Int64
    package let field: String
    package let owner: Int64?
    package let model: String?
    package let version: String?

    /// Fields that say what was done rather than who did it, and on which the history of a model rests. Of a person's own
    /// values they stay, unless the person is named in them.
    package static let structured: Set<String> = ["changes", "evidence", "rollback_plan"]

    package init(sequence: Int64, field: String, owner: Int64?, model: String?, version: String?) {
        self.sequence = sequence
        self.field = field
        self.owner = owner
        self.model = model
        self.version = version
    }
}

/// Where a request to be erased stands.
package enum ErasureStatus: String, Sendable {
    case deferred
    case completed
}

/// Why a request is deferred.
package enum ErasureGround: String, Sendable, CaseIterable {
    case legalHold = "legal_hold"
    /// Processing is a legal duty: GDPR, Article 17(3)(b).
    case legalDuty = "legal_duty"
    /// For legal claims: GDPR, Article 17(3)(e).
    case legalClaims = "legal_claims"
}

/// A request that is to be stored.
package struct NewErasure: Sendable {
    package let id: String
    package let person: Int64?
    package let identifiers: [String]
    package let basis: String
    package let requested: Timestamp
    package let requestedBy: Int64

    package init(
        id: String, person: Int64?, identifiers: [String], basis: String, requested: Timestamp, requestedBy: Int64
    ) {
        self.id = id
        self.person = person
        self.identifiers = identifiers
        self.basis = basis
        self.requested = requested
        self.requestedBy = requestedBy
    }
}

/// A request as stored.
package struct ErasureRecord: Sendable {
    package let id: String
    package let person: Int64?
    package let pseudonym: String?
    /// What is looked for; empty once it is gone.
    package var identifiers: [String]
    package let basis: String
    package var status: ErasureStatus
    package var ground: ErasureGround?
    /// Ids of the holds that defer it.
    package var holds: [String]
    package var deferralReason: String?
    package var rerun: Timestamp?
    /// JSON object text; nil until then.
    package var outcome: [UInt8]?
    package let requested: Timestamp
    package let requestedByID: Int64
    package let requestedBy: String
    package var completed: Timestamp?

    package init(
        id: String, person: Int64?, pseudonym: String?, identifiers: [String], basis: String, status: ErasureStatus,
        ground: ErasureGround?, holds: [String], deferralReason: String?, rerun: Timestamp?, outcome: [UInt8]?,
        requested: Timestamp, requestedByID: Int64, requestedBy: String, completed: Timestamp?
    ) {
        self.id = id
        self.person = person
        self.pseudonym = pseudonym
        self.identifiers = identifiers
        self.basis = basis
        self.status = status
        self.ground = ground
        self.holds = holds
        self.deferralReason = deferralReason
        self.rerun = rerun
        self.outcome = outcome
        self.requested = requested
        self.requestedByID = requestedByID
        self.requestedBy = requestedBy
        self.completed = completed
    }
}

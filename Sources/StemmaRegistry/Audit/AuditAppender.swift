internal import StemmaDigest
internal import StemmaJSON
internal import StemmaTransparency

/// Turns a draft into a leaf of the log and appends it in the caller's transaction.
///
/// A leaf is canonical JSON (RFC 8785) of strings, booleans, nulls, integers, arrays and objects only, so that any reader
/// arrives at the same bytes. Its hash is that of RFC 6962 section 2.1 (`MerkleHash.leaf`). Personal
/// data and free text are represented by commitments (`Commitment.hex`) with a fresh 32-byte salt each, so that erasing value and salt leaves nothing that can be tested by guessing.
struct AuditAppender {
    let environment: Environment
    let policy: RegistryPolicy

    /// The version of the leaf's form.
    private static let leafVersion: Int64 = 1

    /// A private field with what the leaf says of it. Belongs to one event: a salt is never used twice.
    struct Committed: Sendable {
        let value: PrivateValue
        /// Lowercase hexadecimal.
        let commitment: String
    }

    /// Commits to what every event of a request says of who asked. Made outside the transaction, which waits for nobody.
    func identify(_ context: RequestContext) -> [Committed] {
        [
            commit("actor.subject", .string(context.principal.subject), owner: context.principal.id),
            commit("request_id", .string(context.requestID), owner: context.principal.id),
        ]
    }

    /// Appends an event about something that a principal did; `identity` comes from `identify`.
    func append(
        _ draft: AuditDraft, action: String, context: RequestContext, identity: [Committed], _ now: Timestamp,
        to transaction: any MetadataTransaction
    ) throws {
        try append(
            draft, identity + commitments(draft.personal, draft, context.principal), action: action, outcome: "success",
            actor: context.principal, now, to: transaction)
    }

    /// Appends an event with the given private fields; `actor` is nil where nobody was recognised.
    func append(
        _ draft: AuditDraft, personal: [String: JSONValue], action: String, outcome: String, actor: Principal?,
        _ now: Timestamp, to transaction: any MetadataTransaction
    ) throws {
        try append(
            draft, commitments(personal, draft, actor), action: action, outcome: outcome, actor: actor, now,
            to: transaction)
    }

    private func append(
        _ draft: AuditDraft, _ committed: [Committed], action: String, outcome: String, actor: Principal?,
        _ now: Timestamp, to transaction: any MetadataTransaction
    ) throws {
        let (sequence, moment): (Int64, Timestamp) = try transaction.nextAuditEvent(now)
        let retainUntil: Timestamp = moment.adding(milliseconds: policy.auditRetentionMilliseconds)
        let leaf: [UInt8] = try leafText(
            draft, action: action, outcome: outcome, actor: actor, sequence: sequence, moment, retainUntil,
            committed.map { JSONObject.Member(name: $0.value.field, value: .string($0.commitment)) })
        try transaction.appendAuditEvent(
            sequence: sequence, at: moment, leaf: leaf, leafHash: MerkleHash.leaf(leaf),
            retainUntil: retainUntil, action: action,
            outcome: outcome, principal: actor?.id, resource: draft.resource, privateValues: committed.map(\.value))
        try AuditTree.complete(at: sequence + 1, transaction)
        if !draft.also.isEmpty { try transaction.addAuditSubjects(sequence: sequence, draft.also) }
    }

    private func commitments(
        _ personal: [String: JSONValue], _ draft: AuditDraft, _ actor: Principal?
    ) -> [Committed] {
        personal.map { field, value in commit(field, value, owner: draft.owners[field] ?? actor?.id) }
    }

    private func commit(_ field: String, _ value: JSONValue, owner: Int64?) -> Committed {
        let text: [UInt8] = CanonicalJSON.encode(value)
        let salt: [UInt8] = environment.randomBytes(32)
        return Committed(
            value: PrivateValue(field: field, salt: salt, value: text, principalID: owner),
            commitment: Commitment.hex(salt: salt, field: Array(field.utf8), value: text))
    }

    private func leafText(
        _ draft: AuditDraft, action: String, outcome: String, actor: Principal?, sequence: Int64, _ moment: Timestamp,
        _ retainUntil: Timestamp, _ commitments: [JSONObject.Member]
    ) throws -> [UInt8] {
        let detail = JSONObject(
            draft.detail.sorted(by: { $0.key < $1.key }).map { JSONObject.Member(name: $0.key, value: $0.value) })
        let actorObject = JSONObject([
            JSONObject.Member(name: "id", value: actor.map { .string($0.pseudonym) } ?? .null),
            JSONObject.Member(name: "kind", value: .string(actor == nil ? "anonymous" : "principal")),
        ])
        var object = JSONObject([
            JSONObject.Member(name: "id", value: .string(draft.resource.id)),
            JSONObject.Member(name: "type", value: .string(draft.resource.type)),
        ])
        if case .rollout(let model, let version, _) = draft.resource {
            // The identity of everything else names them.
            object.set("model", .string(model))
            object.set("version", .string(version))
        }
        let leaf = JSONObject([
            JSONObject.Member(name: "action", value: .string(action)),
            JSONObject.Member(name: "actor", value: .object(actorObject)),
            JSONObject.Member(name: "detail", value: .object(detail)),
            JSONObject.Member(name: "object", value: .object(object)),
            JSONObject.Member(name: "outcome", value: .string(outcome)),
            JSONObject.Member(name: "priv", value: .object(JSONObject(commitments))),
            JSONObject.Member(name: "retain_until", value: .string(retainUntil.description)),
            JSONObject.Member(name: "seq", value: .integer(sequence)),
            JSONObject.Member(name: "ts", value: .string(moment.description)),
            JSONObject.Member(name: "v", value: .integer(AuditAppender.leafVersion)),
        ])
        let text: [UInt8] = try CanonicalJSON.encodeLeaf(.object(leaf))
        guard text.count <= policy.limits.auditLeafBytes else {
            throw StemmaError(.validationFailed, "the audit event would exceed \(policy.limits.auditLeafBytes) bytes")
        }
        return text
    }
}

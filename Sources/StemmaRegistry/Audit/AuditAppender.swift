internal import StemmaDigest
internal import StemmaJSON

/// Turns a draft into a leaf of the log and appends it in the caller's transaction.
///
/// A leaf is canonical JSON (RFC 8785) of strings, booleans, nulls, integers, arrays and objects only, so that any reader
/// arrives at the same bytes. Its hash is that of RFC 6962 section 2.1: SHA-256 over a zero byte and the leaf. Personal
/// data and free text are represented by `HMAC-SHA256(salt, "stemma.priv.v1" 0x00 field 0x00 JCS(value))` with a fresh
/// 32-byte salt each, so that erasing value and salt leaves nothing that can be tested by guessing.
struct AuditAppender {
    let environment: Environment
    let policy: RegistryPolicy

    /// The version of the leaf's form.
    private static let leafVersion: Int64 = 1

    /// Appends an event about something that `context`'s principal did or attempted.
    func append(
        _ draft: AuditDraft, action: String, outcome: String, context: RequestContext, _ now: Timestamp,
        to transaction: any MetadataTransaction
    ) throws {
        var personal: [String: JSONValue] = draft.personal
        personal["actor.subject"] = .string(context.principal.subject)
        personal["request_id"] = .string(context.requestID)
        try append(
            draft, personal: personal, action: action, outcome: outcome, actor: context.principal, now, to: transaction)
    }

    /// Appends an event with the given private fields; `actor` is nil where nobody was recognised.
    func append(
        _ draft: AuditDraft, personal: [String: JSONValue], action: String, outcome: String, actor: Principal?,
        _ now: Timestamp, to transaction: any MetadataTransaction
    ) throws {
        let sequence: Int64 = try transaction.auditSize()
        // The log's time never runs backwards, whatever the clock does.
        let moment: Timestamp = max(now, try transaction.lastAuditTime() ?? now)
        var values: [PrivateValue] = []
        var commitments: [JSONObject.Member] = []
        for (field, value) in personal.sorted(by: { $0.key < $1.key }) {
            let text: [UInt8] = CanonicalJSON.encode(value)
            let salt: [UInt8] = environment.randomBytes(32)
            let commitment: String = AuditAppender.commitment(salt: salt, field: field, value: text)
            commitments.append(JSONObject.Member(name: field, value: .string(commitment)))
            values.append(
                PrivateValue(field: field, salt: salt, value: text, principalID: draft.owners[field] ?? actor?.id))
        }
        let leaf: [UInt8] = try leafText(
            draft, action: action, outcome: outcome, actor: actor, sequence: sequence, moment, commitments)
        try transaction.appendAuditEvent(
            sequence: sequence, at: moment, leaf: leaf, leafHash: AuditAppender.leafHash(leaf),
            retainUntil: moment.adding(milliseconds: policy.auditRetentionMilliseconds), action: action,
            outcome: outcome, principal: actor?.id, resource: draft.resource, privateValues: values)
    }

    /// SHA-256 over 0x00 and the leaf (RFC 6962 section 2.1).
    static func leafHash(_ leaf: [UInt8]) -> Digest {
        let hasher = SHA256Hasher()
        hasher.update([0])
        hasher.update(leaf)
        return hasher.finish()
    }

    /// Lowercase hexadecimal; see the type's comment for the formula.
    static func commitment(salt: [UInt8], field: String, value: [UInt8]) -> String {
        var message: [UInt8] = Array("stemma.priv.v1".utf8)
        message.append(0)
        message.append(contentsOf: field.utf8)
        message.append(0)
        message.append(contentsOf: value)
        return Hex.encode(HMACSHA256.code(key: salt, message: message))
    }

    private func leafText(
        _ draft: AuditDraft, action: String, outcome: String, actor: Principal?, sequence: Int64, _ moment: Timestamp,
        _ commitments: [JSONObject.Member]
    ) throws -> [UInt8] {
        let detail = JSONObject(
            draft.detail.sorted(by: { $0.key < $1.key }).map { JSONObject.Member(name: $0.key, value: $0.value) })
        let actorObject = JSONObject([
            JSONObject.Member(name: "id", value: actor.map { .string($0.pseudonym) } ?? .null),
            JSONObject.Member(name: "kind", value: .string(actor == nil ? "anonymous" : "principal")),
        ])
        let object = JSONObject([
            JSONObject.Member(name: "id", value: .string(draft.resource.id)),
            JSONObject.Member(name: "type", value: .string(draft.resource.type)),
        ])
        let leaf = JSONObject([
            JSONObject.Member(name: "action", value: .string(action)),
            JSONObject.Member(name: "actor", value: .object(actorObject)),
            JSONObject.Member(name: "detail", value: .object(detail)),
            JSONObject.Member(name: "object", value: .object(object)),
            JSONObject.Member(name: "outcome", value: .string(outcome)),
            JSONObject.Member(name: "priv", value: .object(JSONObject(commitments))),
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

import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

/// Requires a refusal in the one form that all refusals have: an RFC 9457 problem document that agrees with its status line.
func expectProblem(
    _ reply: WireReply, _ status: Int, _ code: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectProblem(reply, anyOf: [status], code, sourceLocation: sourceLocation)
}

/// As above, where the contract leaves the choice among several statuses.
func expectProblem(
    _ reply: WireReply, anyOf statuses: [Int], _ code: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(statuses.contains(reply.status), "\(reply)", sourceLocation: sourceLocation)
    #expect(reply.mediaType == "application/problem+json", "\(reply)", sourceLocation: sourceLocation)
    let problem = reply.json
    #expect(problem["status"]?.integer == Int64(reply.status), "\(reply)", sourceLocation: sourceLocation)
    for member in ["type", "title", "detail", "code", "instance"] {
        #expect(problem[member]?.string?.isEmpty == false, "no \(member): \(reply)", sourceLocation: sourceLocation)
    }
    #expect(problem["instance"]?.string == reply["X-Request-Id"], "\(reply)", sourceLocation: sourceLocation)
    if let code { #expect(problem["code"]?.string == code, "\(reply)", sourceLocation: sourceLocation) }
}

extension WireReply {
    /// The JSON pointers of the faults that a problem lists.
    var pointers: Set<String> { Set((json["errors"]?.array ?? []).compactMap { $0["pointer"]?.string }) }

    /// The opaque tag of the answer, as sent.
    var etag: String { self["ETag"] ?? "" }

    /// One member of each item of a list.
    func items(_ member: String) -> [String] {
        (json["items"]?.array ?? []).compactMap { $0[member]?.string }
    }
}

extension JSONValue {
    /// Whether a string equal to `text` occurs anywhere in the value.
    func mentions(_ text: String) -> Bool {
        switch self {
        case .string(let value): value == text
        case .array(let values): values.contains { $0.mentions(text) }
        case .object(let object): object.members.contains { $0.value.mentions(text) }
        default: false
        }
    }

    /// The numbers under a name, anywhere in the value.
    func integers(named name: String) -> [Int64] {
        switch self {
        case .array(let values): values.flatMap { $0.integers(named: name) }
        case .object(let object):
            object.members.flatMap { member -> [Int64] in
                (member.name == name ? [member.value.integer].compactMap(\.self) : [])
                    + member.value.integers(named: name)
            }
        default: []
        }
    }
}

/// Bytes that look random and are the same in each run for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &+ 0x9e37_79b9_7f4a_7c15
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
}

/// The digest of bytes in the form that the API uses.
func digest(of bytes: [UInt8]) -> String { SHA256Hasher.digest(bytes).description }

/// A text for a URL path segment or query value.
func encoded(_ text: String) -> String { DaemonClient.encode(text) }

extension DaemonClient {
    /// Sends a head without `Content-Length` and then `bytes` as they are.
    func send(_ method: String, _ target: String, fields: WireFields, after bytes: [UInt8]) async throws -> WireReply {
        let connection = try await WireConnection(endpoint)
        defer { connection.close() }
        do {
            try await connection.send(head(method, target, length: nil, fields: fields) + bytes)
        } catch is SystemFailure {}
        return try await connection.reply(to: method)
    }
}

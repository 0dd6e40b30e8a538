internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// A request on its way to one service call: who asks, the parameters decoded, the body on demand.
package struct Call: Sendable {
    let request: HTTPRequest
    let services: Services
    let endpoint: Endpoint
    /// Nil only where the operation is open.
    let caller: Principal?
    let query: QueryValues

    /// Throws `unauthenticated` where the operation was declared open by mistake.
    var principal: Principal {
        get throws(StemmaError) {
            guard let caller else { throw Authenticator.missing }
            return caller
        }
    }

    /// A path variable.
    func parameter(_ name: String) -> String { request.parameters[name] ?? "" }

    /// The path variable `name` as a model's name. Throws `invalidName`.
    func modelName() throws(StemmaError) -> String {
        do throws(NameFault) {
            return try ModelName(validating: parameter("name")).text
        } catch {
            throw StemmaError(.invalidName, "the model's name in the path \(error.reason)")
        }
    }

    /// The path variable `digest`. Throws `invalidRequest`.
    func digest() throws(StemmaError) -> Digest {
        guard let digest = Digest(parameter("digest")) else {
            throw StemmaError(.invalidRequest, "the digest in the path must be sha256: and 64 lowercase hex digits")
        }
        return digest
    }

    /// The standard list parameters.
    func listRequest() throws(StemmaError) -> ListRequest {
        ListRequest(
            limit: try query.integer("limit"), cursor: query["cursor"], filter: query["filter"],
            orderBy: query["order_by"])
    }

    /// The circumstances of a mutation without a body, or whose body is not part of its identity.
    func context() throws(StemmaError) -> RequestContext {
        try context(fingerprintOf: [])
    }

    /// The circumstances of a mutation with that body.
    func context(fingerprintOf body: [UInt8]) throws(StemmaError) -> RequestContext {
        RequestContext(
            principal: try principal, requestID: request.requestID, remoteAddress: request.remoteAddress,
            preconditions: Preconditions(
                ifMatch: EntityTags.parse(request.headers.values(of: "if-match")),
                ifNoneMatch: EntityTags.parse(request.headers.values(of: "if-none-match"))),
            idempotency: try idempotency(body), isDryRun: try query.boolean("dry_run"))
    }

    /// The whole JSON body, of at most `limit` bytes where the operation has a limit of its own, decoded or not. Only where
    /// `acceptsGzip` it may come in the content coding `gzip`.
    /// Throws `unsupportedMediaType`, `payloadTooLarge`, `malformedJSON` with the byte's offset.
    func json(
        mediaTypes: [String] = ["application/json"], limit: Int? = nil, acceptsGzip: Bool = false
    ) async throws -> (value: JSONValue, bytes: [UInt8]) {
        let isGzip: Bool = acceptsGzip && request.headers["content-encoding"]?.lowercased() == "gzip"
        try requireMediaType(mediaTypes, refusingCodings: !isGzip)
        let most: Int = limit ?? services.core.policy.limits.jsonBodyBytes
        let sent: [UInt8] = try await request.body.collect(limit: most)
        let bytes: [UInt8] = isGzip ? try Gzip.decode(sent, limit: most) : sent
        return (try JSONBody.parse(bytes), bytes)
    }

    /// A JSON body that may be left out; nil where it is.
    func optionalJSON() async throws -> (value: JSONValue, bytes: [UInt8])? {
        request.body.declaredLength == 0 ? nil : try await json()
    }

    /// The JSON body of a merge patch.
    func patch() async throws -> (value: JSONValue, bytes: [UInt8]) {
        try await json(mediaTypes: ["application/merge-patch+json", "application/json"])
    }

    func requireMediaType(_ allowed: [String], refusingCodings: Bool = true) throws(StemmaError) {
        if refusingCodings { try refuseContentEncoding() }
        let sent: String = MediaType.essence(request.headers["content-type"] ?? "")
        guard allowed.contains(sent) else {
            let found: String = sent.isEmpty ? "no Content-Type was sent" : "it came as \(sent)"
            throw StemmaError(
                .unsupportedMediaType, "the body must be \(allowed.joined(separator: " or ")), but \(found)")
        }
    }

    /// Bodies are taken as they are; a compressed one would hide its true size.
    func refuseContentEncoding() throws(StemmaError) {
        if let coding = request.headers["content-encoding"], coding.lowercased() != "identity" {
            throw StemmaError(.unsupportedMediaType, "bodies with Content-Encoding \(coding) are not taken")
        }
    }

    /// A puller for a body that is streamed.
    func pull() throws(StemmaError) -> BlobService.Pull {
        try refuseContentEncoding()
        let body: RequestBody = request.body
        return { try await body.next() }
    }

    private func idempotency(_ body: [UInt8]) throws(StemmaError) -> IdempotencyRequest? {
        guard request.method == .post, let key = request.headers["idempotency-key"] else { return nil }
        let limit: Int = services.core.policy.limits.idempotencyKeyBytes
        let isPrintable: Bool = key.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
        guard (1...limit).contains(key.utf8.count), isPrintable else {
            throw StemmaError(.invalidRequest, "Idempotency-Key must be 1 to \(limit) printable ASCII characters")
        }
        let hasher = SHA256Hasher()
        // The reach of the token belongs to it: a subject's narrower token must not be given what a wider one was answered.
        let reach: [String] = try principal.scope.patterns.sorted()
        for part in [request.method.rawValue, request.path, request.query ?? ""] + reach {
            hasher.update(Array(part.utf8))
            hasher.update([0])
        }
        hasher.update(body)
        return IdempotencyRequest(key: key, fingerprint: hasher.finish())
    }
}

/// JSON bodies as the API takes them.
enum JSONBody {
    /// Throws `malformedJSON` with the offset of the byte where reading failed.
    static func parse(_ bytes: [UInt8]) throws(StemmaError) -> JSONValue {
        do throws(JSONError) {
            return try JSONParser.parse(bytes)
        } catch {
            throw StemmaError(
                .malformedJSON, "the body is not acceptable JSON: \(error)",
                members: ["byte_offset": .integer(Int64(error.byteOffset))])
        }
    }
}

/// Media types in header fields.
enum MediaType {
    /// What a request accepts, in the order in which it says so; weights are not looked at.
    static func accepted(_ request: HTTPRequest) -> [String] {
        request.headers.values(of: "accept").flatMap { $0.split(separator: ",") }.map { essence(String($0)) }
    }

    /// Type and subtype in lower case, without parameters.
    static func essence(_ field: String) -> String {
        let text: Substring = field.prefix(while: { $0 != ";" })
        return text.trimmingPrefix(while: { $0 == " " }).lowercased().split(separator: " ").first.map(String.init) ?? ""
    }
}

/// Lists of entity tags (RFC 9110 section 8.8.3).
enum EntityTags {
    /// Tags with their quotes; weak ones never match strongly and are left out. Nil without the field.
    static func parse(_ fields: [String]) -> [String]? {
        guard !fields.isEmpty else { return nil }
        var tags: [String] = []
        for field in fields {
            for part in field.split(separator: ",") {
                let tag: String = part.split(separator: " ").joined(separator: " ")
                if !tag.hasPrefix("W/") { tags.append(tag) }
            }
        }
        return tags
    }
}

internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// The one-call form of a registration: a part `metadata` with the JSON, and a part for every file.
enum VersionForm {
    /// Takes the files in as blobs and answers the registration that names them, with bytes that identify the request.
    /// Throws `invalidRequest` for a malformed form, `malformedJSON` and `validationFailed` as for a JSON body.
    static func read(_ call: Call) async throws -> (value: JSONValue, bytes: [UInt8]) {
        try call.refuseContentEncoding()
        let reader = try MultipartReader(
            contentType: call.request.headers["content-type"] ?? "", pull: { try await call.request.body.next() })
        var metadata: JSONValue?
        var artifacts: [JSONValue] = []
        while let part = try await reader.nextPart() {
            if part.name == "metadata", metadata == nil, part.filename == nil || part.isJSON {
                let limit: Int = call.services.core.policy.limits.jsonBodyBytes
                metadata = try JSONBody.parse(try await part.collect(limit: limit))
            } else {
                artifacts.append(try await file(part, call))
            }
        }
        guard var object = metadata?.object else {
            throw StemmaError(.invalidRequest, "the form needs a part named metadata that holds a JSON object")
        }
        let named: [JSONValue] = object["artifacts"]?.array ?? []
        if !artifacts.isEmpty || !named.isEmpty { object.set("artifacts", .array(named + artifacts)) }
        return (.object(object), CanonicalJSON.encode(object))
    }

    /// Field names that say nothing about the file's place.
    private static let plainFieldNames: Set<String> = [
        "file", "files", "files[]", "artifact", "artifacts", "artifacts[]",
    ]

    /// Streams one file into the blob store. Its path is the field's name, or the file's own name where the field is
    /// merely called `file` or the like.
    private static func file(_ part: MultipartReader.Part, _ call: Call) async throws -> JSONValue {
        let path: String = try ArtifactService.checkedPath(
            plainFieldNames.contains(part.name) ? part.filename ?? part.name : part.name)
        let context = RequestContext(
            principal: try call.principal, requestID: call.request.requestID, remoteAddress: call.request.remoteAddress)
        let digest: Digest = try await call.services.blobs.takeBlob({ try await part.next() }, context)
        var artifact = JSONObject()
        artifact.set("path", .string(path))
        artifact.set("digest", .string(digest.description))
        if let type = part.contentType, type != "application/octet-stream" { artifact.set("media_type", .string(type)) }
        return .object(artifact)
    }
}

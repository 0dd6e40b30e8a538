internal import StemmaDigest
package import StemmaJSON

/// A checked registration: what the client asked for, in the parts that the registry works with.
struct VersionRegistration: Sendable {
    /// Nil where a bump is asked for.
    let version: SemanticVersion?
    let bump: BumpRequest?
    let isDraft: Bool
    let allowsBreaking: Bool
    let rationale: String?
    let artifacts: [ArtifactReference]
    let description: String?
    let tags: JSONObject
    let metrics: JSONObject
    /// The immutable members, all of them, in document order; null where absent.
    let immutable: JSONObject
    /// Over the canonical JSON of all of the request but the version: recognises an identical registration.
    let requestDigest: Digest

    enum BumpRequest: Sendable {
        case exactly(VersionBump)
        case auto
    }

    struct ArtifactReference: Sendable {
        let path: String
        let digest: Digest
        let mediaType: String?
    }

    /// Throws `validationFailed` with every fault.
    init(_ body: JSONValue) throws(StemmaError) {
        var faults: [ShapeFault] = VersionShapes.registration.faults(in: body)
        let pointers: Set<String> = Set(faults.map(\.pointer))
        faults += VersionRegistration.ruleFaults(body).filter { !pointers.contains($0.pointer) }
        guard faults.isEmpty, let object = body.object else { throw StemmaError.validation(faults) }
        version = body["version"]?.string.flatMap { SemanticVersion($0) }
        switch body["bump"]?.string {
        case "major": bump = .exactly(.major)
        case "minor": bump = .exactly(.minor)
        case "patch": bump = .exactly(.patch)
        case "auto": bump = .auto
        default: bump = nil
        }
        isDraft = body["draft"]?.bool ?? false
        allowsBreaking = body["allow_breaking"]?.bool ?? false
        rationale = body["rationale"]?.string
        artifacts = (body["artifacts"]?.array ?? []).compactMap { item in
            guard let path = item["path"]?.string, let digest = item["digest"]?.string.flatMap({ Digest($0) }) else {
                return nil
            }
            return ArtifactReference(path: path, digest: digest, mediaType: item["media_type"]?.string)
        }
        description = body["description"]?.string
        tags = body["tags"]?.object ?? JSONObject()
        metrics = body["performance_metrics"]?.object ?? JSONObject()
        immutable = JSONObject(
            VersionShapes.immutable.map { field in
                let absent: JSONValue = field.name == "metadata" ? .object(JSONObject()) : .null
                return JSONObject.Member(name: field.name, value: object[field.name] ?? absent)
            })
        var identity: JSONObject = object
        for name in ["version", "bump", "draft", "rationale", "allow_breaking"] { _ = identity.remove(name) }
        for member in identity.members where member.value.isNull { _ = identity.remove(member.name) }
        requestDigest = SHA256Hasher.digest(CanonicalJSON.encode(identity))
    }

    /// What the shape alone cannot say.
    private static func ruleFaults(_ body: JSONValue) -> [ShapeFault] {
        var faults: [ShapeFault] = []
        switch (body["version"]?.string, body["bump"]?.string) {
        case (nil, nil): faults.append(ShapeFault(pointer: "/version", detail: "is required, unless bump is given"))
        case (.some, .some): faults.append(ShapeFault(pointer: "/bump", detail: "cannot be combined with version"))
        case (let text?, nil):
            if SemanticVersion(text) == nil {
                faults.append(
                    ShapeFault(pointer: "/version", detail: "must be MAJOR.MINOR.PATCH of Semantic Versioning 2.0.0"))
            }
        default: break
        }
        let rationale: String = body["rationale"]?.string ?? ""
        if body["allow_breaking"]?.bool == true, rationale.isEmpty {
            faults.append(ShapeFault(pointer: "/rationale", detail: "is required with allow_breaking"))
        }
        faults += artifactFaults(body["artifacts"]?.array ?? [])
        return faults + metadataFaults(body)
    }

    /// What shapes cannot say of the immutable members.
    static func metadataFaults(_ body: JSONValue) -> [ShapeFault] {
        var faults: [ShapeFault] = timeRangeFaults(body["training_data"]?["time_range"]?.array)
        for part in ["inputs", "outputs"] {
            faults += duplicateFaults(body["signature"]?[part]?.array ?? [], member: "name", at: "/signature/\(part)")
        }
        return faults
    }

    private static func artifactFaults(_ artifacts: [JSONValue]) -> [ShapeFault] {
        var faults: [ShapeFault] = duplicateFaults(artifacts, member: "path", at: "/artifacts")
        // A path that is also a folder of another path could not be unpacked.
        let paths: Set<String> = Set(artifacts.compactMap { $0["path"]?.string })
        for (index, item) in artifacts.enumerated() {
            guard let path = item["path"]?.string else { continue }
            if let folder = ArtifactFolders.parents(of: path).first(where: { paths.contains($0) }) {
                faults.append(ShapeFault(pointer: "/artifacts/\(index)/path", detail: "lies below the file \(folder)"))
            }
        }
        return faults
    }

    private static func duplicateFaults(_ items: [JSONValue], member: String, at pointer: String) -> [ShapeFault] {
        var seen: Set<String> = []
        return items.enumerated().compactMap { index, item in
            guard let text = item[member]?.string, !seen.insert(text).inserted else { return nil }
            return ShapeFault(pointer: "\(pointer)/\(index)/\(member)", detail: "appears more than once")
        }
    }

    private static func timeRangeFaults(_ range: [JSONValue]?) -> [ShapeFault] {
        guard let range, range.count == 2, let first = range[0].string.flatMap({ Timestamp($0) }),
            let last = range[1].string.flatMap({ Timestamp($0) }), first > last
        else { return [] }
        return [ShapeFault(pointer: "/training_data/time_range/1", detail: "must not be before the first moment")]
    }
}

/// The folders that a path implies.
enum ArtifactFolders {
    /// `a/b/c` lies in `a` and `a/b`.
    static func parents(of path: String) -> [String] {
        let segments: [Substring] = path.split(separator: "/")
        return (1..<max(1, segments.count)).map { segments.prefix($0).joined(separator: "/") }
    }
}

extension StemmaError {
    /// `validationFailed` with one entry a fault.
    package static func validation(_ faults: [ShapeFault]) -> StemmaError {
        StemmaError(
            .validationFailed,
            faults.count == 1 ? "the request has a fault" : "the request has \(faults.count) faults",
            faults: faults.map { Fault(pointer: $0.pointer, detail: $0.detail) })
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// The part of a version that never changes, and the digests that name it.
struct VersionManifest: Sendable {
    /// JSON object text: the immutable members and the artifacts with their sizes and formats.
    let document: [UInt8]
    let artifactsDigest: Digest
    let manifestDigest: Digest
    /// Sum of all artifacts.
    let sizeBytes: Int64

    /// `immutable` holds the members of `VersionShapes.immutable`; `artifacts` come in any order.
    init(model: String, version: String, immutable: JSONObject, artifacts: [ArtifactRecord]) {
        let sorted: [ArtifactRecord] = artifacts.sorted { VersionManifest.precedes($0.path, $1.path) }
        artifactsDigest = VersionManifest.subjectDigest(sorted)
        sizeBytes = sorted.reduce(0) { $0 + $1.sizeBytes }
        var manifest: JSONObject = immutable
        manifest.set("model", .string(model))
        manifest.set("version", .string(version))
        manifest.set("artifacts_digest", .string(artifactsDigest.description))
        manifest.set(
            "artifacts",
            .array(sorted.map { .object(["path": .string($0.path), "digest": .string($0.digest.description)]) }))
        manifestDigest = SHA256Hasher.digest(CanonicalJSON.encode(manifest))
        document = VersionManifest.documentText(immutable, sorted)
    }

    /// The stored text of the immutable members and files.
    static func documentText(_ immutable: JSONObject, _ artifacts: [ArtifactRecord]) -> [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.beginObject()
        for member in immutable.members { writer.field(member.name, member.value) }
        writer.key("artifacts")
        writer.beginArray()
        for artifact in artifacts { ArtifactDocument.write(artifact, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    /// Code point order, which for UTF-8 is byte order.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// The subject digest of OpenSSF Model Signing v1.0: SHA-256 over the files' raw digests in the order of their names,
    /// without the version-control files at the top level that its default leaves out.
    ///
    /// Names are ordered as the reference implementation (model-signing 1.1.1) orders them: segment by segment, each in
    /// code point order, so that `a/z` comes before `a.txt`, which plain text order would put first.
    static func subjectDigest(_ artifacts: [ArtifactRecord]) -> Digest {
        let ignored: Set<Substring> = [".git", ".gitignore", ".gitattributes", ".github"]
        let hasher = SHA256Hasher()
        for artifact in artifacts.sorted(by: { precedesBySegment($0.path, $1.path) })
        where !ignored.contains(artifact.path.prefix(while: { $0 != "/" })) {
            hasher.update(artifact.digest.bytes)
        }
        return hasher.finish()
    }

    /// Order by segments. No path holds a zero byte, so a slash that counts as one ends a segment before anything else.
    private static func precedesBySegment(_ left: String, _ right: String) -> Bool {
        let slash = UInt8(ascii: "/")
        return left.utf8.lexicographicallyPrecedes(right.utf8) { ($0 == slash ? 0 : $0) < ($1 == slash ? 0 : $1) }
    }
}

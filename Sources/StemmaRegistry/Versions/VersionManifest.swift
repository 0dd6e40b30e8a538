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

    /// `immutable` holds the members of `VersionShapes.immutable`; `artifacts` come in any order. `digests`, where given,
    /// are those of the same version.
    init(
        model: String, version: String, immutable: JSONObject, artifacts: [ArtifactRecord], digests: Digests? = nil
    ) {
        let sorted: [ArtifactRecord] = artifacts.sorted { VersionManifest.precedes($0.path, $1.path) }
        let known: Digests =
            digests
            ?? Digests(
                model: model, version: version, immutable: immutable,
                files: sorted.map { VersionFile(path: $0.path, digest: $0.digest) })
        artifactsDigest = known.artifacts
        manifestDigest = known.manifest
        sizeBytes = sorted.reduce(0) { $0 + $1.sizeBytes }
        document = VersionManifest.documentText(immutable, sorted)
    }

    /// The digests that name a version. They rest on nothing that a store has to be asked for.
    struct Digests: Sendable {
        let artifacts: Digest
        let manifest: Digest

        /// `files` come in any order.
        init(model: String, version: String, immutable: JSONObject, files: [VersionFile]) {
            artifacts = VersionManifest.subjectDigest(files)
            manifest = SHA256Hasher.digest(
                VersionManifest.text(model: model, version: version, immutable: immutable, files: files, artifacts))
        }
    }

    /// What the manifest digest is over: canonical JSON (RFC 8785). `files` come in any order, `subject` is their digest.
    static func text(
        model: String, version: String, immutable: JSONObject, files: [VersionFile], _ subject: Digest
    ) -> [UInt8] {
        var manifest: JSONObject = immutable
        manifest.set("model", .string(model))
        manifest.set("version", .string(version))
        manifest.set("artifacts_digest", .string(subject.description))
        let sorted: [VersionFile] = files.sorted { VersionManifest.precedes($0.path, $1.path) }
        manifest.set(
            "artifacts",
            .array(sorted.map { .object(["path": .string($0.path), "digest": .string($0.digest.description)]) }))
        return CanonicalJSON.encode(manifest)
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
    static func subjectDigest(_ files: [VersionFile]) -> Digest {
        let ignored: Set<Substring> = [".git", ".gitignore", ".gitattributes", ".github"]
        let hasher = SHA256Hasher()
        for file in files.sorted(by: { precedesBySegment($0.path, $1.path) })
        where !ignored.contains(file.path.prefix(while: { $0 != "/" })) {
            hasher.update(file.digest.bytes)
        }
        return hasher.finish()
    }

    /// Order by segments. No path holds a zero byte, so a slash that counts as one ends a segment before anything else.
    private static func precedesBySegment(_ left: String, _ right: String) -> Bool {
        let slash = UInt8(ascii: "/")
        return left.utf8.lexicographicallyPrecedes(right.utf8) { ($0 == slash ? 0 : $0) < ($1 == slash ? 0 : $1) }
    }
}

/// A file as a manifest names it.
struct VersionFile: Sendable {
    let path: String
    let digest: Digest
}

package import StemmaDigest
package import StemmaJSON

/// What is in an evidence pack (`stemma-evidence-pack/1`); `Documentation/README.md` describes it.
///
/// The index names every file but itself and those of the log; the log's event of the export names the index's digest, and the
/// log's files prove that event as they prove the others. So the log vouches for the whole pack.
package enum PackText {
    package static let format: String = "stemma-evidence-pack/1"
    /// The action of the event that names the index's digest, under `index_digest`.
    package static let action: String = "export_evidence"
    /// The action of the event that says from which versions' records a person was erased.
    package static let erasure: String = "erase_subject"

    package static let index: String = "index.json"
    package static let manifest: String = "manifest.json"
    package static let artifacts: String = "artifacts.json"
    package static let checkpoint: String = "audit/checkpoint.txt"
    package static let keys: String = "audit/key.txt"
    package static let events: String = "audit/events.ndjson"
    /// Definitions of lifecycles, each under the hexadecimal digits of its digest.
    package static let lifecycles: String = "lifecycle/"

    /// The index: canonical JSON. `more` are further members.
    package static func index(
        modelID: String, manifestDigest: Digest, files: [PackArchive.File], more: JSONObject
    ) -> [UInt8] {
        var object: JSONObject = more
        object.set("format", .string(format))
        object.set("model_id", .string(modelID))
        object.set("manifest_digest", .string(manifestDigest.description))
        object.set(
            "files",
            .array(
                files.map { file in
                    [
                        "path": .string(file.path),
                        "sha256": .string(SHA256Hasher.digest(file.bytes).hex),
                        "size_bytes": .integer(Int64(file.bytes.count)),
                    ]
                }))
        return CanonicalJSON.encode(object)
    }

    /// A line for an event with the proof (RFC 6962 section 2.1.1) that it is in the log; `leaf` nil where it was pruned.
    package static func event(
        sequence: Int64, leaf: [UInt8]?, leafHash: Digest, proof: [Digest], revealed: [ExportText.Revealed]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("type", leaf == nil ? "pruned" : "event")
            writer.field("seq", sequence)
            if let leaf {
                writer.key("leaf")
                writer.value(utf8: leaf.span)
            }
            writer.field("leaf_hash", leafHash.hex)
            writer.field("proof", proof.map { Base64.encode($0.bytes) })
            guard leaf != nil, !revealed.isEmpty else { return }
            ExportText.writeRevealed(revealed, to: &writer)
        }
        writer.endLine()
        return writer.finish()
    }
}

package import StemmaDigest
internal import StemmaJSON

/// The lines of an export that verifies without the daemon (`stemma-audit-export/1`); `Documentation/README.md` describes them.
///
/// Leaves go out as the exact texts that were hashed, so that a verifier hashes bytes instead of writing JSON again.
package enum ExportText {
    package static let format: String = "stemma-audit-export/1"
    package static let mediaType: String = "application/x-ndjson"

    /// A private value with what opens its commitment.
    package struct Revealed: Sendable {
        package let field: String
        package let salt: [UInt8]
        /// Canonical JSON.
        package let value: [UInt8]

        package init(field: String, salt: [UInt8], value: [UInt8]) {
            self.field = field
            self.salt = salt
            self.value = value
        }
    }

    /// The first line. `left` are the roots of the complete subtrees that the events before `from` make up.
    package static func header(
        origin: String, keys: [VerifierKey], from: Int64, to: Int64, left: [Digest]
    ) -> [UInt8] {
        line { writer in
            writer.field("type", "header")
            writer.field("format", format)
            writer.field("origin", origin)
            writer.key("vkeys")
            writer.value(keys.map(\.description))
            writer.field("from", from)
            writer.field("to", to)
            writer.key("left")
            writer.value(base64(left))
        }
    }

    /// A line for an event; `leaf` nil where it was pruned.
    package static func event(
        sequence: Int64, leaf: [UInt8]?, leafHash: Digest, revealed: [Revealed]
    ) -> [UInt8] {
        line { writer in
            writer.field("type", leaf == nil ? "pruned" : "event")
            writer.field("seq", sequence)
            if let leaf {
                writer.key("leaf")
                writer.value(utf8: leaf.span)
            }
            writer.field("leaf_hash", leafHash.hex)
            guard leaf != nil, !revealed.isEmpty else { return }
            writeRevealed(revealed, to: &writer)
        }
    }

    /// The member `priv`: what opens the leaf's commitments.
    static func writeRevealed(_ revealed: [Revealed], to writer: inout JSONWriter) {
        writer.key("priv")
        writer.object { writer in
            for value in revealed {
                writer.key(value.field)
                writer.object { writer in
                    writer.field("salt", Hex.encode(value.salt))
                    writer.field("value", raw: value.value)
                }
            }
        }
    }

    /// The last line. `right` are the roots of the complete subtrees from the last event to the checkpoint's size, and
    /// `consistency` proves that the tree continues an older one.
    package static func footer(
        checkpoint: String, right: [Digest], consistency: (from: Int64, root: Digest, proof: [Digest])? = nil
    ) -> [UInt8] {
        line { writer in
            writer.field("type", "footer")
            writer.field("checkpoint", checkpoint)
            writer.key("right")
            writer.value(base64(right))
            guard let consistency else { return }
            writer.key("consistency")
            writer.object { writer in
                writer.field("from", consistency.from)
                writer.field("root", Base64.encode(consistency.root.bytes))
                writer.key("proof")
                writer.value(base64(consistency.proof))
            }
        }
    }

    private static func base64(_ hashes: [Digest]) -> [String] { hashes.map { Base64.encode($0.bytes) } }

    private static func line(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object(members)
        writer.endLine()
        return writer.finish()
    }
}

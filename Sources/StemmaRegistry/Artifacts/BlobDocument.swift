internal import StemmaDigest
internal import StemmaJSON

/// A stored blob as answered.
enum BlobDocument {
    static func represent(_ blob: BlobRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("digest", blob.digest.description)
        writer.field("size_bytes", blob.sizeBytes)
        writer.field("format", blob.format)
        writer.field("created_at", blob.created.description)
        writer.endObject()
        return writer.finish()
    }
}

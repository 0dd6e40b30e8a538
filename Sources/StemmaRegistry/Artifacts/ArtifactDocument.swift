internal import StemmaDigest
package import StemmaJSON

/// A file of a version as answered.
package enum ArtifactDocument {
    package static func write(_ artifact: ArtifactRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("path", artifact.path)
        writer.field("digest", artifact.digest.description)
        writer.field("size_bytes", artifact.sizeBytes)
        writer.field("media_type", artifact.mediaType)
        writer.field("format", artifact.format)
        writer.endObject()
    }
}

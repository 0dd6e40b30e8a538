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

extension ArtifactRecord {
    /// As answered, and as the log keeps it.
    var json: JSONValue {
        [
            "path": .string(path), "digest": .string(digest.description), "size_bytes": .integer(sizeBytes),
            "media_type": .string(mediaType), "format": .string(format),
        ]
    }

    /// Nil where the value was not made by `json`.
    init?(json: JSONValue) {
        guard let path = json["path"]?.string, let digest = json["digest"]?.string.flatMap({ Digest($0) }),
            let size = json["size_bytes"]?.integer, let mediaType = json["media_type"]?.string,
            let format = json["format"]?.string
        else { return nil }
        self.init(path: path, digest: digest, sizeBytes: size, mediaType: mediaType, format: format)
    }
}

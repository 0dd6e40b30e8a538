package import StemmaDigest

/// Reading what files versions have and which bytes are stored.
package protocol ArtifactReader {
    /// All files of a version by path in code point order.
    func artifacts(version id: Int64) throws -> [ArtifactRecord]

    func artifact(version id: Int64, path: String) throws -> ArtifactRecord?

    func blob(_ digest: Digest) throws -> BlobRecord?

    /// Whether the principal brought the blob, or some version in `scope` that is not deleted uses it.
    func isBlobVisible(_ digest: Digest, to principal: Int64, scope: ModelScope) throws -> Bool

    func upload(_ id: String) throws -> UploadRecord?

    /// Uploads that are over at that moment.
    func expiredUploads(at moment: Timestamp, limit: Int) throws -> [String]
}

package protocol ArtifactWriter {
    /// Adds or replaces one file. The blob's row must exist.
    func putArtifact(version id: Int64, path: String, digest: Digest, mediaType: String) throws

    /// False where there was none.
    func removeArtifact(version id: Int64, path: String) throws -> Bool

    /// Records durable bytes; recording them again keeps the first row.
    func putBlob(_ digest: Digest, sizeBytes: Int64, format: String, at moment: Timestamp) throws

    /// Notes who brought a blob; noting it again does nothing.
    func putBlobUploader(_ digest: Digest, principal: Int64) throws

    func insertUpload(_ upload: UploadRecord) throws

    /// Sets what became known of an upload.
    func updateUpload(_ id: String, length: Int64?, complete: Bool, digest: Digest?, expires: Timestamp) throws

    /// False where there was none.
    func removeUpload(_ id: String) throws -> Bool
}

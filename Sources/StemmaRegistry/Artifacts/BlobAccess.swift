internal import StemmaDigest

/// Who may know that a blob exists.
enum BlobAccess {
    /// The record of a stored blob, where the principal reaches every model, brought the bytes, or may read a version that
    /// uses them. Nil otherwise, so that nobody learns from the registry which bytes others have.
    static func blob(
        _ digest: Digest, _ principal: Principal, _ reader: any MetadataReader
    ) throws -> BlobRecord? {
        guard let blob = try reader.blob(digest) else { return nil }
        if principal.scope.isUnlimited { return blob }
        return try reader.isBlobVisible(digest, to: principal.id, scope: principal.scope) ? blob : nil
    }
}

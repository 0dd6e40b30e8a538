internal import StemmaDigest
internal import StemmaRegistry

/// Promises of `ArtifactReader` and `ArtifactWriter`.
enum ArtifactChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("a blob is recorded once and keeps its first row") { store in
            let digest: Digest = Seed.digest("b")
            let found: [BlobRecord?] = try await store.change { transaction in
                let absent: BlobRecord? = try transaction.blob(digest)
                try transaction.putBlob(digest, sizeBytes: 12, format: "pickle", at: Seed.moment(1))
                try transaction.putBlob(digest, sizeBytes: 12, format: "unknown", at: Seed.moment(2))
                return [absent, try transaction.blob(digest)]
            }
            let wanted = BlobRecord(digest: digest, sizeBytes: 12, format: "pickle", created: Seed.moment(1))
            try expectEqual(found, [nil, wanted])
        },
        .init("files come by path in code point order, are replaced and removed") { store in
            let paths: [String] = ["z", "a/b", "a-b", "a", "\u{FB33}", "\u{1F602}", "B"]
            let id: Int64 = try await store.change { transaction in
                let id: Int64 = try draft(transaction)
                for path in paths {
                    try transaction.putArtifact(
                        version: id, path: path, digest: Seed.digest("one"), mediaType: "text/plain")
                }
                return id
            }
            let found: [ArtifactRecord] = try await store.read { try $0.artifacts(version: id) }
            try expectEqual(found.map(\.path), ["B", "a", "a-b", "a/b", "z", "\u{FB33}", "\u{1F602}"])
            let replaced: (ArtifactRecord?, Bool, Bool, Int) = try await store.change { transaction in
                try transaction.putArtifact(
                    version: id, path: "a", digest: Seed.digest("two"), mediaType: "application/json")
                return (
                    try transaction.artifact(version: id, path: "a"),
                    try transaction.removeArtifact(version: id, path: "z"),
                    try transaction.removeArtifact(version: id, path: "z"),
                    try transaction.artifacts(version: id).count
                )
            }
            let wanted = ArtifactRecord(
                path: "a", digest: Seed.digest("two"), sizeBytes: 2, mediaType: "application/json", format: "zip")
            try expectEqual(replaced.0, wanted)
            try expect(replaced.1 && !replaced.2, "removing twice")
            try expectEqual(replaced.3, paths.count - 1)
        },
        .init("a file must name a blob that is there and a version that is there") { store in
            let id: Int64 = try await store.change { try draft($0) }
            try await expectError(.missingBlobs, "no such blob") {
                try await store.change {
                    try $0.putArtifact(version: id, path: "a", digest: Seed.digest("none"), mediaType: "a/b")
                }
            }
            try await expectError(.versionNotFound, "no such version") {
                try await store.change {
                    try $0.putArtifact(version: 404, path: "a", digest: Seed.digest("one"), mediaType: "a/b")
                }
            }
        },
        .init("a blob is visible to who brought it and through versions in scope that are not deleted", visibility),
        .init("an upload is kept, changed and removed") { store in
            let upload = UploadRecord(
                id: "up_1", principalID: try await store.change { try Seed.principal($0) }, length: nil,
                complete: false, digest: nil, created: Seed.moment(1), expires: Seed.moment(9))
            let first: UploadRecord? = try await store.change { transaction in
                try transaction.insertUpload(upload)
                return try transaction.upload("up_1")
            }
            let kept = try expectSome(first, "the upload")
            try expect(kept.length == nil && !kept.complete && kept.digest == nil, "nothing is known yet")
            try expectEqual([kept.created, kept.expires], [Seed.moment(1), Seed.moment(9)])
            try expectEqual(kept.principalID, upload.principalID)
            try await store.change { transaction in
                try transaction.updateUpload(
                    "up_1", length: 5, complete: true, digest: Seed.digest("d"), expires: Seed.moment(20))
            }
            let changed = try expectSome(try await store.read { try $0.upload("up_1") }, "the upload")
            try expect(changed.length == 5 && changed.complete && changed.digest == Seed.digest("d"), "what is known")
            try expectEqual(changed.expires, Seed.moment(20))
            let removed: [Bool] = try await store.change { transaction in
                [try transaction.removeUpload("up_1"), try transaction.removeUpload("up_1")]
            }
            try expectEqual(removed, [true, false])
            try await expectError(.uploadNotFound, "changing what is gone") {
                try await store.change {
                    try $0.updateUpload("up_1", length: 5, complete: true, digest: nil, expires: Seed.moment())
                }
            }
        },
        .init("uploads that are over are found, the oldest first") { store in
            let found: [[String]] = try await store.change { transaction in
                let ada: Int64 = try Seed.principal(transaction)
                for (id, expires) in [("c", 3), ("a", 5), ("b", 4)] as [(String, Int64)] {
                    try transaction.insertUpload(
                        UploadRecord(
                            id: id, principalID: ada, length: 1, complete: false, digest: nil, created: Seed.moment(),
                            expires: Seed.moment(expires)))
                }
                return [
                    try transaction.expiredUploads(at: Seed.moment(4), limit: 9),
                    try transaction.expiredUploads(at: Seed.moment(9), limit: 1),
                    try transaction.expiredUploads(at: Seed.moment(2), limit: 9),
                ]
            }
            try expectEqual(found, [["c", "b"], ["c"], []])
        },
    ]

    /// A draft, and the blobs `one` and `two` of 1 and 2 bytes.
    private static func draft(_ transaction: any MetadataTransaction) throws -> Int64 {
        try transaction.putBlob(Seed.digest("one"), sizeBytes: 1, format: "pickle", at: Seed.moment())
        try transaction.putBlob(Seed.digest("two"), sizeBytes: 2, format: "zip", at: Seed.moment())
        let model: Int64 = try Seed.model(transaction, "fraud")
        return try Seed.version(transaction, of: model, "1.0.0", status: .draft, expires: Seed.moment(1))
    }

    @Sendable
    private static func visibility(_ store: any MetadataStore) async throws {
        let ids: (ada: Int64, bob: Int64, version: Int64) = try await store.change { transaction in
            let version: Int64 = try draft(transaction)
            let ada: Int64 = try Seed.principal(transaction)
            let bob: Int64 = try Seed.principal(transaction, "bob")
            try transaction.putBlobUploader(Seed.digest("one"), principal: ada)
            try transaction.putBlobUploader(Seed.digest("one"), principal: ada)
            try transaction.putArtifact(version: version, path: "m", digest: Seed.digest("two"), mediaType: "a/b")
            return (ada, bob, version)
        }
        let sees: @Sendable (String, Int64, ModelScope) async throws -> Bool = { blob, principal, scope in
            try await store.read { try $0.isBlobVisible(Seed.digest(blob), to: principal, scope: scope) }
        }
        let none = ModelScope(patterns: [])
        try expect(try await sees("one", ids.ada, none), "who brought it")
        try expect(try await !sees("one", ids.bob, .everything), "who did not, while no version uses it")
        try expect(try await sees("two", ids.bob, .everything), "used by a version")
        try expect(try await sees("two", ids.bob, ModelScope(patterns: ["churn", "fra*"])), "used in scope")
        try expect(try await !sees("two", ids.bob, ModelScope(patterns: ["churn*"])), "used out of scope")
        try expect(try await !sees("two", ids.bob, none), "without any scope")
        try expect(try await !sees("three", ids.ada, .everything), "not there at all")
        try await store.change { try $0.deleteVersion(ids.version, at: Seed.moment(3)) }
        try expect(try await !sees("two", ids.bob, .everything), "used by a deleted version")
    }
}

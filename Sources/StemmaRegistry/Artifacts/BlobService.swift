package import StemmaDigest
internal import StemmaJSON

/// Takes in and hands out bytes by digest.
package struct BlobService: Sendable {
    /// The next piece of a body, nil at its end.
    package typealias Pull = @Sendable () async throws -> [UInt8]?

    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Stores the bytes that `pull` gives under `digest`; 201 for new bytes, 200 where they were known.
    ///
    /// The body is not pulled where the caller may already read the blob. Where the bytes are stored but not visible to the
    /// caller, they are taken in full like unknown ones, so that the answer tells nothing about others' blobs.
    /// Throws `digestMismatch`, in which case nothing is kept, `payloadTooLarge`, `insufficientStorage`.
    package func putBlob(
        _ digest: Digest, declaredLength: Int64?, _ pull: @escaping Pull, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.publishModels)
        if let known = try await visibleBlob(digest, context.principal), await isIntact(known) {
            return Answer(
                .unchanged, location: ResourcePath.blob(digest.description), body: BlobDocument.represent(known))
        }
        let committed: CommittedBlob = try await receive(expected: digest, declaredLength: declaredLength, pull)
        return try await record(committed, context)
    }

    /// Takes bytes in and records them; used by every way in. The blob is durable and has its row when this returns.
    func store(
        expected: Digest?, declaredLength: Int64?, _ pull: @escaping Pull, _ context: RequestContext
    ) async throws -> BlobRecord {
        let committed: CommittedBlob = try await receive(expected: expected, declaredLength: declaredLength, pull)
        _ = try await record(committed, context)
        guard let blob = try await core.store.read({ try $0.blob(committed.digest) }) else {
            throw StemmaError(.internalError, "the blob was not recorded", cause: "recorded blob is absent")
        }
        return blob
    }

    /// Takes bytes in whatever their digest, and answers it; for forms.
    package func takeBlob(_ pull: @escaping Pull, _ context: RequestContext) async throws -> Digest {
        try context.principal.require(.publishModels)
        return try await store(expected: nil, declaredLength: nil, pull, context).digest
    }

    /// Writes the blob's row and the event. Answers `created` unless the caller could already see the blob.
    func record(_ committed: CommittedBlob, _ context: RequestContext) async throws -> Answer {
        let format: String = try await detectFormat(of: committed)
        return try await core.gate.mutate("put_blob", context.asStep) { transaction, now in
            let principal: Principal = context.principal
            let location: String = ResourcePath.blob(committed.digest.description)
            if let known = try BlobAccess.blob(committed.digest, principal, transaction) {
                return MutationGate.Mutation(
                    Answer(.unchanged, location: location, body: BlobDocument.represent(known)), event: nil)
            }
            try transaction.putBlob(committed.digest, sizeBytes: committed.size, format: format, at: now)
            try transaction.putBlobUploader(committed.digest, principal: principal.id)
            let record = BlobRecord(digest: committed.digest, sizeBytes: committed.size, format: format, created: now)
            let event = AuditDraft(
                .blob(committed.digest.description), detail: ["size_bytes": .string(String(committed.size))])
            return MutationGate.Mutation(
                Answer(.created, location: location, body: BlobDocument.represent(record)), event: event)
        }
    }

    /// The blob, where the caller brought it or may read a version that uses it. Throws `blobNotFound`.
    package func readBlob(_ digest: Digest, _ principal: Principal) async throws -> BlobRecord {
        try principal.require(.readModels)
        guard let blob = try await visibleBlob(digest, principal) else {
            throw StemmaError(.blobNotFound, "there is no blob \(digest)")
        }
        return blob
    }

    /// The bytes of a blob whose record the caller was given. Throws `blobCorrupt` where they are missing or damaged.
    package func open(_ blob: Digest) async throws -> any BlobReader {
        guard let reader = try await core.blobs.open(blob) else {
            throw StemmaError(
                .blobCorrupt, "the bytes of \(blob) are missing from the store", cause: "blob file is absent")
        }
        return reader
    }

    private func visibleBlob(_ digest: Digest, _ principal: Principal) async throws -> BlobRecord? {
        try await core.store.read { reader in try BlobAccess.blob(digest, principal, reader) }
    }

    /// Whether the recorded bytes are still there; a damaged or lost blob is taken in again, which mends it.
    private func isIntact(_ blob: BlobRecord) async -> Bool {
        guard let reader = try? await core.blobs.open(blob.digest) else { return false }
        return reader.size == blob.sizeBytes
    }

    private func receive(
        expected: Digest?, declaredLength: Int64?, _ pull: @escaping Pull
    ) async throws -> CommittedBlob {
        let limit: Int64 = core.policy.limits.blobBytes
        if let declaredLength, declaredLength > limit { throw BlobService.tooLarge(limit) }
        guard let id = StagingID(core.environment.identifier("put_")) else {
            throw StemmaError(.internalError, "no staging id could be made")
        }
        let staged: any StagedBlob = try await core.blobs.begin(id)
        do {
            var taken: Int64 = 0
            while let piece = try await pull() {
                taken += Int64(piece.count)
                guard taken <= limit else { throw BlobService.tooLarge(limit) }
                try await staged.append(piece)
            }
            return try await staged.commit(expected: expected)
        } catch {
            await staged.cancel()
            throw error
        }
    }

    static func tooLarge(_ limit: Int64) -> StemmaError {
        StemmaError(.payloadTooLarge, "a blob may have at most \(limit) bytes")
    }

    private func detectFormat(of committed: CommittedBlob) async throws -> String {
        guard let reader = try await core.blobs.open(committed.digest) else { return "unknown" }
        let head: [UInt8] = try await reader.read(at: 0, count: FormatDetector.headBytes)
        return FormatDetector.detect(head: head, size: committed.size)
    }
}

package import StemmaDigest
internal import StemmaJSON

/// Resumable uploads after the IETF draft "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload).
package struct UploadService: Sendable {
    private let core: RegistryCore
    private let blobs: BlobService

    package init(core: RegistryCore, blobs: BlobService) {
        self.core = core
        self.blobs = blobs
    }

    /// Where an upload stands.
    package struct Progress: Sendable {
        package let id: String
        /// Bytes that are safe.
        package let offset: Int64
        package let length: Int64?
        package let isComplete: Bool
        package let expires: Timestamp
        /// Set once it became a blob.
        package let digest: Digest?
    }

    /// Opens an upload and takes the bytes that came along. `length` in bytes where the client knows it.
    package func createUpload(
        length: Int64?, isComplete: Bool, _ pull: @escaping BlobService.Pull, _ context: RequestContext
    ) async throws -> (answer: Answer, progress: Progress) {
        try context.principal.require(.publishModels)
        let limit: Int64 = core.policy.limits.blobBytes
        if let length, length > limit { throw BlobService.tooLarge(limit) }
        let id: String = core.environment.identifier("upl_")
        let kept: Int64 = core.policy.limits.uploadKeptMilliseconds
        let answer: Answer = try await core.gate.mutate("create_upload", context) { transaction, now in
            let expires: Timestamp = now.adding(milliseconds: kept)
            try transaction.insertUpload(
                UploadRecord(
                    id: id, principalID: context.principal.id, length: length, complete: false, digest: nil,
                    created: now,
                    expires: expires))
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.upload(id),
                    body: UploadDocument.represent(id: id, offset: 0, length: length, complete: false, expires: expires)
                ),
                event: AuditDraft(.upload(id)))
        }
        if answer.isReplay {
            let replayed: String = String(answer.location.split(separator: "/").last ?? "")
            return (answer, try await readUpload(replayed, context.principal))
        }
        let staged: any StagedBlob = try await core.blobs.begin(try UploadService.stagingID(id))
        let progress: Progress = try await append(
            to: try await find(id, context.principal), staged, isComplete: isComplete, pull)
        return (answer, progress)
    }

    /// Throws `uploadNotFound` for another principal's upload too.
    package func readUpload(_ id: String, _ principal: Principal) async throws -> Progress {
        try principal.require(.publishModels)
        let record: UploadRecord = try await find(id, principal)
        if let digest = record.digest {
            // Where the bytes are not a blob yet, the length was written down together with the digest.
            let size: Int64 = try await core.blobs.size(of: digest) ?? record.length ?? 0
            return progress(record, offset: size, isComplete: true)
        }
        let staged: any StagedBlob = try await resume(record)
        let offset: Int64 = await staged.offset
        await staged.suspend()
        return progress(record, offset: offset, isComplete: record.complete)
    }

    /// Adds bytes at `offset`. What arrived before a client went away is kept.
    /// Throws `uploadOffsetConflict` with both offsets, `uploadCompleted`, `uploadBusy`.
    package func appendUpload(
        _ id: String, offset: Int64, length: Int64?, isComplete: Bool, _ pull: @escaping BlobService.Pull,
        _ context: RequestContext
    ) async throws -> Progress {
        try context.principal.require(.publishModels)
        let record: UploadRecord = try await find(id, context.principal)
        guard !record.complete, record.digest == nil else {
            throw StemmaError(.uploadCompleted, "the upload was declared complete; nothing can be added to it")
        }
        if let known = record.length, let length, known != length {
            throw StemmaError(.validationFailed, "Upload-Length was \(known) before and cannot become \(length)")
        }
        let staged: any StagedBlob = try await resume(record)
        let present: Int64 = await staged.offset
        guard present == offset else {
            await staged.suspend()
            throw StemmaError(
                .uploadOffsetConflict, "the upload stands at \(present), not at \(offset); go on from there",
                members: ["expected-offset": .integer(present), "provided-offset": .integer(offset)])
        }
        return try await append(
            to: record.with(length: length ?? record.length), staged, isComplete: isComplete, pull)
    }

    /// Makes the uploaded bytes a blob; asking again answers the same. Throws `digestMismatch`, which ends the upload.
    ///
    /// The digest is written down before the bytes leave the staging area. So whatever happens in between, a crash or a
    /// full disk, asking again finds either the bytes or the blob, and finishes.
    package func completeUpload(_ id: String, expected: Digest?, _ context: RequestContext) async throws -> Answer {
        try context.principal.require(.publishModels)
        let record: UploadRecord = try await find(id, context.principal)
        guard let digest = record.digest else { return try await seal(record, expected: expected, context) }
        if let expected, expected != digest { throw UploadService.mismatch(expected, digest) }
        if record.complete {
            let blob: BlobRecord = try await blobs.readBlob(digest, context.principal)
            return Answer(
                .unchanged, location: ResourcePath.blob(digest.description), body: BlobDocument.represent(blob))
        }
        if let staged = try await core.blobs.resume(try UploadService.stagingID(id)) {
            return try await finish(record, try await commit(staged, as: digest), context)
        }
        guard let size = try await core.blobs.size(of: digest) else {
            throw StemmaError(
                .blobCorrupt, "the bytes of this upload are missing from the store; cancel it and upload them again",
                cause: "upload \(id) has neither staged bytes nor the blob \(digest)")
        }
        return try await finish(record, CommittedBlob(digest: digest, size: size, alreadyStored: true), context)
    }

    /// Finds the digest of an upload, keeps it, and makes the bytes a blob.
    private func seal(_ record: UploadRecord, expected: Digest?, _ context: RequestContext) async throws -> Answer {
        // A new, empty area must not take the place of one that is gone: the client would be told the digest of nothing.
        guard let staged = try await core.blobs.resume(try UploadService.stagingID(record.id)) else {
            throw StemmaError(.uploadNotFound, "the bytes of the upload \(record.id) are gone; upload them again")
        }
        let committed: CommittedBlob
        do {
            let offset: Int64 = await staged.offset
            if let length = record.length, length != offset {
                throw StemmaError(
                    .uploadOffsetConflict, "the upload has \(offset) of \(length) bytes; go on from there",
                    members: ["expected-offset": .integer(offset), "provided-offset": .integer(length)])
            }
            let digest: Digest = try await staged.seal()
            if let expected, expected != digest {
                await staged.cancel()
                try await drop(record.id, "fail_upload", context)
                throw UploadService.mismatch(expected, digest)
            }
            try await core.store.write(
                { transaction in
                    try transaction.updateUpload(
                        record.id, length: offset, complete: false, digest: digest, expires: record.expires)
                }, committed: nil)
            committed = try await commit(staged, as: digest)
        } catch {
            await staged.suspend()
            throw error
        }
        return try await finish(record, committed, context)
    }

    private func commit(_ staged: any StagedBlob, as digest: Digest) async throws -> CommittedBlob {
        do {
            return try await staged.commit(expected: digest)
        } catch {
            await staged.suspend()
            throw error
        }
    }

    /// Writes the blob's row, and that the upload is over.
    private func finish(
        _ record: UploadRecord, _ committed: CommittedBlob, _ context: RequestContext
    ) async throws -> Answer {
        let answer: Answer = try await blobs.record(committed, context)
        _ = try await core.gate.mutate("complete_upload", context.asStep) { transaction, now in
            // Another request may have finished it meanwhile.
            let isOver: Bool = try transaction.upload(record.id).map { $0.complete && $0.digest != nil } ?? false
            if isOver { return MutationGate.Mutation(Answer(.unchanged), event: nil) }
            try transaction.updateUpload(
                record.id, length: committed.size, complete: true, digest: committed.digest, expires: record.expires)
            return MutationGate.Mutation(
                Answer(.updated),
                event: AuditDraft(.upload(record.id), detail: ["digest": .string(committed.digest.description)]))
        }
        return answer
    }

    /// Ends an upload and drops its bytes.
    package func cancelUpload(_ id: String, _ context: RequestContext) async throws {
        try context.principal.require(.publishModels)
        _ = try await find(id, context.principal)
        try await core.blobs.discard(try UploadService.stagingID(id))
        try await drop(id, "cancel_upload", context)
    }

    private func append(
        to record: UploadRecord, _ staged: any StagedBlob, isComplete: Bool, _ pull: @escaping BlobService.Pull
    ) async throws -> Progress {
        let limit: Int64 = min(core.policy.limits.blobBytes, record.length ?? Int64.max)
        var failure: (any Error)?
        var taken: Int64 = await staged.offset
        do {
            while let piece = try await pull() {
                guard taken + Int64(piece.count) <= limit else { throw BlobService.tooLarge(limit) }
                try await staged.append(piece)
                taken += Int64(piece.count)
            }
            if isComplete, let length = record.length, length != taken {
                throw StemmaError(.validationFailed, "Upload-Length promised \(length) bytes, but \(taken) came")
            }
        } catch {
            failure = error
        }
        do {
            try await staged.sync()
        } catch {
            await staged.suspend()
            throw error
        }
        let offset: Int64 = await staged.offset
        await staged.suspend()
        let done: Bool = isComplete && failure == nil
        let expires: Timestamp = core.environment.now().adding(milliseconds: core.policy.limits.uploadKeptMilliseconds)
        _ = try await core.store.write(
            { transaction in
                try transaction.updateUpload(
                    record.id, length: record.length, complete: done, digest: nil, expires: expires)
            }, committed: nil)
        if let failure { throw failure }
        return progress(record, offset: offset, isComplete: done)
    }

    private func find(_ id: String, _ principal: Principal) async throws -> UploadRecord {
        let record: UploadRecord? = try await core.store.read { try $0.upload(id) }
        guard let record, record.principalID == principal.id, record.expires > core.environment.now() else {
            throw StemmaError(.uploadNotFound, "there is no upload \(id); it may have expired")
        }
        return record
    }

    /// A begun upload whose staging area a crash took before its first sync starts over at 0.
    private func resume(_ record: UploadRecord) async throws -> any StagedBlob {
        let id: StagingID = try UploadService.stagingID(record.id)
        if let staged = try await core.blobs.resume(id) { return staged }
        return try await core.blobs.begin(id)
    }

    private func drop(_ id: String, _ action: String, _ context: RequestContext) async throws {
        _ = try await core.gate.mutate(action, context.asStep) { transaction, _ in
            let existed: Bool = try transaction.removeUpload(id)
            return MutationGate.Mutation(Answer(.removed), event: existed ? AuditDraft(.upload(id)) : nil)
        }
    }

    private func progress(_ record: UploadRecord, offset: Int64, isComplete: Bool) -> Progress {
        Progress(
            id: record.id, offset: offset, length: record.length, isComplete: isComplete, expires: record.expires,
            digest: record.digest)
    }

    private static func stagingID(_ id: String) throws(StemmaError) -> StagingID {
        guard let staging = StagingID(id) else { throw StemmaError(.uploadNotFound, "there is no upload \(id)") }
        return staging
    }

    private static func mismatch(_ expected: Digest, _ found: Digest) -> StemmaError {
        StemmaError(.digestMismatch, "the bytes have the digest \(found), not \(expected)")
    }
}

extension UploadRecord {
    func with(length: Int64?) -> UploadRecord {
        UploadRecord(
            id: id, principalID: principalID, length: length, complete: complete, digest: digest, created: created,
            expires: expires)
    }
}

/// An upload as answered.
package enum UploadDocument {
    /// `offset` and `length` in bytes.
    package static func represent(id: String, offset: Int64, length: Int64?, complete: Bool, expires: Timestamp)
        -> [UInt8]
    {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("id", id)
        writer.field("offset", offset)
        writer.field("length", length)
        writer.field("complete", complete)
        writer.field("expires_at", expires.description)
        writer.endObject()
        return writer.finish()
    }
}

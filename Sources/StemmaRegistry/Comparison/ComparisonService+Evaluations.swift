internal import StemmaDigest
internal import StemmaJSON

extension ComparisonService {
    /// An upload of examples: what it is of, and how it comes.
    package struct Upload: Sendable {
        package let model: String
        package let version: String
        package let dataset: String
        /// As the client gave it, with `sha256:`; nil to take the examples' own.
        package let digest: String?
        /// Without parameters.
        package let mediaType: String
        package let declaredLength: Int64?

        package init(
            model: String, version: String, dataset: String, digest: String?, mediaType: String, declaredLength: Int64?
        ) {
            self.model = model
            self.version = version
            self.dataset = dataset
            self.digest = digest
            self.mediaType = mediaType
            self.declaredLength = declaredLength
        }
    }

    /// Stores what a version predicted for the examples of a dataset, from CSV or NDJSON, in constant memory.
    ///
    /// 201 for new ones, 200 where the same are there. Throws `validationFailed` naming the lines, `draftVersion`,
    /// `unsupportedMediaType`, `payloadTooLarge`, and `evaluationExists` where the version has other ones for the digest:
    /// evaluations are evidence and never change.
    package func putEvaluation(
        _ upload: Upload, _ pull: @escaping BlobService.Pull, _ context: RequestContext
    ) async throws -> Answer {
        try context.principal.require(.recordEvidence)
        let given: Digest? = try ComparisonService.check(upload)
        _ = try await core.store.read { [core] reader in
            try ComparisonService.version(for: upload, context.principal, core.policy.limits, reader)
        }
        guard let format = ExampleFormat(mediaType: upload.mediaType) else {
            let found: String = upload.mediaType.isEmpty ? "no Content-Type was sent" : "it came as \(upload.mediaType)"
            throw StemmaError(
                .unsupportedMediaType, "examples must be text/csv or application/x-ndjson, but \(found)")
        }
        guard let id = StagingID(core.environment.identifier("eva_")) else {
            throw StemmaError(.internalError, "no staging id could be made")
        }
        let staged: any StagedBlob = try await core.blobs.begin(id)
        let made: (record: EvaluationRecord, committed: CommittedBlob)
        do {
            let facts: EvaluationFacts = try await receive(upload, format, pull, into: staged)
            let blob: Digest = try await staged.seal()
            let record = EvaluationRecord(
                id: core.environment.identifier("evl_"), datasetID: upload.dataset,
                datasetDigest: given ?? facts.examplesDigest, examplesDigest: facts.examplesDigest,
                hasIDs: facts.hasIDs, examples: Int64(facts.examples), classes: Int64(facts.classes),
                correct: Int64(facts.correct), summary: facts.summary, blob: blob, created: core.environment.now(),
                createdBy: context.principal.subject)
            if let known = try await present(record, upload, context) {
                await staged.cancel()
                return known
            }
            made = (record, try await staged.commit(expected: blob))
        } catch {
            await staged.cancel()
            throw error
        }
        return try await store(made.record, made.committed, upload, context)
    }

    /// A version's evaluations, the newest first.
    package func listEvaluations(
        model name: String, ref: String, _ request: ListRequest, _ principal: Principal
    ) async throws -> (version: VersionRecord, page: ListAnswer) {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let version: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let all: [EvaluationRecord] = try reader.evaluations(version: version.id)
            let page = try NewestFirst(core: core, list: "evaluations/\(version.id)").page(all, request, id: \.id)
            return (
                version,
                ListAnswer(
                    items: page.rows.map { ComparisonService.represent($0, version, all).body }, nextCursor: page.next)
            )
        }
    }

    /// A version's evaluation of a dataset, the newest one or that of the digest. Throws `evaluationNotFound`.
    package func readEvaluation(
        model name: String, ref: String, dataset: String, digest text: String?, _ principal: Principal
    ) async throws -> (version: VersionRecord, representation: Representation) {
        try principal.require(.readModels)
        let digest: Digest? = try ComparisonService.digest(text, at: "?dataset_digest")
        return try await core.store.read { reader in
            let version: VersionRecord = try VersionResolver.resolve(model: name, ref: ref, principal, reader)
            let all: [EvaluationRecord] = try reader.evaluations(version: version.id)
            let fitting = all.last { $0.datasetID == dataset && (digest == nil || $0.datasetDigest == digest) }
            guard let record = fitting else {
                throw ComparisonService.absent("\(version.model) \(version.version)", dataset: dataset, digest: digest)
            }
            return (version, ComparisonService.represent(record, version, all))
        }
    }

    static func absent(_ version: String, dataset: String?, digest: Digest?) -> StemmaError {
        let of: [String] = [dataset.map { "of the dataset \($0)" }, digest.map { "with the digest \($0)" }].compactMap {
            $0
        }
        return StemmaError(
            .evaluationNotFound,
            "\(version) has no evaluation \(of.joined(separator: " ")); send one with PUT .../evaluations/{dataset_id}")
    }

    /// Throws `validationFailed`; nil where no digest was given.
    static func digest(_ text: String?, at pointer: String) throws(StemmaError) -> Digest? {
        guard let text else { return nil }
        guard let digest = Digest(text) else {
            throw StemmaError.validation([
                ShapeFault(pointer: pointer, detail: "must be sha256: and 64 lowercase hex digits")
            ])
        }
        return digest
    }

    private static func represent(
        _ record: EvaluationRecord, _ version: VersionRecord, _ all: [EvaluationRecord]
    ) -> Representation {
        let digests: [Digest] = all.reversed().filter { $0.datasetID == record.datasetID }.map(\.datasetDigest)
        return EvaluationDocument.represent(record, of: version, digests: digests)
    }

    private static func check(_ upload: Upload) throws(StemmaError) -> Digest? {
        let faults: [ShapeFault] = CommonShapes.requiredLine.faults(in: .string(upload.dataset), at: "/dataset_id")
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
        return try digest(upload.digest, at: "?dataset_digest")
    }

    /// The published version that evaluations are recorded of.
    private static func version(
        for upload: Upload, _ principal: Principal, _ limits: Limits, _ reader: any MetadataReader
    ) throws -> VersionRecord {
        let version: VersionRecord = try VersionResolver.exact(
            model: upload.model, version: upload.version, principal, reader)
        guard version.status == .ready else {
            throw StemmaError(
                .draftVersion, "\(version.version) is a draft; publish it before its predictions are recorded")
        }
        return version
    }

    private func receive(
        _ upload: Upload, _ format: ExampleFormat, _ pull: BlobService.Pull, into staged: any StagedBlob
    ) async throws -> EvaluationFacts {
        let limits: Limits = core.policy.limits
        let tooLarge = StemmaError(
            .payloadTooLarge, "an evaluation may have at most \(limits.evaluationBodyBytes) bytes")
        if let length = upload.declaredLength, length > limits.evaluationBodyBytes { throw tooLarge }
        var intake = ExampleIntake(format, limits: limits)
        var taken: Int64 = 0
        while let piece = try await pull() {
            taken += Int64(piece.count)
            guard taken <= limits.evaluationBodyBytes else { throw tooLarge }
            let bytes: [UInt8] = try intake.take(piece)
            if !bytes.isEmpty { try await staged.append(bytes) }
        }
        let end: (bytes: [UInt8], facts: EvaluationFacts) = try intake.finish()
        try await staged.append(end.bytes)
        return end.facts
    }

    /// The answer where the version has an evaluation of that digest already; nil where it has none.
    private func present(
        _ record: EvaluationRecord, _ upload: Upload, _ context: RequestContext
    ) async throws -> Answer? {
        try await core.store.read { [core] reader in
            let version: VersionRecord = try ComparisonService.version(
                for: upload, context.principal, core.policy.limits, reader)
            return try ComparisonService.known(
                record, version, try reader.evaluations(version: version.id), context)
        }
    }

    /// Throws `evaluationExists` where what is there is not the same.
    private static func known(
        _ record: EvaluationRecord, _ version: VersionRecord, _ all: [EvaluationRecord], _ context: RequestContext
    ) throws -> Answer? {
        guard let known = all.last(where: { $0.datasetDigest == record.datasetDigest }) else {
            try context.preconditions.check(current: nil)
            return nil
        }
        guard known.datasetID == record.datasetID else {
            throw StemmaError(
                .evaluationExists,
                "\(version.version) has an evaluation with the dataset digest \(known.datasetDigest) under the id "
                    + "\(known.datasetID); one dataset has one id")
        }
        let representation: Representation = represent(known, version, all)
        try context.preconditions.check(current: representation.etag)
        guard known.blob == record.blob else {
            throw StemmaError(
                .evaluationExists,
                "\(version.version) has another evaluation of \(known.datasetID) with the dataset digest "
                    + "\(known.datasetDigest); evaluations are evidence and never change: register a new version for other "
                    + "predictions, or give the digest of the other dataset")
        }
        return Answer(
            .unchanged, location: ResourcePath.evaluation(version.model, version.version, known.datasetID),
            etag: representation.etag, body: representation.body)
    }

    private func store(
        _ record: EvaluationRecord, _ committed: CommittedBlob, _ upload: Upload, _ context: RequestContext
    ) async throws -> Answer {
        try await core.gate.mutate("put_evaluation", context) { [core] transaction, now in
            let limits: Limits = core.policy.limits
            let version: VersionRecord = try ComparisonService.version(
                for: upload, context.principal, limits, transaction)
            let present: [EvaluationRecord] = try transaction.evaluations(version: version.id)
            if let known = try ComparisonService.known(record, version, present, context) {
                return MutationGate.Mutation(known, event: nil)
            }
            guard present.count < limits.evaluationsPerVersion else {
                throw StemmaError(
                    .validationFailed, "a version may have at most \(limits.evaluationsPerVersion) evaluations")
            }
            // The blob gets its row in the transaction that refers to it.
            try transaction.putBlob(
                committed.digest, sizeBytes: committed.size, format: "stemma-evaluation", at: now)
            try transaction.insertEvaluation(record, version: version.id, by: context.principal.id)
            let all: [EvaluationRecord] = try transaction.evaluations(version: version.id)
            let stored: EvaluationRecord = all.last ?? record
            let representation: Representation = ComparisonService.represent(stored, version, all)
            return MutationGate.Mutation(
                Answer(
                    .created, location: ResourcePath.evaluation(version.model, version.version, stored.datasetID),
                    etag: representation.etag, body: representation.body),
                event: ComparisonService.event(stored, version))
        }
    }

    private static func event(_ record: EvaluationRecord, _ version: VersionRecord) -> AuditDraft {
        AuditDraft(
            .version(model: version.model, version: version.version),
            detail: [
                "evaluation": .string(record.id), "dataset": .string(record.datasetID),
                "dataset_digest": .string(record.datasetDigest.description),
                "examples_digest": .string(record.examplesDigest.description), "examples": .integer(record.examples),
                "blob": .string(record.blob.description),
            ])
    }
}

internal import StemmaDigest
package import StemmaJSON

extension ComparisonService {
    /// Compares two versions, or the predictions of a body of `ComparisonDocument.request`, and answers a body of
    /// `ComparisonDocument.shape`. Nothing is stored.
    ///
    /// Throws `validationFailed`; `modelNotFound` and `versionNotFound` also for models outside the token's models;
    /// `evaluationNotFound` where a version was not evaluated on the dataset that is asked for, and `datasetMismatch` naming
    /// both digests where the evaluations are not of the same examples.
    package func compareModels(_ body: JSONValue, _ principal: Principal) async throws -> [UInt8] {
        try principal.require(.readModels)
        let request = try ComparisonRequest(body, limits: core.policy.limits)
        switch request.subject {
        case .inline(let pair, let a, let b, let digest):
            let dataset = ComparedDataset(id: nil, digest: digest, examplesDigest: digest, isPairedByPlace: true)
            let numbers = try await compare(pair, request, seed: ComparisonService.seed([digest]))
            return ComparisonDocument.represent(
                request, names: (a, b), compared: (numbers, dataset), sides: nil, limits: core.policy.limits)
        case .versions(let a, let b, let dataset, let digest):
            let found = try await find(a, b, dataset, digest, principal)
            var compared: (numbers: ComparedNumbers, dataset: ComparedDataset)?
            if let evaluations = found.evaluations {
                compared = try await compare(evaluations.a, evaluations.b, request)
            }
            return ComparisonDocument.represent(
                request, names: (found.a.modelID, found.b.modelID), compared: compared, sides: found,
                limits: core.policy.limits)
        }
    }

    private func compare(
        _ a: EvaluationRecord, _ b: EvaluationRecord, _ request: ComparisonRequest
    ) async throws -> (numbers: ComparedNumbers, dataset: ComparedDataset) {
        let pair = StoredPair(
            try await EvaluationFile(a.blob, core.blobs), try await EvaluationFile(b.blob, core.blobs))
        let numbers: ComparedNumbers = try await compare(
            pair, request, seed: ComparisonService.seed([a.blob, b.blob]))
        let dataset = ComparedDataset(
            id: a.datasetID, digest: a.datasetDigest, examplesDigest: a.examplesDigest, isPairedByPlace: !a.hasIDs)
        return (numbers, dataset)
    }

    private func compare(
        _ pair: some PairedExamples, _ request: ComparisonRequest, seed: UInt64
    ) async throws -> ComparedNumbers {
        let names: [String] = pair.names
        let averaging: Averaging = try ComparisonService.averaging(request, names)
        let plan = ComparisonPlan(
            averaging: averaging, significance: request.significance, confidence: request.confidence,
            seed: request.seed ?? seed, resamples: request.resamples)
        var positive: Int?
        if case .binary(let number) = averaging { positive = number }
        let limits: Limits = core.policy.limits
        let outcomes = try await JointOutcomes(pair, positive: positive, limit: limits.comparisonCells)
        var errors: Scores?
        if outcomes.cells == nil {
            var influence = Influence(outcomes.a, outcomes.b, averaging)
            try await pair.forEachBatch { influence.add($0) }
            errors = influence.errors
        }
        let metrics: ComparedMetrics = await compute { [errors] in
            ComparedMetrics(outcomes, plan, errors: errors, limits: limits)
        }
        return ComparedNumbers(
            metrics: metrics, plan: plan, classes: names.count, positiveLabel: positive.map { names[$0] })
    }

    /// What was asked for, or what the names of the classes suggest. Throws `validationFailed`.
    private static func averaging(_ request: ComparisonRequest, _ names: [String]) throws(StemmaError) -> Averaging {
        let known: Int? = PositiveLabel.known(names)
        switch request.average {
        case "macro": return .macro
        case "weighted": return .weighted
        case let average:
            if let label = request.positiveLabel {
                guard let number = names.firstIndex(where: { $0.utf8.elementsEqual(label.utf8) }) else {
                    throw StemmaError.validation([
                        ShapeFault(pointer: "/positive_label", detail: "none of the \(names.count) classes is \(label)")
                    ])
                }
                return .binary(positive: number)
            }
            if let known { return .binary(positive: known) }
            guard average == nil else {
                let shown: String = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
                throw StemmaError.validation([
                    ShapeFault(
                        pointer: "/positive_label",
                        detail: "is required for binary: which of the classes \(shown) is looked for")
                ])
            }
            return .macro
        }
    }

    /// The same examples get the same seed: 53 bits, which every JSON reader keeps.
    private static func seed(_ digests: [Digest]) -> UInt64 {
        let bytes: [UInt8] = SHA256Hasher.digest(digests.flatMap(\.bytes)).bytes
        return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } >> 11
    }

    private func find(
        _ a: String, _ b: String, _ dataset: String?, _ digest: Digest?, _ principal: Principal
    ) async throws -> ComparedSides {
        let (idA, idB): (ModelID, ModelID) = (try ComparisonService.modelID(a), try ComparisonService.modelID(b))
        return try await core.store.read { [core] reader in
            let sides: [VersionDifferences.Side] = try [idA, idB].map { id in
                let record: VersionRecord = try VersionResolver.exact(
                    model: id.name.text, version: id.version.description, principal, reader)
                return try VersionDifferences.Side(record, reader)
            }
            let choice = EvaluationChoice(
                a: (sides[0].modelID, try reader.evaluations(version: sides[0].record.id)),
                b: (sides[1].modelID, try reader.evaluations(version: sides[1].record.id)), dataset: dataset,
                digest: digest)
            return ComparedSides(
                a: sides[0], b: sides[1],
                differences: try VersionDifferences(sides[0], sides[1], limits: core.policy.limits),
                evaluations: try choice.pair())
        }
    }

    private static func modelID(_ text: String) throws(StemmaError) -> ModelID {
        do throws(NameFault) {
            return try ModelID(validating: text)
        } catch {
            throw StemmaError(.versionNotFound, "\(text) is not a model_id of the form <model>_v<version>")
        }
    }
}

/// The two versions of a comparison, and the evaluations that it rests on where there are any.
struct ComparedSides: Sendable {
    let a: VersionDifferences.Side
    let b: VersionDifferences.Side
    let differences: VersionDifferences
    let evaluations: (a: EvaluationRecord, b: EvaluationRecord)?
}

/// Finds the evaluations that two versions have in common.
struct EvaluationChoice {
    /// The version's `model_id` and its evaluations, oldest first.
    let a: (id: String, all: [EvaluationRecord])
    let b: (id: String, all: [EvaluationRecord])
    let dataset: String?
    let digest: Digest?

    /// The newest two of the same dataset digest among those asked for; nil where nothing was asked for and there are none.
    /// Throws `evaluationNotFound`, `datasetMismatch`.
    func pair() throws(StemmaError) -> (a: EvaluationRecord, b: EvaluationRecord)? {
        let isAsked: Bool = dataset != nil || digest != nil
        let (fromA, fromB): ([EvaluationRecord], [EvaluationRecord]) = (a.all.filter(fits), b.all.filter(fits))
        if isAsked {
            for (id, found) in [(a.id, fromA), (b.id, fromB)] where found.isEmpty {
                throw ComparisonService.absent(id, dataset: dataset, digest: digest)
            }
        }
        for left in fromA.reversed() {
            guard let right = fromB.last(where: { $0.datasetDigest == left.datasetDigest }) else { continue }
            guard left.examplesDigest == right.examplesDigest else {
                throw EvaluationChoice.mismatch(
                    "the evaluations of \(a.id) and \(b.id) name the same dataset digest, but their examples differ in their ids, "
                        + "their labels or their order; send both in the same order", left, right)
            }
            return (left, right)
        }
        guard isAsked, let left = fromA.last, let right = fromB.last else { return nil }
        throw EvaluationChoice.mismatch(
            "\(a.id) was evaluated on the dataset digest \(left.datasetDigest), \(b.id) on \(right.datasetDigest); evaluate both "
                + "on the same examples in the same order", left, right)
    }

    private func fits(_ record: EvaluationRecord) -> Bool {
        (dataset == nil || record.datasetID == dataset) && (digest == nil || record.datasetDigest == digest)
    }

    private static func mismatch(_ detail: String, _ a: EvaluationRecord, _ b: EvaluationRecord) -> StemmaError {
        func side(_ record: EvaluationRecord) -> JSONValue {
            [
                "dataset_id": .string(record.datasetID), "dataset_digest": .string(record.datasetDigest.description),
                "examples_digest": .string(record.examplesDigest.description), "examples": .integer(record.examples),
            ]
        }
        return StemmaError(.datasetMismatch, detail, members: ["model_a": side(a), "model_b": side(b)])
    }
}

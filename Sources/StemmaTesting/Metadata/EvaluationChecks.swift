internal import StemmaRegistry

/// Promises of `EvaluationReader` and `EvaluationWriter`.
enum EvaluationChecks {
    private static func evaluation(
        _ id: String, of dataset: String, digest: String, at milliseconds: Int64, hasIDs: Bool = false
    ) -> EvaluationRecord {
        EvaluationRecord(
            id: id, datasetID: dataset, datasetDigest: Seed.digest(digest),
            examplesDigest: Seed.digest("examples " + id),
            hasIDs: hasIDs, examples: 20_000_000, classes: 65_536, correct: 19_999_999,
            summary: Array(#"{"metrics":{"accuracy":0.5}}"#.utf8), blob: Seed.digest("blob " + id),
            created: Seed.moment(milliseconds), createdBy: "bob")
    }

    /// Inserts an evaluation with its blob.
    private static func insert(
        _ transaction: any MetadataTransaction, _ evaluation: EvaluationRecord, version: Int64
    ) throws {
        try transaction.putBlob(evaluation.blob, sizeBytes: 9, format: "stemma-evaluation", at: evaluation.created)
        try transaction.insertEvaluation(
            evaluation, version: version, by: try Seed.principal(transaction, "bob"))
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("evaluations are kept as given, in the order in which they came, and leave their version alone") {
            store in
            let kept: [EvaluationRecord] = [
                evaluation("b", of: "holdout", digest: "1", at: 9), evaluation("a", of: "holdout", digest: "2", at: 3),
                evaluation("c", of: "other", digest: "3", at: 5, hasIDs: true),
            ]
            let found: (own: [EvaluationRecord], others: [EvaluationRecord], before: Int64?, after: Int64?) =
                try await store.change { transaction in
                    let model: Int64 = try Seed.model(transaction, "fraud")
                    let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                    let other: Int64 = try Seed.version(transaction, of: model, "1.0.1")
                    let before: Int64? = try transaction.version(id: version)?.revision
                    for one in kept { try insert(transaction, one, version: version) }
                    return (
                        try transaction.evaluations(version: version), try transaction.evaluations(version: other),
                        before, try transaction.version(id: version)?.revision
                    )
                }
            try expectEqual(found.own, kept)
            try expectEqual(found.others, [])
            try expectEqual(found.before, found.after)
        },
        .init("a version has one evaluation of a dataset digest, and other versions have theirs") { store in
            let versions: [Int64] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "fraud")
                let versions: [Int64] = try ["1.0.0", "1.0.1"].map { try Seed.version(transaction, of: model, $0) }
                for (index, version) in versions.enumerated() {
                    try insert(
                        transaction, evaluation("e\(index)", of: "holdout", digest: "1", at: 1), version: version)
                }
                return versions
            }
            var code: StemmaErrorCode?
            do {
                try await store.change { transaction in
                    try insert(transaction, evaluation("x", of: "other", digest: "1", at: 2), version: versions[0])
                }
            } catch let error as StemmaError {
                code = error.code
            }
            try expectEqual(code, .evaluationExists)
            let found: [[String]] = try await store.read { reader in
                try versions.map { try reader.evaluations(version: $0).map(\.id) }
            }
            try expectEqual(found, [["e0"], ["e1"]])
        },
        .init("an evaluation cannot name a blob that has no row") { store in
            var isRefused: Bool = false
            do {
                try await store.change { transaction in
                    let model: Int64 = try Seed.model(transaction, "fraud")
                    let version: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                    try transaction.insertEvaluation(
                        evaluation("x", of: "holdout", digest: "1", at: 1), version: version,
                        by: try Seed.principal(transaction, "bob"))
                }
            } catch {
                isRefused = true
            }
            try expect(isRefused, "the reference dangles")
        },
    ]
}

internal import StemmaRegistry

/// Per-example evaluations.
extension SQLiteSession {
    func evaluations(version id: Int64) throws -> [EvaluationRecord] {
        let sql: String = """
            SELECT e.id, e.dataset_id, e.dataset_digest, e.examples_digest, e.has_ids, e.examples, e.classes, e.correct,
                e.summary, e.blob_digest, e.created_ms, p.subject
            FROM evaluation e CROSS JOIN principal p
            WHERE e.version_id = ? AND p.id = e.created_by ORDER BY e.seq
            """
        return try connection.all(sql, [.integer(id)]) { row in
            EvaluationRecord(
                id: row.text(0), datasetID: row.text(1), datasetDigest: try row.digest(2),
                examplesDigest: try row.digest(3), hasIDs: row.int(4) == 1, examples: row.int(5), classes: row.int(6),
                correct: row.int(7), summary: row.bytes(8), blob: try row.digest(9), created: row.timestamp(10),
                createdBy: row.text(11))
        }
    }

    func insertEvaluation(_ evaluation: EvaluationRecord, version id: Int64, by principal: Int64) throws {
        let sql: String = """
            INSERT INTO evaluation (id, version_id, dataset_id, dataset_digest, examples_digest, has_ids, examples, classes,
                correct, summary, blob_digest, created_ms, created_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let arguments: [SQLiteValue] = [
            .text(evaluation.id), .integer(id), .text(evaluation.datasetID), SQLiteValue(evaluation.datasetDigest),
            SQLiteValue(evaluation.examplesDigest), .integer(evaluation.hasIDs ? 1 : 0), .integer(evaluation.examples),
            .integer(evaluation.classes), .integer(evaluation.correct), .json(evaluation.summary),
            SQLiteValue(evaluation.blob), SQLiteValue(evaluation.created), .integer(principal),
        ]
        do {
            try connection.execute(sql, arguments)
        } catch {
            guard error.isUnique(on: "evaluation.version_id", "evaluation.dataset_digest") else { throw error }
            throw StemmaError(
                .evaluationExists, "the version has an evaluation with the dataset digest \(evaluation.datasetDigest)")
        }
    }
}

internal import StemmaDigest
internal import StemmaRegistry

/// Which version was deployed where.
extension SQLiteSession {
    /// True for the one that became deployed last of those that are deployed in the same place.
    fileprivate static let isCurrent: String = """
        (d.status = 'deployed' AND NOT EXISTS (SELECT 1 FROM deployment o WHERE o.model_id = d.model_id \
        AND o.environment = d.environment AND o.status = 'deployed' AND o.deployed_seq > d.deployed_seq))
        """

    private static let deploymentSelect: String = """
        SELECT d.id, m.name, d.version_id, v.version, d.environment, d.status, d.ref, d.manifest_digest,
            v.artifacts_digest, d.rationale, d.detail, d.annotations, d.deployed_ms, \(isCurrent), d.created_ms,
            c.subject, d.updated_ms, u.subject, d.revision
        FROM deployment d CROSS JOIN version v CROSS JOIN model m CROSS JOIN principal c CROSS JOIN principal u
        WHERE v.id = d.version_id AND m.id = d.model_id AND c.id = d.created_by AND u.id = d.updated_by
        """

    func deployment(_ id: String) throws -> DeploymentRecord? {
        try connection.first(SQLiteSession.deploymentSelect + " AND d.id = ?", [.text(id)]) { row in
            try deploymentRecord(row)
        }
    }

    func deployments(_ query: ListQuery) throws -> Page<DeploymentRecord> {
        var list = ListStatement(
            table: "deployment d CROSS JOIN version v CROSS JOIN model m", key: "d.seq", fields: DeploymentField.table,
            query)
        list.require("v.id = d.version_id")
        list.require("m.id = d.model_id")
        list.require(scope: query.scope, name: "m.name")
        return try page(list) { sequence in
            try connection.first(SQLiteSession.deploymentSelect + " AND d.seq = ?", [.integer(sequence)]) { row in
                try deploymentRecord(row)
            }
        }
    }

    private func deploymentRecord(_ row: borrowing SQLiteRow) throws -> DeploymentRecord {
        DeploymentRecord(
            id: row.text(0), model: row.text(1), versionID: row.int(2), version: row.text(3), environment: row.text(4),
            status: try row.named(5), ref: row.text(6), manifestDigest: try row.digest(7),
            artifactsDigest: try row.optionalDigest(8), rationale: row.optionalText(9), detail: row.optionalText(10),
            annotations: row.bytes(11), deployed: row.optionalTimestamp(12), isCurrent: row.int(13) == 1,
            created: row.timestamp(14), createdBy: row.text(15), updated: row.timestamp(16), updatedBy: row.text(17),
            revision: row.int(18))
    }

    func insertDeployment(_ deployment: NewDeployment) throws {
        let sql: String = """
            INSERT INTO deployment (id, model_id, version_id, environment, status, ref, manifest_digest, rationale,
                detail, annotations, created_ms, created_by, updated_ms, updated_by, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            """
        let arguments: [SQLiteValue] = [
            .text(deployment.id), .integer(deployment.modelID), .integer(deployment.versionID),
            .text(deployment.environment), .text(deployment.status.rawValue), .text(deployment.ref),
            SQLiteValue(deployment.manifestDigest), SQLiteValue(deployment.rationale), SQLiteValue(deployment.detail),
            .json(deployment.annotations), SQLiteValue(deployment.created), .integer(deployment.createdBy),
            SQLiteValue(deployment.created), .integer(deployment.createdBy),
        ]
        try connection.execute(sql, arguments)
    }

    func updateDeployment(_ id: String, _ change: DeploymentChange, at moment: Timestamp, by principal: Int64) throws {
        let sql: String = """
            UPDATE deployment SET status = ?, rationale = ?, detail = ?, deployed_ms = coalesce(?, deployed_ms),
                deployed_seq = coalesce(?, deployed_seq), updated_ms = ?, updated_by = ?, revision = revision + 1
            WHERE id = ?
            """
        let deployed: Timestamp? = change.deployedBy == nil ? nil : moment
        let arguments: [SQLiteValue] = [
            .text(change.status.rawValue), SQLiteValue(change.rationale), SQLiteValue(change.detail),
            SQLiteValue(deployed), SQLiteValue(change.deployedBy), SQLiteValue(moment), .integer(principal), .text(id),
        ]
        try requireOneRow(try connection.execute(sql, arguments), .deploymentNotFound, "there is no such deployment")
    }

    func setDeploymentStatus(version id: Int64, _ status: String, at moment: Timestamp) throws {
        let sql: String = """
            UPDATE version SET deployment_status = ?, updated_ms = ?, revision = revision + 1
            WHERE id = ? AND deleted_ms IS NULL
            """
        try connection.execute(sql, [.text(status), SQLiteValue(moment), .integer(id)])
    }
}

/// The fields of `FilterSchema.deployments` over `deployment d`, its `version v` and its `model m`.
enum DeploymentField {
    @Sendable
    static func table(_ field: FilterField) throws(StemmaError) -> SQLField? { fixed[field.path.description] }

    private static let fixed: [String: SQLField] = [
        "id": .column("d.id", .text),
        "model": .column("m.name", .text),
        "version": .column("v.precedence", .version(text: "v.version")),
        "model_id": .column("(m.name || '_v' || v.version)", .text),
        "ref": .column("d.ref", .text),
        "environment": .column("d.environment", .text),
        "status": .column("d.status", .text),
        "current": .column("CASE WHEN \(SQLiteSession.isCurrent) THEN x'01' ELSE x'00' END", .scalar),
        "created_at": .column("d.created_ms", .time),
        "created_by": .column("(SELECT subject FROM principal WHERE id = d.created_by)", .text),
        "updated_at": .column("d.updated_ms", .time),
        "updated_by": .column("(SELECT subject FROM principal WHERE id = d.updated_by)", .text),
        "deployed_at": .optional("d.deployed_ms", .time),
    ]
}

internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readAuditCheckpoint = Endpoint(
        "ReadAuditCheckpoint", .get, "/v1/audit/log/checkpoint", "The signed head of the audit log (C2SP signed note)",
        access: .permission(.readAudit),
        answers: [AnswerDescription(200, "Origin, size and root, and signatures", .other(["text/plain"]))],
        refusals: [.auditTampered]
    ) { call in
        AuditLogAnswer.text(try await call.services.auditLog.readCheckpoint(try call.principal))
    }

    static let readAuditKey = Endpoint(
        "ReadAuditKey", .get, "/v1/audit/log/key", "The keys that sign the audit log, the present one last",
        access: .permission(.readAudit),
        answers: [AnswerDescription(200, "Verifier keys, a line each: name+id+key", .other(["text/plain"]))]
    ) { call in
        AuditLogAnswer.text(try await call.services.auditLog.readKey(try call.principal))
    }

    static let proveAuditInclusion = Endpoint(
        "ProveAuditInclusion", .get, "/v1/audit/log/proof", "Proves that an event is in the log (RFC 6962, 2.1.1)",
        access: .permission(.readAudit),
        query: [
            QueryParameter(name: "sequence", shape: .count, summary: "The event"),
            QueryParameter(name: "size", shape: .count, summary: "The log's size; as it is now where absent"),
        ],
        answers: [AnswerDescription(200, "The proof", .json(AuditLogShapes.inclusion))],
        refusals: [.invalidRequest, .auditEventNotFound, .auditTampered]
    ) { call in
        guard let sequence = try call.query.integer("sequence") else {
            throw StemmaError(.invalidRequest, "sequence is needed: the number of an event")
        }
        return Answering.plain(
            try await call.services.auditLog.proveInclusion(
                sequence: Int64(sequence), size: try call.query.integer("size").map { Int64($0) }, try call.principal))
    }

    static let proveAuditConsistency = Endpoint(
        "ProveAuditConsistency", .get, "/v1/audit/log/consistency",
        "Proves that the log continues a smaller one (RFC 6962, 2.1.2)", access: .permission(.readAudit),
        query: [
            QueryParameter(name: "from", shape: .count, summary: "The size of the smaller log"),
            QueryParameter(name: "to", shape: .count, summary: "The size of the larger; as it is now where absent"),
        ],
        answers: [AnswerDescription(200, "The proof", .json(AuditLogShapes.consistency))],
        refusals: [.invalidRequest, .auditTampered]
    ) { call in
        guard let from = try call.query.integer("from") else {
            throw StemmaError(.invalidRequest, "from is needed: the size of the smaller log")
        }
        return Answering.plain(
            try await call.services.auditLog.proveConsistency(
                from: Int64(from), to: try call.query.integer("to").map { Int64($0) }, try call.principal))
    }

    static let readAuditTile = Endpoint(
        "ReadAuditTile", .get, "/v1/audit/log/tile/{path...}", "A tile of the log's tree (C2SP tlog-tiles)",
        access: .permission(.readAudit),
        answers: [
            AnswerDescription(
                200, "Hashes of 32 bytes each, or entries with their lengths", .other(["application/octet-stream"]))
        ],
        refusals: [.tileNotFound]
    ) { call in
        let bytes: [UInt8] = try await call.services.auditLog.readTile(call.parameter("path"), try call.principal)
        // A tile never changes, and a part of one neither.
        return HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", "application/octet-stream"), ("cache-control", "private, max-age=31536000, immutable"),
            ]), body: .bytes(bytes))
    }

    static let exportAudit = Endpoint(
        "ExportAudit", .get, "/v1/audit/export", "The log as NDJSON that verifies without the daemon",
        access: .permission(.readAudit),
        query: [
            QueryParameter(name: "from", shape: .count, summary: "First event, 0 where absent"),
            QueryParameter(name: "to", shape: .count, summary: "Before this event, the log's end where absent"),
            QueryParameter(
                name: "since", shape: .count, summary: "Size of an older head; adds the proof that the log continues it"
            ),
            QueryParameter(
                name: "include_private", shape: .boolean, summary: "With the private values that are still kept"),
        ],
        answers: [
            AnswerDescription(
                200, "A header, a line for each event, and the signed head", .other(["application/x-ndjson"]))
        ],
        refusals: [.invalidRequest, .auditTampered]
    ) { call in
        let exporter: AuditExporter = try await call.services.auditLog.export(
            from: try call.query.count("from"), to: try call.query.count("to"),
            since: try call.query.count("since"), includesPrivate: try call.query.boolean("include_private"),
            try call.context())
        return HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", "application/x-ndjson"), ("cache-control", "no-store"),
                ("content-disposition", ContentDisposition.attachment("audit-export.ndjson")),
            ]), body: .stream(length: nil, AuditExportStream(exporter: exporter)))
    }
}

/// An export, fetched page by page as the client takes it.
private struct AuditExportStream: BodyStream {
    let exporter: AuditExporter

    func next() async throws -> [UInt8]? { try await exporter.next() }
}

private enum AuditLogAnswer {
    static func text(_ text: String) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: HTTPFields([("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-cache")]),
            body: .bytes(Array(text.utf8)))
    }
}

/// Bodies of proofs.
enum AuditLogShapes {
    private static let hash: Shape = .text(maxBytes: 44)
    private static let proof: Shape.Field = Shape.Field(
        "proof", .array(of: hash, count: 0...128), required: true, "Hashes in base64, from the leaves up")

    static let inclusion: Shape = .named(
        "AuditInclusion",
        .object([
            Shape.Field("sequence", .count, required: true), Shape.Field("size", .count, required: true),
            Shape.Field("leaf_hash", hash, required: true), Shape.Field("root_hash", hash, required: true), proof,
            Shape.Field(
                "checkpoint", .nullable(.text(maxBytes: 65_536)), required: true,
                "The signed head of that size, where there is one"),
        ]))

    static let consistency: Shape = .named(
        "AuditConsistency",
        .object([
            Shape.Field("from", .count, required: true), Shape.Field("to", .count, required: true),
            Shape.Field("from_root_hash", hash, required: true), Shape.Field("to_root_hash", hash, required: true),
            proof,
        ]))
}

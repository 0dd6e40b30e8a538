internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let exportEvidence = Endpoint(
        "ExportEvidence", .get, "/v1/models/{name}/versions/{ref}/evidence.tar",
        "Everything an auditor asks of a version, with proofs that verify without the daemon",
        access: .permission(.readAudit), query: [.asOf],
        answers: [AnswerDescription(200, "The evidence pack", .other(["application/x-tar"]))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .draftVersion, .auditTampered]
    ) { call in
        let pack: EvidencePack = try await call.services.auditLog.exportEvidence(
            model: try call.modelName(), ref: call.parameter("ref"), asOf: try call.query.time("as_of"),
            try call.context())
        return HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", "application/x-tar"), ("cache-control", "no-store"),
                ("content-disposition", ContentDisposition.attachment("\(pack.modelID)-evidence.tar")),
            ]), body: .stream(length: pack.length, EvidencePackStream(pack)))
    }
}

/// A pack, one file after the other.
private actor EvidencePackStream: BodyStream {
    private let pack: EvidencePack
    private var position: Int = 0

    init(_ pack: EvidencePack) { self.pack = pack }

    func next() -> [UInt8]? {
        guard position < pack.pieceCount else { return nil }
        defer { position += 1 }
        return pack.piece(position)
    }
}

internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listAuditEvents = Endpoint(
        "ListAuditEvents", .get, "/v1/audit", "The audit log as a JSON page, or the whole range as NDJSON or CSV",
        access: .permission(.readAudit),
        query: QueryParameter.list + [
            QueryParameter(name: "from", shape: CommonShapes.time, summary: "Not before this moment"),
            QueryParameter(name: "to", shape: CommonShapes.time, summary: "Before this moment"),
            QueryParameter(name: "model", shape: .text(maxBytes: 800), summary: "About this model"),
            QueryParameter(name: "user", shape: .text(maxBytes: 200), summary: "By this subject"),
            QueryParameter(name: "action", shape: .text(maxBytes: 100), summary: "E.g. `set_alias`"),
        ],
        answers: [
            AnswerDescription(200, "One page, or a stream where Accept asks for one", .list(auditShape))
        ],
        refusals: [.invalidFilter, .invalidCursor]
    ) { call in
        let range = AuditService.Range(
            from: try call.query.time("from"), to: try call.query.time("to"), model: call.query["model"],
            user: call.query["user"], action: call.query["action"])
        let request: ListRequest = try call.listRequest()
        switch AuditFormat.wanted(call.request) {
        case .page:
            let page: ListAnswer = try await call.services.audit.listEvents(request, range, try call.principal)
            try await call.noteAuditRead()
            return Answering.list(page, call)
        case .stream(let format):
            let stream = AuditStream(
                service: call.services.audit, request: request, range: range, principal: try call.principal,
                format: format)
            // The first page is fetched before the answer begins, so that a bad filter is still refused.
            try await stream.begin()
            try await call.noteAuditRead()
            var headers = HTTPFields([("content-type", format.mediaType), ("cache-control", "no-store")])
            if format == .csv { headers.append("content-disposition", ContentDisposition.attachment("audit.csv")) }
            return HTTPResponse(status: 200, headers: headers, body: .stream(length: nil, stream))
        }
    }

    static let auditShape: Shape = .named(
        "AuditEvent",
        .object(
            ["audit_id", "timestamp", "action", "outcome", "leaf_hash"].map {
                Shape.Field($0, .text(maxBytes: 1_000), required: true)
            } + [Shape.Field("sequence", .count, required: true)]
                + ["user", "model_id", "rationale", "client_address", "target", "request_id"].map {
                    Shape.Field($0, .nullable(.text(maxBytes: 10_000)), required: true)
                }
                + ["resource", "approvers", "evidence", "rollback_plan", "changes", "detail"].map {
                    Shape.Field($0, .any, required: true)
                }))
}

/// The forms of the log.
enum AuditFormat: Sendable, Equatable {
    case ndjson
    case csv

    enum Wanted: Sendable, Equatable {
        case page
        case stream(AuditFormat)
    }

    var mediaType: String {
        switch self {
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }

    /// By `Accept`: the first of the three types it names; a page for anything else.
    static func wanted(_ request: HTTPRequest) -> Wanted {
        for type in MediaType.accepted(request) {
            switch type {
            case "application/x-ndjson", "application/ndjson": return .stream(.ndjson)
            case "text/csv": return .stream(.csv)
            case "application/json", "*/*", "application/*": return .page
            default: continue
            }
        }
        return .page
    }
}

internal import StemmaHTTP
internal import StemmaJSON

extension Endpoint {
    static func checkReadiness(_ context: OperationsContext) -> Endpoint {
        Endpoint(
            "CheckReadiness", .get, "/readyz", "Whether reads and writes can be answered", access: .open,
            answers: [
                AnswerDescription(200, "Ready", .json(.any)),
                AnswerDescription(503, "Not ready, with the reasons", .json(.any)),
            ]
        ) { _ in
            let problems: [String] = await context.problems()
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("status", problems.isEmpty ? "ready" : "not_ready")
            writer.field("problems", problems)
            writer.endObject()
            return Answering.plain(writer.finish(), status: problems.isEmpty ? 200 : 503)
        }
    }
}

internal import StemmaHTTP
internal import StemmaJSON

extension Endpoint {
    static func readVersionOfDaemon(_ context: OperationsContext) -> Endpoint {
        Endpoint(
            "ReadVersionOfDaemon", .get, "/version", "Which build answers", access: .open,
            answers: [AnswerDescription(200, "Its versions", .json(.any))]
        ) { _ in
            var writer = JSONWriter()
            writer.beginObject()
            for member in context.build { writer.field(member.name, member.value) }
            writer.endObject()
            return Answering.plain(writer.finish())
        }
    }
}

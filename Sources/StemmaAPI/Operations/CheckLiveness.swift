internal import StemmaHTTP
internal import StemmaJSON

extension Endpoint {
    /// True while the process answers at all; says nothing about its stores.
    static let checkLiveness = Endpoint(
        "CheckLiveness", .get, "/healthz", "Whether the process answers", access: .open,
        answers: [AnswerDescription(200, "It does", .json(.any))]
    ) { _ in Answering.plain(Array(#"{"status":"ok"}"#.utf8)) }
}

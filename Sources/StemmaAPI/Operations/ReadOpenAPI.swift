internal import StemmaHTTP
internal import StemmaJSON

extension Endpoint {
    /// The document is made once, at start, from the declarations that route.
    static func readOpenAPI(describing endpoints: [Endpoint]) -> Endpoint {
        let answers: [AnswerDescription] = [AnswerDescription(200, "This document", .json(.any))]
        let itself = Endpoint(
            "ReadOpenAPI", .get, "/openapi.json", "OpenAPI 3.1", access: .open, answers: answers
        ) { _ in HTTPResponse(status: 204) }
        let document: [UInt8] = OpenAPIDocument.render(endpoints + [itself])
        return Endpoint("ReadOpenAPI", .get, "/openapi.json", "OpenAPI 3.1", access: .open, answers: answers) { _ in
            HTTPResponse(
                status: 200, headers: HTTPFields([("content-type", Answering.json), ("cache-control", "no-cache")]),
                body: .bytes(document))
        }
    }
}

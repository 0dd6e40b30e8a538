internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listGuards = Endpoint(
        "ListGuards", .get, "/v1/lifecycle/guards", "The catalogue of guards with their parameters",
        access: .permission(.readModels),
        answers: [
            AnswerDescription(
                200, "Every guard",
                .json(
                    .object([
                        Shape.Field(
                            "items", .array(of: LifecycleService.guardShape, count: 0...1_000), required: true)
                    ])))
        ]
    ) { call in
        Answering.plain(try call.services.lifecycle.listGuards(try call.principal))
    }
}

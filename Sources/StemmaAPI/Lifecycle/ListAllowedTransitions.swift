internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listAllowedTransitions = Endpoint(
        "ListAllowedTransitions", .get, "/v1/models/{name}/versions/{ref}/transitions/allowed",
        "Where a version may go from here, with every guard evaluated", access: .permission(.readModels),
        query: [.asOf], answers: [AnswerDescription(200, "Every way on", .json(shape))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .lifecycleRevisionNotFound]
    ) { call in
        let (name, ref): (String, String) = (try call.modelName(), call.parameter("ref"))
        if let moment = try call.query.time("as_of") {
            return Answering.plain(
                try await call.services.lifecycle.listAllowedTransitions(
                    model: name, ref: ref, asOf: moment, try call.principal))
        }
        return Answering.plain(
            try await call.services.lifecycle.listAllowedTransitions(model: name, ref: ref, try call.principal))
    }

    private static let shape: Shape = .named(
        "AllowedTransitions",
        .object(
            [
                Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
                Shape.Field("state", .text(maxBytes: 20), required: true),
                Shape.Field("lifecycle_revision", .count, required: true),
                Shape.Field(
                    "items",
                    .array(
                        of: .object([
                            Shape.Field("to", .text(maxBytes: 20), required: true),
                            Shape.Field("allowed", .boolean, required: true, "Whether every guard passes"),
                            Shape.Field(
                                "requested_by", .array(of: .text(maxBytes: 40), count: 0...20), required: true,
                                "Roles that may ask for it"),
                            Shape.Field("may_request", .boolean, required: true, "Whether the caller has one of them"),
                            Shape.Field("automatic_after_minutes", .nullable(.count), required: true),
                            Shape.Field("guards", .array(of: GuardFinding.shape, count: 0...1_000), required: true),
                        ]), count: 0...49), required: true),
            ] + PastDocument.factFields))
}

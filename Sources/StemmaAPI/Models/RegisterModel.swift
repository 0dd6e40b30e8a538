internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let registerModel = Endpoint(
        "RegisterModel", .post, "/v1/models", "Register a model", access: .permission(.publishModels),
        request: .json(ModelShapes.registration),
        answers: [AnswerDescription(201, "Registered", .json(ModelShapes.document))],
        refusals: [.modelExists, .nameRetired]
    ) { call in
        let body = try await call.json()
        return Answering.mutation(
            try await call.services.models.registerModel(body.value, try call.context(fingerprintOf: body.bytes)))
    }
}

internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    /// A hot read like that of an alias: answered from memory where something is in production.
    static func readTraffic(hot: HotTrafficTable, _ authenticator: Authenticator) -> Endpoint {
        Endpoint(
            "ReadTraffic", .get, "/v1/models/{name}/traffic", "Read how a model's traffic is to be split",
            access: .permission(.readModels),
            answers: [AnswerDescription(200, "The split", .json(TrafficDocument.shape)), .unmodified],
            refusals: [.modelNotFound], inline: hot.responder(authenticator)
        ) { call in
            let read = try await call.services.rollouts.readTraffic(
                model: try call.modelName(), try call.principal)
            for target in read.targets { try call.noteConsumer(of: target) }
            return try Answering.read(read.representation, call)
        }
    }
}

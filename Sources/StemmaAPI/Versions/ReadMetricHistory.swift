internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readMetricHistory = Endpoint(
        "ReadMetricHistory", .get, "/v1/models/{name}/versions/{ref}/metrics",
        "Every change of every metric since registration", access: .permission(.readModels), query: [.asOf],
        answers: [AnswerDescription(200, "Changes, oldest first", .json(.any))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound]
    ) { call in
        Answering.plain(
            try await call.services.versions.readMetricHistory(
                model: try call.modelName(), ref: call.parameter("ref"), asOf: try call.query.time("as_of"),
                try call.principal))
    }
}

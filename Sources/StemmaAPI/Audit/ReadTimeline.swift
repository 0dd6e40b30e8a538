internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let readModelTimeline = Endpoint(
        "ReadModelTimeline", .get, "/v1/models/{name}/timeline", "Everything that happened to a model, in order",
        access: .permission(.readModels), query: QueryParameter.page + [.asOf],
        answers: [AnswerDescription(200, "One page", .list(timelineEntry))],
        refusals: [.modelNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.timelines.readTimeline(
                model: try call.modelName(), version: nil, try call.listRequest(), asOf: try call.query.time("as_of"),
                try call.principal), call)
    }

    static let readVersionTimeline = Endpoint(
        "ReadVersionTimeline", .get, "/v1/models/{name}/versions/{ref}/timeline",
        "Everything that happened to a version, in order", access: .permission(.readModels),
        query: QueryParameter.page + [.asOf], answers: [AnswerDescription(200, "One page", .list(timelineEntry))],
        refusals: [.modelNotFound, .versionNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.timelines.readTimeline(
                model: try call.modelName(), version: call.parameter("ref"), try call.listRequest(),
                asOf: try call.query.time("as_of"), try call.principal), call)
    }

    private static let timelineEntry: Shape = .named(
        "TimelineEntry",
        .object(
            changeEventFields + [
                Shape.Field("audit_id", .text(maxBytes: 100), required: true),
                Shape.Field("user", .nullable(.text(maxBytes: 500)), required: true),
                Shape.Field("rationale", .any, required: true),
            ]))
}

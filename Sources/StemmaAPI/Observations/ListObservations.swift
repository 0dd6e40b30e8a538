internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listObservations = Endpoint(
        "ListObservations", .get, "/v1/models/{name}/versions/{ref}/observations",
        "List what monitoring measured of a version, metric by metric in order of time",
        access: .permission(.readModels), query: QueryParameter.page + QueryParameter.observations,
        answers: [AnswerDescription(200, "One page", .list(ObservationShapes.observed))],
        refusals: [.modelNotFound, .versionNotFound, .aliasNotFound, .invalidCursor]
    ) { call in
        let query = ObservationQuery(
            metric: call.query["metric"], from: try call.query.time("from"), to: try call.query.time("to"),
            resolution: try call.query.resolution())
        let found = try await call.services.observations.listObservations(
            model: try call.modelName(), ref: call.parameter("ref"), query, try call.listRequest(), try call.principal)
        var response = Answering.list(found.page, call)
        response.headers.append(
            "content-location", ResourcePath.version(found.version.model, found.version.version) + "/observations")
        return response
    }
}

extension QueryParameter {
    fileprivate static let observations: [QueryParameter] = [
        QueryParameter(
            name: "metric", shape: .text(maxBytes: Limits().metricNameBytes), summary: "Only this metric"),
        QueryParameter(name: "from", shape: CommonShapes.time, summary: "From this moment"),
        QueryParameter(name: "to", shape: CommonShapes.time, summary: "Before this moment"),
        QueryParameter(
            name: "resolution", shape: .choice(ObservationResolution.allCases.map(\.rawValue) + ["auto"]),
            summary:
                "`point` (kept for some weeks), `day` (for some years), `month` (always), or, where absent, `auto`: "
                + "points of short spans, months where days are no longer kept, days otherwise"),
    ]
}

extension QueryValues {
    /// Nil for `auto`. Throws `validationFailed` where it is no resolution.
    fileprivate func resolution() throws(StemmaError) -> ObservationResolution? {
        guard let text = self["resolution"], text != "auto" else { return nil }
        guard let resolution = ObservationResolution(rawValue: text) else {
            throw StemmaError.validation([
                ShapeFault(pointer: "?resolution", detail: "must be point, day, month or auto")
            ])
        }
        return resolution
    }
}

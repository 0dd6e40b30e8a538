internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let calculateSampleSize = Endpoint(
        "CalculateSampleSize", .get, "/v1/sample-size", "How many observations an A/B experiment needs",
        access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "kind", shape: .choice(SampleSizeCalculator.kinds), summary: "Needed: what the metric is"),
            numeric("baseline", "Needed for a proportion: the rate that is expected of the baseline"),
            numeric("effect", "Needed: the difference that is to be found, in the metric's unit"),
            numeric("deviation", "Needed for a mean: the standard deviation of the values"),
            numeric("significance_level", "0.05 where absent; the test is two-sided"),
            numeric("power", "0.8 where absent"),
            numeric("ratio", "Observations of the treatment for each one of the baseline, 1 where absent"),
        ], answers: [AnswerDescription(200, "Observations of each arm", .json(SampleSizeCalculator.document))]
    ) { call in
        let request = SampleSizeCalculator.Request(
            kind: call.query["kind"], baseline: try call.query.number("baseline"),
            effect: try call.query.number("effect"), deviation: try call.query.number("deviation"),
            significance: try call.query.number("significance_level"), power: try call.query.number("power"),
            ratio: try call.query.number("ratio"))
        return Answering.plain(
            try call.services.experiments.calculateSampleSize(request, try call.principal))
    }

    private static func numeric(_ name: String, _ summary: String) -> QueryParameter {
        QueryParameter(name: name, shape: .number(minimum: nil), summary: summary)
    }
}

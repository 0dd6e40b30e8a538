package import StemmaJSON

/// What monitoring sends and what is answered about it.
package enum ObservationShapes {
    private static let limits = Limits()

    private static let metric: Shape = .text(
        maxBytes: limits.metricNameBytes, minBytes: 1, check: CommonShapes.oneLine)

    private static let item: Shape = .named(
        "Observation",
        .object([
            Shape.Field("metric", metric, required: true, "E.g. `daily_requests`"),
            Shape.Field("value", .number(minimum: nil), required: true),
            Shape.Field("at", .nullable(CommonShapes.time), "When it was measured; now where absent"),
            // A number of seconds or a text, which is checked with the item's other values.
            Shape.Field("window", .any, "The span that the value sums up: seconds, or such a text as `1h` or `1d`"),
        ]))

    /// The items of a request, which may also be the whole body.
    static let items: Shape = .array(of: item, count: 1...limits.observationsPerRequest)

    /// The body of a request.
    package static let request: Shape = .named(
        "Observations",
        .object([
            Shape.Field(
                "observations", items, required: true, "The array itself may be sent as the whole body instead")
        ]))

    /// What was taken.
    package static let receipt: Shape = .named(
        "ObservationReceipt",
        .object([
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("accepted", .count, required: true, "Items taken"),
            Shape.Field(
                "replaced", .count, required: true,
                "Values at a moment for which there was one already, in the registry or earlier in the request"),
            Shape.Field(
                "metrics",
                .array(of: .text(maxBytes: limits.metricNameBytes), count: 1...limits.observationsPerRequest),
                required: true),
            Shape.Field("from", CommonShapes.time, required: true, "The first moment"),
            Shape.Field("to", CommonShapes.time, required: true, "The last moment"),
        ]))

    /// A point, or what the values of a day or month come to.
    package static let observed: Shape = .named(
        "ObservedValues",
        .object([
            Shape.Field("metric", .text(maxBytes: limits.metricNameBytes), required: true),
            Shape.Field("at", CommonShapes.time, required: true, "The moment, or the start of the day or month"),
            Shape.Field(
                "resolution", .choice(ObservationResolution.allCases.map(\.rawValue)), required: true),
            Shape.Field("count", .count, required: true),
            Shape.Field("mean", .number(minimum: nil), required: true),
            Shape.Field("minimum", .number(minimum: nil), required: true),
            Shape.Field("maximum", .number(minimum: nil), required: true),
            Shape.Field("last", .number(minimum: nil), required: true, "The latest value"),
            Shape.Field("last_at", CommonShapes.time, required: true, "When it was measured"),
            Shape.Field(
                "window_seconds", .nullable(.count), required: true, "The span that a point sums up, where it was told"),
        ]))

    /// What is known of all metrics of a version.
    package static let summary: Shape = .named(
        "ObservationSummary",
        .object([
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("as_of", CommonShapes.time, required: true),
            Shape.Field(
                "metrics", .array(of: metricSummary, count: 0...limits.observedMetricsPerVersion), required: true),
        ]))

    private static let metricSummary: Shape = .object([
        Shape.Field("metric", .text(maxBytes: limits.metricNameBytes), required: true),
        Shape.Field(
            "first_at", CommonShapes.time, required: true,
            "The first value, or the start of its day or month where single values are no longer kept"),
        Shape.Field("last_at", CommonShapes.time, required: true),
        Shape.Field("count", .count, required: true),
        Shape.Field("mean_7d", .nullable(.number(minimum: nil)), required: true, "Null where nothing was measured"),
        Shape.Field("mean_30d", .nullable(.number(minimum: nil)), required: true),
        Shape.Field("last", .number(minimum: nil), required: true),
    ])
}

/// How fine a list of observations is.
package enum ObservationResolution: String, Sendable, CaseIterable {
    case point
    case day
    case month
}

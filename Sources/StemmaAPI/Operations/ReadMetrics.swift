internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static func readMetrics(_ context: OperationsContext) -> Endpoint {
        Endpoint(
            "ReadMetrics", .get, "/metrics", "Prometheus text format",
            access: context.metricsNeedToken ? .permission(.operate) : .open,
            answers: [AnswerDescription(200, "All samples", .other(["text/plain"]))]
        ) { _ in
            let text: String = PrometheusText.render(await context.serverMetrics(), gauges: await context.gauges())
            return HTTPResponse(
                status: 200,
                headers: HTTPFields([
                    ("content-type", "text/plain; version=0.0.4; charset=utf-8"), ("cache-control", "no-store"),
                ]), body: .bytes(Array(text.utf8)))
        }
    }
}

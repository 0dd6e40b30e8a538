internal import StemmaHTTP

/// The Prometheus text exposition format, version 0.0.4.
enum PrometheusText {
    static func render(_ snapshot: ServerMetrics.Snapshot, gauges: [OperationsContext.Gauge]) -> String {
        var text: String = ""
        header("stemma_http_requests_total", "counter", "Answered requests by route pattern.", to: &text)
        for series in snapshot.series { text += "stemma_http_requests_total{\(labels(series))} \(series.requests)\n" }
        header("stemma_http_request_duration_seconds", "histogram", "Time from head to last byte.", to: &text)
        for series in snapshot.series { histogram(series, to: &text) }
        header("stemma_http_request_bytes_total", "counter", "Bytes received.", to: &text)
        for series in snapshot.series {
            text += "stemma_http_request_bytes_total{\(labels(series))} \(series.bytesIn)\n"
        }
        header("stemma_http_response_bytes_total", "counter", "Bytes sent.", to: &text)
        for series in snapshot.series {
            text += "stemma_http_response_bytes_total{\(labels(series))} \(series.bytesOut)\n"
        }
        sample("stemma_http_open_connections", "gauge", "Open connections.", "\(snapshot.openConnections)", to: &text)
        sample(
            "stemma_http_in_flight_requests", "gauge", "Requests being answered.", "\(snapshot.inFlightRequests)",
            to: &text)
        sample(
            "stemma_http_connections_accepted_total", "counter", "Connections accepted.",
            "\(snapshot.acceptedConnections)", to: &text)
        sample(
            "stemma_http_connections_refused_total", "counter", "Connections over a cap.",
            "\(snapshot.refusedConnections)", to: &text)
        for gauge in gauges { sample(gauge.name, "gauge", gauge.help, "\(gauge.value)", to: &text) }
        return text
    }

    private static func histogram(_ series: ServerMetrics.Series, to text: inout String) {
        let name: String = "stemma_http_request_duration_seconds"
        let labels: String = labels(series)
        var total: UInt64 = 0
        for (bound, count) in zip(ServerMetrics.bucketBoundsMicroseconds, series.buckets) {
            total += count
            text += "\(name)_bucket{\(labels),le=\"\(seconds(bound))\"} \(total)\n"
        }
        text += "\(name)_bucket{\(labels),le=\"+Inf\"} \(series.requests)\n"
        text += "\(name)_sum{\(labels)} \(seconds(series.totalMicroseconds))\n"
        text += "\(name)_count{\(labels)} \(series.requests)\n"
    }

    private static func seconds(_ microseconds: UInt64) -> String { "\(Double(microseconds) / 1_000_000)" }

    private static func labels(_ series: ServerMetrics.Series) -> String {
        "route=\"\(escaped(series.routePattern))\",method=\"\(escaped(series.method))\",status=\"\(series.status)\""
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    private static func header(_ name: String, _ type: String, _ help: String, to text: inout String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func sample(_ name: String, _ type: String, _ help: String, _ value: String, to text: inout String) {
        header(name, type, help, to: &text)
        text += "\(name) \(value)\n"
    }
}

internal import Logging
internal import StemmaHTTP

/// The server's records as log lines.
enum ServerLogging {
    static func make(_ logger: Logger, access: Bool) -> ServerLog {
        var log = ServerLog.silent
        log.failure = { text in logger.warning("\(text)") }
        guard access else { return log }
        log.accessLog = { record in
            var metadata: Logger.Metadata = [
                "request_id": "\(record.requestID)", "client": "\(record.remoteAddress)", "method": "\(record.method)",
                "target": "\(record.target)", "route": "\(record.routePattern)", "status": "\(record.status)",
                "bytes_in": "\(record.bytesIn)", "bytes_out": "\(record.bytesOut)",
                "duration_us": "\(record.durationMicroseconds)",
            ]
            if let trace = record.traceparent { metadata["traceparent"] = "\(trace)" }
            logger.info("request", metadata: metadata)
        }
        return log
    }
}

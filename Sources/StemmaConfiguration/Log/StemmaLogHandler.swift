package import Logging
internal import StemmaRegistry

/// Writes events as lines of one format to a sink, with tokens taken out and everything escaped that could forge a line.
package struct StemmaLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let sink: LogSink
    private let now: @Sendable () -> Timestamp

    init(sink: LogSink, level: Logger.Level, now: @escaping @Sendable () -> Timestamp) {
        self.sink = sink
        self.now = now
        logLevel = level
    }

    /// A logger on `sink` with the system's clock.
    package static func logger(_ label: String, sink: LogSink, level: Logger.Level) -> Logger {
        let now: @Sendable () -> Timestamp = Environment.system.now
        return Logger(label: label) { _ in StemmaLogHandler(sink: sink, level: level, now: now) }
    }

    /// One entry of `metadata`.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Merges the metadata (the event's own wins over the provider's, that over the logger's) and writes one line.
    package func log(event: LogEvent) {
        var merged: Logger.Metadata = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        sink.write(
            sink.format.line(
                time: now(), level: event.level, message: event.message.description, metadata: merged,
                error: event.error.map { "\($0)" }))
    }
}

internal import StemmaJSON

extension Report {
    /// For programs: one object on one line. Ratios are of medians; samples are in the order in which they were taken.
    func json() -> String {
        var writer = JSONWriter(capacity: 8_192)
        writer.object { writer in
            writer.field("quick", isQuick)
            if let machine { writer.field("machine", machine.json) }
            writer.key("findings")
            writer.array { writer in
                for finding in findings { Report.write(finding, to: &writer) }
            }
            Report.write("skipped", skipped, to: &writer)
            Report.write("failed", failed, to: &writer)
            writer.field("warnings", warnings)
        }
        return writer.finishedText()
    }

    private static func write(_ finding: Finding, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("measure", finding.measure)
            writer.field("title", finding.title)
            writer.field("unit", finding.unit.rawValue)
            writer.field("stemma", finding.median)
            writer.field("stemma_samples", .array(finding.stemma.map { .double($0) }))
            writer.field("yardstick_name", finding.yardstick?.name)
            writer.field("yardstick", finding.yardstick?.median)
            writer.field("yardstick_samples", finding.yardstick.map { .array($0.samples.map { .double($0) }) } ?? .null)
            writer.field("ratio", finding.ratio)
            writer.field("bar", finding.bar.map { "\($0.sign) \(Text.shortest($0.limit))" })
            writer.field("met", finding.isMet)
            writer.field("note", finding.note)
        }
    }

    private static func write(
        _ name: String, _ entries: [(measure: String, reason: String)], to writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.array { writer in
            for entry in entries {
                writer.object { writer in
                    writer.field("measure", entry.measure)
                    writer.field("reason", entry.reason)
                }
            }
        }
    }
}

internal import StemmaJSON

/// Facts about who uses a version.
enum VersionServiceFacts {
    private static let days: Int64 = 7

    static func gather(
        _ needs: ComplianceNeeds, _ version: VersionSubject, into sheet: inout ComplianceSheet
    ) throws {
        let (record, reader, now) = (version.record, version.reader, version.context.now)
        if needs.wants("version.aliases") { sheet.set("version.aliases", texts: record.aliases) }
        if needs.wants("version.consumers") {
            sheet.set(
                "version.consumers", texts: try reader.liveConsumers(version: record.id, at: now).map(\.name))
        }
        guard needs.wants("version.traffic") else { return }
        let observed: ObservationStatistics? = try reader.statistics(
            version: record.id, metric: "daily_requests",
            from: now.adding(milliseconds: -days * Timestamp.dayMilliseconds), to: now.adding(milliseconds: 1))
        if let observed { sheet.set("version.traffic.daily_requests", .double(observed.mean)) }
        let traffic: TrafficRecord = try reader.traffic(model: record.modelID)
        let candidate: Int = traffic.candidate?.percent ?? 0
        var percent: Int = 0
        if traffic.production?.version == record.version { percent += 100 - candidate }
        if traffic.candidate?.target.version == record.version { percent += candidate }
        sheet.set("version.traffic.percent", Int64(percent))
    }
}

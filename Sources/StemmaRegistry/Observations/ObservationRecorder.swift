internal import StemmaJSON

/// Puts measured values where values of their age are kept.
///
/// A value of the last weeks becomes a point and is counted in its day. An older one goes straight into the row of its day,
/// and one that is older still into that of its month: into whatever maintenance would have left of it. So a year of daily
/// values that comes in one batch takes the room of a year of daily values that came day by day.
package enum ObservationRecorder {
    /// Answers how many stored values were replaced. Throws `validationFailed` where the version would get more metrics
    /// than `limits` allow, `versionNotFound` where there is no such published version.
    package static func record(
        _ batch: ObservationBatch, version id: Int64, at now: Timestamp, _ limits: Limits,
        _ transaction: any MetadataTransaction
    ) throws -> Int {
        var known: [ExactName: Int64] = [:]
        for series in try transaction.observationSeries(version: id) { known[ExactName(series.metric)] = series.id }
        let retention = ObservationRetention(at: now, limits)
        var replaced: Int = 0
        for series in batch.series {
            let name = ExactName(series.metric)
            if known[name] == nil {
                guard known.count < limits.observedMetricsPerVersion else {
                    throw StemmaError.validation([
                        ShapeFault(
                            pointer: series.pointer,
                            detail:
                                "is new, but the version has \(known.count) observed metrics, and more are not taken")
                    ])
                }
                known[name] = try transaction.ensureObservationSeries(version: id, metric: series.metric)
            }
            guard let row = known[name] else { continue }
            replaced += try record(series.points, series: row, retention, transaction)
        }
        return replaced
    }

    /// Points of one series by time, one for each moment. Answers how many stored values they replaced.
    private static func record(
        _ points: [ObservationPoint], series id: Int64, _ retention: ObservationRetention,
        _ transaction: any MetadataTransaction
    ) throws -> Int {
        var replaced: Int = 0
        var rest: ArraySlice<ObservationPoint> = points[...]
        while let first = rest.first {
            let day: Int64 = first.at.dayNumber
            let isMonth: Bool = day < retention.firstDay
            let month: Int64 = Timestamp.monthNumber(ofDay: day)
            let end: Timestamp = isMonth ? .start(ofMonth: month + 1) : .start(ofDay: day + 1)
            let group: ArraySlice<ObservationPoint> = rest.prefix { $0.at < end }
            rest = rest.dropFirst(group.count)
            if day >= retention.firstPointDay {
                replaced += try keep(Array(group), series: id, day: day, transaction)
            } else if isMonth {
                replaced += try add(group, series: id, .month, period: month, transaction)
            } else {
                replaced += try add(group, series: id, .day, period: day, transaction)
            }
        }
        return replaced
    }

    /// Stores points of one day and counts them in its roll-up.
    private static func keep(
        _ points: [ObservationPoint], series id: Int64, day: Int64, _ transaction: any MetadataTransaction
    ) throws -> Int {
        var rollup: ObservationRollup? = try transaction.observationRollups(
            series: id, .day, in: day...day, limit: 1
        ).first?.rollup
        let old: [ObservationPoint] = try transaction.putObservationPoints(points, series: id)
        let wanted: Int64 = (rollup?.count ?? 0) + Int64(points.count - old.count)
        if !old.isEmpty,
            let whole = try transaction.rollUpPoints(
                series: id, from: .start(ofDay: day), to: .start(ofDay: day + 1)), whole.count == wanted
        {
            // All values of the day are there, so that what was replaced leaves no trace in the extremes.
            rollup = whole
        } else {
            // New points only need to be added: reading the day again for each would cost ever more as it fills. Or some
            // of its points are gone (a clock that was set back, a changed limit), and what they were is only in the row.
            let former: [Timestamp: Double] = Dictionary(old.map { ($0.at, $0.value) }) { one, _ in one }
            for point in points { ObservationRecorder.add(point, insteadOf: former[point.at], to: &rollup) }
        }
        if let rollup { try transaction.putObservationRollup(rollup, series: id, .day, period: day) }
        return old.count
    }

    /// Counts values of one day or month whose points are not kept. Only the last value is known there, so that only it can
    /// be replaced: a series with one value a day can be sent again and stays as it was, of others a repeated value counts
    /// twice.
    private static func add(
        _ points: ArraySlice<ObservationPoint>, series id: Int64, _ level: ObservationLevel, period: Int64,
        _ transaction: any MetadataTransaction
    ) throws -> Int {
        var replaced: Int = 0
        var rollup: ObservationRollup? = try transaction.observationRollups(
            series: id, level, in: period...period, limit: 1
        ).first?.rollup
        for point in points {
            let former: Double? = rollup.flatMap { $0.lastAt == point.at ? $0.last : nil }
            if former != nil { replaced += 1 }
            add(point, insteadOf: former, to: &rollup)
        }
        if let rollup { try transaction.putObservationRollup(rollup, series: id, level, period: period) }
        return replaced
    }

    private static func add(_ point: ObservationPoint, insteadOf former: Double?, to rollup: inout ObservationRollup?) {
        guard var whole = rollup else {
            rollup = ObservationRollup(point)
            return
        }
        if let former {
            whole.replace(former, with: point)
        } else {
            whole.merge(ObservationRollup(point))
        }
        rollup = whole
    }
}

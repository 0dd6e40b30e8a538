internal import StemmaJSON

/// What a client asks of a version's observations.
package struct ObservationQuery: Sendable {
    /// Nil for all metrics.
    package let metric: String?
    package let from: Timestamp?
    /// Exclusive.
    package let to: Timestamp?
    /// Nil: whatever suits the span.
    package let resolution: ObservationResolution?

    package init(
        metric: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil, resolution: ObservationResolution? = nil
    ) {
        self.metric = metric
        self.from = from
        self.to = to
        self.resolution = resolution
    }
}

/// One page of observations: metric by metric, each in order of time.
struct ObservationList {
    /// Where a page ended: the series, the moment, day or month in it, and the resolution, which must not change from page
    /// to page.
    struct Position: Sendable {
        let series: Int64
        let period: Int64
        let resolution: ObservationResolution
    }

    /// Nobody can tell a value before or after these.
    private static let earliest: Timestamp = .start(ofDay: 0)
    private static let latest: Timestamp = .start(ofDay: 3_000_000)

    let query: ObservationQuery
    let now: Timestamp
    let limits: Limits
    let reader: any MetadataReader

    private var from: Timestamp { max(query.from ?? ObservationList.earliest, ObservationList.earliest) }
    private var to: Timestamp { min(query.to ?? ObservationList.latest, ObservationList.latest) }

    /// At most `limit` items after a position, and the position of the last one where there are more.
    func page(version id: Int64, after position: Position?, limit: Int) throws -> (items: [[UInt8]], next: Position?) {
        let series: [ObservationSeries] = try reader.observationSeries(version: id).filter { series in
            query.metric.map { ExactText.areSame($0, series.metric) } ?? true
        }
        guard from < to else { return ([], nil) }
        let resolution: ObservationResolution =
            try position?.resolution ?? query.resolution ?? suitableResolution(series)
        var items: [[UInt8]] = []
        var last: Position?
        let start: Int = series.firstIndex { $0.id == position?.series } ?? 0
        for one in series[start...] {
            let after: Int64? = position.flatMap { $0.series == one.id ? $0.period : nil }
            let rows: [ObservationPeriod] = try rows(of: one, resolution, after: after, limit: limit + 1 - items.count)
            let windows: [Int64: Int64] = try windows(of: one, rows, resolution)
            for row in rows {
                guard items.count < limit else { return (items, last) }
                items.append(represent(row, of: one, resolution, window: windows[row.period]))
                last = Position(series: one.id, period: row.period, resolution: resolution)
            }
        }
        return (items, nil)
    }

    /// Points for short spans of which they are kept, months where days are not kept for all of it, days otherwise.
    private func suitableResolution(_ series: [ObservationSeries]) throws -> ObservationResolution {
        let retention = ObservationRetention(at: now, limits)
        guard let first = try series.compactMap({ try ObservationList.first(of: $0, reader) }).min() else {
            return .day
        }
        let start: Timestamp = max(from, first)
        let end: Timestamp = min(to, now)
        if start.dayNumber >= retention.firstPointDay,
            start.adding(milliseconds: limits.observationAutoPointDays * Timestamp.dayMilliseconds) >= end
        {
            return .point
        }
        return start.dayNumber >= retention.firstDay ? .day : .month
    }

    /// The first value's moment, or the start of its day or month where that is all that is known.
    static func first(of series: ObservationSeries, _ reader: any MetadataReader) throws -> Timestamp? {
        let all: ClosedRange<Int64> = Int64.min...Int64.max
        if let month = try reader.observationRollups(series: series.id, .month, in: all, limit: 1).first {
            return month.rollup.count == 1 ? month.rollup.lastAt : .start(ofMonth: month.period)
        }
        guard let day = try reader.observationRollups(series: series.id, .day, in: all, limit: 1).first else {
            return nil
        }
        if day.rollup.count == 1 { return day.rollup.lastAt }
        let start: Timestamp = .start(ofDay: day.period)
        let end: Timestamp = .start(ofDay: day.period + 1)
        let points: ObservationRollup? = try reader.rollUpPoints(series: series.id, from: start, to: end)
        guard points?.count == day.rollup.count else { return start }
        return try reader.observationPoints(series: series.id, from: start, to: end, limit: 1).first?.at ?? start
    }

    /// Rows of a series in the span and after `period`; a point's period is its moment in milliseconds.
    private func rows(
        of series: ObservationSeries, _ resolution: ObservationResolution, after period: Int64?, limit: Int
    ) throws -> [ObservationPeriod] {
        let lastMoment: Timestamp = to.adding(milliseconds: -1)
        switch resolution {
        case .point:
            let start: Timestamp = period.map { Timestamp(milliseconds: $0 + 1) } ?? from
            return try reader.observationPoints(series: series.id, from: start, to: to, limit: limit).map { point in
                ObservationPeriod(period: point.at.milliseconds, rollup: ObservationRollup(point))
            }
        case .day:
            let start: Int64 = period.map { $0 + 1 } ?? from.dayNumber
            guard start <= lastMoment.dayNumber else { return [] }
            return try reader.observationRollups(
                series: series.id, .day, in: start...lastMoment.dayNumber, limit: limit)
        case .month:
            let start: Int64 = period.map { $0 + 1 } ?? from.monthNumber
            guard start <= lastMoment.monthNumber else { return [] }
            return try months(of: series, start...lastMoment.monthNumber, limit: limit)
        }
    }

    /// Months that are rows, and those that are still days.
    private func months(
        of series: ObservationSeries, _ months: ClosedRange<Int64>, limit: Int
    ) throws -> [ObservationPeriod] {
        var found: [Int64: ObservationRollup] = [:]
        for month in try reader.observationRollups(series: series.id, .month, in: months, limit: limit) {
            found[month.period] = month.rollup
        }
        let days: ClosedRange<Int64> =
            Timestamp.firstDay(ofMonth: months.lowerBound)...(Timestamp.firstDay(ofMonth: months.upperBound + 1) - 1)
        // No month has more days than 31, so that those of `limit` months are whole.
        for day in try reader.observationRollups(series: series.id, .day, in: days, limit: limit * 31) {
            let month: Int64 = Timestamp.monthNumber(ofDay: day.period)
            var rollup: ObservationRollup = day.rollup
            if let present = found[month] { rollup.merge(present) }
            found[month] = rollup
        }
        return found.sorted { $0.key < $1.key }.prefix(limit).map {
            ObservationPeriod(period: $0.key, rollup: $0.value)
        }
    }

    /// The spans that points sum up, by their moment.
    private func windows(
        of series: ObservationSeries, _ rows: [ObservationPeriod], _ resolution: ObservationResolution
    ) throws -> [Int64: Int64] {
        guard resolution == .point, let first = rows.first, let last = rows.last else { return [:] }
        var windows: [Int64: Int64] = [:]
        let points: [ObservationPoint] = try reader.observationPoints(
            series: series.id, from: first.rollup.lastAt, to: last.rollup.lastAt.adding(milliseconds: 1),
            limit: rows.count)
        for point in points { windows[point.at.milliseconds] = point.windowSeconds }
        return windows
    }

    private func represent(
        _ row: ObservationPeriod, of series: ObservationSeries, _ resolution: ObservationResolution, window: Int64?
    ) -> [UInt8] {
        let start: Timestamp =
            switch resolution {
            case .point: Timestamp(milliseconds: row.period)
            case .day: .start(ofDay: row.period)
            case .month: .start(ofMonth: row.period)
            }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("metric", series.metric)
        writer.field("at", start.description)
        writer.field("resolution", resolution.rawValue)
        writer.field("count", row.rollup.count)
        writer.field("mean", row.rollup.mean)
        writer.field("minimum", row.rollup.minimum)
        writer.field("maximum", row.rollup.maximum)
        writer.field("last", row.rollup.last)
        writer.field("last_at", row.rollup.lastAt.description)
        writer.field("window_seconds", window)
        writer.endObject()
        return writer.finish()
    }
}

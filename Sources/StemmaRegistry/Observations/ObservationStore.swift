/// Reading what monitoring measured of versions.
///
/// Where values are: single points of the last weeks, one roll-up a day for some years, one a month before that. Each value
/// is in exactly one day's or one month's roll-up, and, while points are kept, also a point of its own.
package protocol ObservationReader {
    /// A metric of one version over `[from, to)`; nil where nothing was measured, which means unknown, never zero.
    ///
    /// Exact for spans of whole UTC days among those kept as days. A day that the span cuts is read from its points while
    /// all of them are kept. Otherwise a day, and like it a month that the span cuts, counts as a whole where its last
    /// value lies in the span: exact for series with one value a day.
    func statistics(version id: Int64, metric: String, from: Timestamp, to: Timestamp) throws -> ObservationStatistics?

    /// The same for every version whose row key is in `versions` (nil: all), by row key. Versions of which nothing was
    /// measured are absent. Deleted versions are not left out.
    func statistics(
        metric: String, from: Timestamp, to: Timestamp, versions: ClosedRange<Int64>?
    ) throws -> [Int64: ObservationStatistics]

    /// What is measured of a version, by metric name.
    func observationSeries(version id: Int64) throws -> [ObservationSeries]

    /// Kept points in `[from, to)`, oldest first.
    func observationPoints(series id: Int64, from: Timestamp, to: Timestamp, limit: Int) throws -> [ObservationPoint]

    /// The points in `[from, to)` rolled up; nil where there are none.
    func rollUpPoints(series id: Int64, from: Timestamp, to: Timestamp) throws -> ObservationRollup?

    /// Roll-ups of one level in these days or months, oldest first.
    func observationRollups(
        series id: Int64, _ level: ObservationLevel, in periods: ClosedRange<Int64>, limit: Int
    ) throws -> [ObservationPeriod]

    /// Series, in order of row key, that have a roll-up of a day before `day`.
    func observationSeries(withDaysBefore day: Int64, limit: Int) throws -> [Int64]
}

package protocol ObservationWriter {
    /// The row key of a version's metric, made where it is new.
    func ensureObservationSeries(version id: Int64, metric: String) throws -> Int64

    /// Stores points; one at the same moment of the series is replaced. Answers what the replaced ones were.
    func putObservationPoints(_ points: [ObservationPoint], series id: Int64) throws -> [ObservationPoint]

    /// Sets or replaces the roll-up of a day or month.
    func putObservationRollup(
        _ rollup: ObservationRollup, series id: Int64, _ level: ObservationLevel, period: Int64
    ) throws

    /// Removes the roll-ups of days up to and with `day`.
    func removeObservationDays(series id: Int64, through day: Int64) throws

    /// Drops points before that moment, at most `limit`; answers how many. Roll-ups stay.
    func removeObservationPoints(before moment: Timestamp, limit: Int) throws -> Int
}

/// How fine a roll-up is.
package enum ObservationLevel: String, Sendable {
    /// Days (UTC) since 1970-01-01.
    case day
    /// Months since 1970-01.
    case month
}

/// One metric of one version.
package struct ObservationSeries: Sendable, Equatable {
    /// The row key.
    package let id: Int64
    package let metric: String

    package init(id: Int64, metric: String) {
        self.id = id
        self.metric = metric
    }
}

/// One measured value.
package struct ObservationPoint: Sendable, Equatable {
    package let at: Timestamp
    /// Finite.
    package let value: Double
    /// The span that the value sums up, where it is more than a moment.
    package let windowSeconds: Int64?

    package init(at: Timestamp, value: Double, windowSeconds: Int64? = nil) {
        self.at = at
        self.value = value
        self.windowSeconds = windowSeconds
    }
}

/// What values of some span come to: at least one.
package struct ObservationRollup: Sendable, Equatable {
    package private(set) var count: Int64
    package private(set) var sum: Double
    package private(set) var minimum: Double
    package private(set) var maximum: Double
    /// When the latest value was measured.
    package private(set) var lastAt: Timestamp
    package private(set) var last: Double

    package init(count: Int64, sum: Double, minimum: Double, maximum: Double, lastAt: Timestamp, last: Double) {
        self.count = count
        self.sum = sum
        self.minimum = minimum
        self.maximum = maximum
        self.lastAt = lastAt
        self.last = last
    }

    package init(_ point: ObservationPoint) {
        self.init(
            count: 1, sum: point.value, minimum: point.value, maximum: point.value, lastAt: point.at, last: point.value)
    }

    package var mean: Double { sum / Double(count) }

    /// Both together.
    package mutating func merge(_ other: ObservationRollup) {
        count += other.count
        sum += other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        if other.lastAt >= lastAt {
            lastAt = other.lastAt
            last = other.last
        }
    }

    /// Puts `new` in the place of a value at the same moment that the roll-up counts already. The extremes can only widen,
    /// since what they were without the old value is not known, unless the old value was the only one.
    package mutating func replace(_ old: Double, with new: ObservationPoint) {
        guard count > 1 else {
            self = ObservationRollup(new)
            return
        }
        sum += new.value - old
        minimum = min(minimum, new.value)
        maximum = max(maximum, new.value)
        if new.at == lastAt { last = new.value }
    }
}

/// The roll-up of one day or month.
package struct ObservationPeriod: Sendable, Equatable {
    /// The number of the day or month.
    package let period: Int64
    package let rollup: ObservationRollup

    package init(period: Int64, rollup: ObservationRollup) {
        self.period = period
        self.rollup = rollup
    }
}

/// What was measured of a metric in some span: count, mean, minimum, maximum, last value and when.
package typealias ObservationStatistics = ObservationRollup

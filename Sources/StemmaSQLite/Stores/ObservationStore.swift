internal import StemmaRegistry

/// What monitoring measured: points, and the roll-ups of days and months.
extension SQLiteSession {
    func statistics(version id: Int64, metric: String, from: Timestamp, to: Timestamp) throws -> ObservationStatistics?
    {
        try statistics(metric: metric, from: from, to: to, versions: id...id)[id]
    }

    func statistics(
        metric: String, from: Timestamp, to: Timestamp, versions: ClosedRange<Int64>?
    ) throws -> [Int64: ObservationStatistics] {
        let span = ObservationSpan(
            metric: metric, from: max(from, ObservationSpan.earliest), to: min(to, ObservationSpan.latest),
            versions: versions ?? Int64.min...Int64.max)
        guard span.from < span.to else { return [:] }
        var found: [Int64: ObservationStatistics] = [:]
        try addMonths(of: span, to: &found)
        if let days = span.wholeDays { try addDays(days, of: span, to: &found) }
        for day in span.cutDays { try addCutDay(day, of: span, to: &found) }
        return found
    }

    /// A month that was folded counts where its last value lies in the span, which is always so inside of it.
    private func addMonths(of span: ObservationSpan, to found: inout [Int64: ObservationStatistics]) throws {
        let sql: String = """
            SELECT s.version_id, m.count, m.sum, m.minimum, m.maximum, m.last_ms, m.last_value
            FROM observation_series s CROSS JOIN observation_month m
            WHERE s.metric = ? AND s.version_id BETWEEN ? AND ? AND m.series_id = s.id AND m.month BETWEEN ? AND ?
                AND m.last_ms >= ? AND m.last_ms < ?
            """
        let months: [SQLiteValue] = [.integer(span.from.monthNumber), .integer(span.lastMoment.monthNumber)]
        try add(sql, span.series + months + span.moments, to: &found)
    }

    private func addDays(
        _ days: ClosedRange<Int64>, of span: ObservationSpan, to found: inout [Int64: ObservationStatistics]
    ) throws {
        // The last value is that of the last day with values: one more descent, where comparing all would be a sort.
        let sql: String = """
            SELECT s.version_id, sum(d.count), sum(d.sum), min(d.minimum), max(d.maximum), max(d.last_ms),
                (SELECT l.last_value FROM observation_day l WHERE l.series_id = s.id AND l.day BETWEEN ? AND ?
                    ORDER BY l.day DESC LIMIT 1)
            FROM observation_series s CROSS JOIN observation_day d
            WHERE s.metric = ? AND s.version_id BETWEEN ? AND ? AND d.series_id = s.id AND d.day BETWEEN ? AND ?
            GROUP BY s.version_id, s.id
            """
        let bounds: [SQLiteValue] = [.integer(days.lowerBound), .integer(days.upperBound)]
        try add(sql, bounds + span.series + bounds, to: &found)
    }

    /// A day that the span cuts: from its points where all of them are there, otherwise by its last value.
    private func addCutDay(
        _ day: Int64, of span: ObservationSpan, to found: inout [Int64: ObservationStatistics]
    ) throws {
        let start: Timestamp = .start(ofDay: day)
        let end: Timestamp = .start(ofDay: day + 1)
        let kept: String = """
            SELECT s.version_id, count(*)
            FROM observation_series s CROSS JOIN observation_point p
            WHERE s.metric = ? AND s.version_id BETWEEN ? AND ? AND p.series_id = s.id AND p.at_ms >= ? AND p.at_ms < ?
            GROUP BY s.version_id, s.id
            """
        var points: [Int64: Int64] = [:]
        try connection.query(kept, span.series + [SQLiteValue(start), SQLiteValue(end)]) { row in
            points[row.int(0)] = row.int(1)
        }
        let rollups: String = """
            SELECT s.version_id, d.count, d.sum, d.minimum, d.maximum, d.last_ms, d.last_value
            FROM observation_series s CROSS JOIN observation_day d
            WHERE s.metric = ? AND s.version_id BETWEEN ? AND ? AND d.series_id = s.id AND d.day = ?
            """
        var exact: Set<Int64> = []
        try connection.query(rollups, span.series + [.integer(day)]) { row in
            let version: Int64 = row.int(0)
            let rollup: ObservationRollup = row.rollup(from: 1)
            if points[version] == rollup.count {
                exact.insert(version)
            } else if rollup.lastAt >= span.from, rollup.lastAt < span.to {
                found.merge(rollup, of: version)
            }
        }
        guard !exact.isEmpty else { return }
        let inside: [SQLiteValue] = [SQLiteValue(max(start, span.from)), SQLiteValue(min(end, span.to))]
        let sql: String = """
            SELECT s.version_id, count(*), sum(p.value), min(p.value), max(p.value), max(p.at_ms),
                (SELECT l.value FROM observation_point l WHERE l.series_id = s.id AND l.at_ms >= ? AND l.at_ms < ?
                    ORDER BY l.at_ms DESC LIMIT 1)
            FROM observation_series s CROSS JOIN observation_point p
            WHERE s.metric = ? AND s.version_id BETWEEN ? AND ? AND p.series_id = s.id AND p.at_ms >= ? AND p.at_ms < ?
            GROUP BY s.version_id, s.id
            """
        try connection.query(sql, inside + span.series + inside) { row in
            if exact.contains(row.int(0)) { found.merge(row.rollup(from: 1), of: row.int(0)) }
        }
    }

    /// Adds rows of a version's key and a roll-up.
    private func add(
        _ sql: String, _ arguments: [SQLiteValue], to found: inout [Int64: ObservationStatistics]
    ) throws {
        try connection.query(sql, arguments) { row in found.merge(row.rollup(from: 1), of: row.int(0)) }
    }

    func observationSeries(version id: Int64) throws -> [ObservationSeries] {
        let sql: String = "SELECT id, metric FROM observation_series WHERE version_id = ? ORDER BY metric"
        return try connection.all(sql, [.integer(id)]) { row in ObservationSeries(id: row.int(0), metric: row.text(1)) }
    }

    func observationPoints(series id: Int64, from: Timestamp, to: Timestamp, limit: Int) throws -> [ObservationPoint] {
        let sql: String = """
            SELECT at_ms, value, window_seconds FROM observation_point
            WHERE series_id = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms LIMIT ?
            """
        let arguments: [SQLiteValue] = [.integer(id), SQLiteValue(from), SQLiteValue(to), SQLiteValue(limit)]
        return try connection.all(sql, arguments) { row in
            ObservationPoint(at: row.timestamp(0), value: row.double(1), windowSeconds: row.optionalInt(2))
        }
    }

    func rollUpPoints(series id: Int64, from: Timestamp, to: Timestamp) throws -> ObservationRollup? {
        let sql: String = """
            SELECT count(*), sum(value), min(value), max(value), max(at_ms),
                (SELECT l.value FROM observation_point l WHERE l.series_id = ? AND l.at_ms >= ? AND l.at_ms < ?
                    ORDER BY l.at_ms DESC LIMIT 1)
            FROM observation_point WHERE series_id = ? AND at_ms >= ? AND at_ms < ?
            """
        let bounds: [SQLiteValue] = [.integer(id), SQLiteValue(from), SQLiteValue(to)]
        let found: ObservationRollup? = try connection.first(sql, bounds + bounds) { row in row.rollup(from: 0) }
        return found.flatMap { $0.count > 0 ? $0 : nil }
    }

    func observationRollups(
        series id: Int64, _ level: ObservationLevel, in periods: ClosedRange<Int64>, limit: Int
    ) throws -> [ObservationPeriod] {
        let sql: String =
            switch level {
            case .day:
                """
                SELECT day, count, sum, minimum, maximum, last_ms, last_value FROM observation_day
                WHERE series_id = ? AND day BETWEEN ? AND ? ORDER BY day LIMIT ?
                """
            case .month:
                """
                SELECT month, count, sum, minimum, maximum, last_ms, last_value FROM observation_month
                WHERE series_id = ? AND month BETWEEN ? AND ? ORDER BY month LIMIT ?
                """
            }
        let arguments: [SQLiteValue] = [
            .integer(id), .integer(periods.lowerBound), .integer(periods.upperBound), SQLiteValue(limit),
        ]
        return try connection.all(sql, arguments) { row in
            ObservationPeriod(period: row.int(0), rollup: row.rollup(from: 1))
        }
    }

    func observationSeries(withDaysBefore day: Int64, limit: Int) throws -> [Int64] {
        let sql: String = """
            SELECT s.id FROM observation_series s
            WHERE EXISTS (SELECT 1 FROM observation_day d WHERE d.series_id = s.id AND d.day < ?)
                AND s.id NOT IN (\(SQLiteSession.heldSeries))
            ORDER BY s.id LIMIT ?
            """
        return try connection.all(sql, [.integer(day), SQLiteValue(limit)]) { row in row.int(0) }
    }

    func ensureObservationSeries(version id: Int64, metric: String) throws -> Int64 {
        let present: String = "SELECT id FROM observation_series WHERE version_id = ? AND metric = ?"
        if let series = try connection.first(present, [.integer(id), .text(metric)], { row in row.int(0) }) {
            return series
        }
        // Read from the version's row, so that a draft, which may vanish, has no series.
        let sql: String = """
            INSERT INTO observation_series (version_id, metric)
            SELECT id, ? FROM version WHERE id = ? AND status = 'ready' AND deleted_ms IS NULL RETURNING id
            """
        guard let made = try connection.first(sql, [.text(metric), .integer(id)], { row in row.int(0) }) else {
            throw StemmaError(.versionNotFound, "there is no such published version")
        }
        return made
    }

    func putObservationPoints(_ points: [ObservationPoint], series id: Int64) throws -> [ObservationPoint] {
        // Nearly every point is new, and those cost one statement each.
        let insert: String = """
            INSERT INTO observation_point (series_id, at_ms, value, window_seconds) VALUES (?, ?, ?, ?)
            ON CONFLICT (series_id, at_ms) DO NOTHING
            """
        let present: String = """
            SELECT at_ms, value, window_seconds FROM observation_point WHERE series_id = ? AND at_ms = ?
            """
        let update: String = """
            UPDATE observation_point SET value = ?, window_seconds = ? WHERE series_id = ? AND at_ms = ?
            """
        var replaced: [ObservationPoint] = []
        for point in points {
            let key: [SQLiteValue] = [.integer(id), SQLiteValue(point.at)]
            let content: [SQLiteValue] = [.real(point.value), SQLiteValue(point.windowSeconds)]
            if try connection.execute(insert, key + content) == 1 { continue }
            let old: ObservationPoint? = try connection.first(present, key) { row in
                ObservationPoint(at: row.timestamp(0), value: row.double(1), windowSeconds: row.optionalInt(2))
            }
            if let old { replaced.append(old) }
            try connection.execute(update, content + key)
        }
        return replaced
    }

    func putObservationRollup(
        _ rollup: ObservationRollup, series id: Int64, _ level: ObservationLevel, period: Int64
    ) throws {
        let sql: String =
            switch level {
            case .day:
                """
                INSERT INTO observation_day (series_id, day, count, sum, minimum, maximum, last_ms, last_value)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (series_id, day) DO UPDATE SET count = excluded.count, sum = excluded.sum,
                    minimum = excluded.minimum, maximum = excluded.maximum, last_ms = excluded.last_ms,
                    last_value = excluded.last_value
                """
            case .month:
                """
                INSERT INTO observation_month (series_id, month, count, sum, minimum, maximum, last_ms, last_value)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (series_id, month) DO UPDATE SET count = excluded.count, sum = excluded.sum,
                    minimum = excluded.minimum, maximum = excluded.maximum, last_ms = excluded.last_ms,
                    last_value = excluded.last_value
                """
            }
        let arguments: [SQLiteValue] = [
            .integer(id), .integer(period), .integer(rollup.count), .real(rollup.sum), .real(rollup.minimum),
            .real(rollup.maximum), SQLiteValue(rollup.lastAt), .real(rollup.last),
        ]
        try connection.execute(sql, arguments)
    }

    func removeObservationDays(series id: Int64, through day: Int64) throws {
        let sql: String = "DELETE FROM observation_day WHERE series_id = ? AND day <= ?"
        try connection.execute(sql, [.integer(id), .integer(day)])
    }

    /// Series of versions that a legal hold keeps as they are.
    private static let heldSeries: String = """
        SELECT hs.id FROM legal_hold h CROSS JOIN version v CROSS JOIN observation_series hs
        WHERE h.released_ms IS NULL AND (v.id = h.version_id OR v.model_id = h.model_id) AND hs.version_id = v.id
        """

    func removeObservationPoints(before moment: Timestamp, limit: Int) throws -> Int {
        let sql: String = """
            DELETE FROM observation_point WHERE (series_id, at_ms) IN
                (SELECT series_id, at_ms FROM observation_point WHERE at_ms < ?
                    AND series_id NOT IN (\(SQLiteSession.heldSeries)) ORDER BY at_ms LIMIT ?)
            """
        return try connection.execute(sql, [SQLiteValue(moment), SQLiteValue(limit)])
    }
}

/// What statistics are asked of.
private struct ObservationSpan {
    let metric: String
    let from: Timestamp
    let to: Timestamp
    let versions: ClosedRange<Int64>

    /// Bounds beyond every moment that can be written, within which days can be counted.
    static let earliest: Timestamp = .start(ofDay: -1_000_000)
    static let latest: Timestamp = .start(ofDay: 10_000_000)

    var lastMoment: Timestamp { to.adding(milliseconds: -1) }

    /// Arguments for the metric and the versions.
    var series: [SQLiteValue] { [.text(metric), .integer(versions.lowerBound), .integer(versions.upperBound)] }

    var moments: [SQLiteValue] { [SQLiteValue(from), SQLiteValue(to)] }

    private var startsAtMidnight: Bool { Timestamp.start(ofDay: from.dayNumber) == from }

    private var endsAtMidnight: Bool { Timestamp.start(ofDay: to.dayNumber) == to }

    /// Days of which the span has every moment.
    var wholeDays: ClosedRange<Int64>? {
        let first: Int64 = startsAtMidnight ? from.dayNumber : from.dayNumber + 1
        let last: Int64 = to.dayNumber - 1
        return first <= last ? first...last : nil
    }

    /// Days of which it has a part.
    var cutDays: Set<Int64> {
        var days: Set<Int64> = []
        if !startsAtMidnight { days.insert(from.dayNumber) }
        if !endsAtMidnight { days.insert(to.dayNumber) }
        return days
    }
}

extension [Int64: ObservationStatistics] {
    fileprivate mutating func merge(_ rollup: ObservationRollup, of version: Int64) {
        guard var whole = self[version] else {
            self[version] = rollup
            return
        }
        whole.merge(rollup)
        self[version] = whole
    }
}

extension SQLiteRow {
    /// Count, sum, minimum, maximum, last moment and last value in columns from `first` on.
    fileprivate func rollup(from first: Int) -> ObservationRollup {
        ObservationRollup(
            count: int(first), sum: double(first + 1), minimum: double(first + 2), maximum: double(first + 3),
            lastAt: timestamp(first + 4), last: double(first + 5))
    }
}

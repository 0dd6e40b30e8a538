/// Keeps years of observations small: points of some weeks ago go, days of some years ago become months. Roll-ups count
/// every point from the start, so that nothing is lost but single values.
struct ObservationUpkeep: Sendable {
    private let core: RegistryCore
    /// Rows that one transaction drops or folds: a few milliseconds that a registration may have to wait.
    private static let batch: Int = 1_000
    private static let seriesBatch: Int = 100
    /// The database's note of the day before which every day has been folded, as decimal text.
    private static let setting: String = "observations_folded_before"

    init(core: RegistryCore) { self.core = core }

    /// Does what is due; a task that is cancelled leaves the rest to the next time.
    func run(at now: Timestamp) async throws {
        let retention = ObservationRetention(at: now, core.policy.limits)
        try await dropPoints(before: .start(ofDay: retention.firstPointDay))
        try await foldDays(before: retention.firstDay)
    }

    private func dropPoints(before moment: Timestamp) async throws {
        var removed: Int = ObservationUpkeep.batch
        while removed == ObservationUpkeep.batch, !Task.isCancelled {
            removed = try await core.store.write(
                { try $0.removeObservationPoints(before: moment, limit: ObservationUpkeep.batch) }, committed: nil)
        }
    }

    /// The boundary moves once a month; the note spares the search through all series every other time.
    private func foldDays(before day: Int64) async throws {
        let noted: Int64? = try await core.store.read { reader in
            try reader.setting(ObservationUpkeep.setting).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        }
        if let noted, noted >= day { return }
        while !Task.isCancelled {
            let series: [Int64] = try await core.store.read { reader in
                try reader.observationSeries(withDaysBefore: day, limit: ObservationUpkeep.seriesBatch)
            }
            try await core.store.write(
                { transaction in
                    if series.isEmpty {
                        try transaction.setSetting(ObservationUpkeep.setting, to: Array(String(day).utf8))
                    }
                    var left: Int = ObservationUpkeep.batch
                    for id in series where left > 0 {
                        left -= try ObservationUpkeep.fold(id, before: day, limit: left, transaction)
                    }
                }, committed: nil)
            if series.isEmpty { return }
        }
    }

    /// Adds the oldest days of a series to their months. Answers how many, at most `limit`.
    private static func fold(
        _ series: Int64, before day: Int64, limit: Int, _ transaction: any MetadataTransaction
    ) throws -> Int {
        let days: [ObservationPeriod] = try transaction.observationRollups(
            series: series, .day, in: Int64.min...(day - 1), limit: limit)
        guard let last = days.last else { return 0 }
        var months: [Int64: ObservationRollup] = [:]
        for day in days {
            let month: Int64 = Timestamp.monthNumber(ofDay: day.period)
            // What is there already: of an earlier batch, or of values that came late.
            var rollup: ObservationRollup? =
                try months[month]
                ?? transaction.observationRollups(series: series, .month, in: month...month, limit: 1).first?.rollup
            if rollup?.merge(day.rollup) == nil { rollup = day.rollup }
            months[month] = rollup
        }
        for (month, rollup) in months {
            try transaction.putObservationRollup(rollup, series: series, .month, period: month)
        }
        try transaction.removeObservationDays(series: series, through: last.period)
        return days.count
    }
}

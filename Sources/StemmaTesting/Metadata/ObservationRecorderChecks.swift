internal import StemmaJSON
internal import StemmaRegistry

/// What the rules of taking observations make of a store: roll-ups are what the raw values come to.
enum ObservationRecorderChecks {
    private typealias Checks = ObservationChecks

    /// Takes values of the metric `m` as a request would bring them. Answers how many were replaced.
    @discardableResult
    static func record(
        _ points: [ObservationPoint], _ version: Int64, at now: Timestamp, _ transaction: any MetadataTransaction,
        metric: String = "m"
    ) throws -> Int {
        let items: [JSONValue] = points.map { point in
            ["metric": .string(metric), "value": .double(point.value), "at": .string(point.at.description)]
        }
        let batch = try ObservationBatch(.array(items), now: now, Limits())
        return try ObservationRecorder.record(batch, version: version, at: now, Limits(), transaction) + batch.repeated
    }

    /// The roll-up of one day or month of the metric `m`.
    static func period(
        _ level: ObservationLevel, _ period: Int64, _ version: Int64, _ reader: any MetadataReader
    ) throws -> ObservationRollup? {
        let series: [ObservationSeries] = try reader.observationSeries(version: version).filter { $0.metric == "m" }
        let id: Int64 = try expectSome(series.first, "the series").id
        return try reader.observationRollups(series: id, level, in: period...period, limit: 1).first?.rollup
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("roll-ups equal what the raw values come to, whatever comes in whatever order") { store in
            let ids: [Int64] = try await store.change { try ObservationChecks.versions($0, 2) }
            try await store.change { transaction in
                // Made in the body, which may run again.
                var random = SeededGenerator(for: "observations")
                // Whole numbers, so that sums are exact in any order.
                var raw: [Int64: [Timestamp: Double]] = [:]
                var now: Timestamp = Checks.midnight(60)
                for _ in 0..<150 {
                    now = now.adding(milliseconds: Int64.random(in: 0...600_000, using: &random))
                    let id: Int64 = random.pick(ids)
                    let points: [ObservationPoint] = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                        // Few moments, so that many values are replaced, the extremes of their days among them.
                        let day = Int64.random(in: 40...59, using: &random)
                        let at: Timestamp = Checks.midnight(day).adding(
                            milliseconds: Int64.random(in: 0..<24, using: &random) * 3_600_000)
                        return Checks.point(at, Double(Int.random(in: -100...100, using: &random)))
                    }
                    let before: Int = raw[id]?.count ?? 0
                    for point in points { raw[id, default: [:]][point.at] = point.value }
                    let replaced: Int = try record(points, id, at: now, transaction)
                    try expectEqual(replaced, points.count - ((raw[id]?.count ?? 0) - before), "replaced")
                }
                func wanted(_ id: Int64, _ from: Timestamp, _ to: Timestamp) throws -> ObservationRollup? {
                    let points: [ObservationPoint] = (raw[id] ?? [:]).filter { $0.key >= from && $0.key < to }.map {
                        Checks.point($0.key, $0.value)
                    }
                    return points.isEmpty ? nil : try Checks.rollup(points)
                }
                for id in ids {
                    for day: Int64 in 40...59 {
                        try expectEqual(
                            try period(.day, Checks.firstDay + day, id, transaction),
                            try wanted(id, Checks.midnight(day), Checks.midnight(day + 1)), "day \(day)")
                    }
                }
                for _ in 0..<100 {
                    let hours: [Int64] = (0..<2).map { _ in Int64.random(in: 39 * 24...61 * 24, using: &random) }
                        .sorted()
                    let from: Timestamp = Checks.midnight(0).adding(milliseconds: hours[0] * 3_600_000)
                    let to: Timestamp = Checks.midnight(0).adding(milliseconds: hours[1] * 3_600_000)
                    let all = try transaction.statistics(metric: "m", from: from, to: to, versions: nil)
                    for id in ids {
                        try expectEqual(all[id], try wanted(id, from, to), "\(from) to \(to)")
                        try expectEqual(
                            try transaction.statistics(version: id, metric: "m", from: from, to: to), all[id])
                    }
                }
            }
        },
        .init("old values go straight into their day, older ones into their month") { store in
            try await store.change { transaction in
                let version: Int64 = try ObservationChecks.versions(transaction, 1)[0]
                let now: Timestamp = Checks.noon(0)
                let retention = ObservationRetention(at: now, Limits())
                let days: [Int64] = [0, -35, -36, -400, -800, -1_000]
                let points: [ObservationPoint] = days.map { Checks.point(Checks.noon($0), Double($0)) }
                try expectEqual(try record(points, version, at: now, transaction), 0)
                let series: Int64 = try transaction.observationSeries(version: version)[0].id
                let kept = try transaction.observationPoints(
                    series: series, from: Checks.midnight(-9_999), to: Checks.midnight(99), limit: 99)
                try expectEqual(kept.map(\.value), [-35, 0])
                let rows = try transaction.observationRollups(series: series, .day, in: 0...99_999, limit: 99)
                try expectEqual(rows.map(\.rollup.last), [-800, -400, -36, -35, 0])
                let months = try transaction.observationRollups(series: series, .month, in: 0...9_999, limit: 99)
                try expectEqual(months.map(\.rollup.last), [-1_000])
                try expectEqual(months[0].period, Checks.noon(-1_000).monthNumber)
                try expectEqual(retention.firstPointDay, Checks.firstDay - 35)
                try expectEqual(retention.firstDay, Timestamp.firstDay(ofMonth: Checks.noon(-800).monthNumber))
                // Nothing was lost between the forms.
                let all = try transaction.statistics(
                    version: version, metric: "m", from: Checks.midnight(-9_999), to: Checks.midnight(99))
                try expectEqual(all, try Checks.rollup(points))
            }
        },
        .init("daily values of a year that are sent again stay as they were") { store in
            try await store.change { transaction in
                let version: Int64 = try ObservationChecks.versions(transaction, 1)[0]
                let now: Timestamp = Checks.noon(0, 1)
                let year: [ObservationPoint] = (0..<365).map { Checks.point(Checks.noon(-$0), Double($0)) }
                let corrected: [ObservationPoint] = year.map { Checks.point($0.at, $0.value + 1) }
                try expectEqual(try record(year, version, at: now, transaction), 0)
                try expectEqual(try record(year, version, at: now, transaction), 365)
                func all() throws -> ObservationRollup? {
                    try transaction.statistics(
                        version: version, metric: "m", from: Checks.midnight(-400), to: Checks.midnight(1))
                }
                try expectEqual(try all(), try Checks.rollup(year.reversed()))
                try expectEqual(try record(corrected, version, at: now, transaction), 365)
                try expectEqual(try all(), try Checks.rollup(corrected.reversed()))
            }
        },
        .init("late values of a day whose points are gone are added to it") { store in
            try await store.change { transaction in
                let version: Int64 = try ObservationChecks.versions(transaction, 1)[0]
                let early: [ObservationPoint] = [Checks.point(Checks.noon(0), 5), Checks.point(Checks.noon(0, 9), 1)]
                try record(early, version, at: Checks.noon(1), transaction)
                _ = try transaction.removeObservationPoints(before: Checks.midnight(1), limit: 99)
                let late: [ObservationPoint] = [Checks.point(Checks.noon(0, 3), 9)]
                try expectEqual(try record(late, version, at: Checks.noon(60), transaction), 0)
                try expectEqual(
                    try period(.day, Checks.firstDay, version, transaction), try Checks.rollup(early + late))
                // The last value is the one that is known, and can be put right; the extremes only widen.
                try expectEqual(
                    try record([Checks.point(Checks.noon(0, 9), 2)], version, at: Checks.noon(60), transaction), 1)
                let last = try expectSome(try period(.day, Checks.firstDay, version, transaction), "the day")
                try expectEqual(last.count, 3)
                try expectEqual([last.sum, last.minimum, last.maximum, last.last], [16, 1, 9, 2])
            }
        },
        .init("a day of which some points are gone is never made from the rest") { store in
            try await store.change { transaction in
                let version: Int64 = try ObservationChecks.versions(transaction, 1)[0]
                let points: [ObservationPoint] = (0..<4).map { Checks.point(Checks.noon(0, $0), Double($0)) }
                try record(points, version, at: Checks.noon(1), transaction)
                // As where the clock was set back after maintenance.
                _ = try transaction.removeObservationPoints(before: Checks.noon(0, 2), limit: 99)
                let again: [ObservationPoint] = [
                    Checks.point(Checks.noon(0, 2), 12), Checks.point(Checks.noon(0, 7), 7),
                ]
                try expectEqual(try record(again, version, at: Checks.noon(1), transaction), 1)
                let day = try expectSome(try period(.day, Checks.firstDay, version, transaction), "the day")
                try expectEqual(day.count, 5)
                try expectEqual([day.sum, day.minimum, day.maximum, day.last], [23, 0, 12, 7])
            }
        },
        .init("a version has no more observed metrics than allowed") { store in
            let version: Int64 = try await store.change { try ObservationChecks.versions($0, 1)[0] }
            var limits = Limits()
            limits.observedMetricsPerVersion = 2
            let few: Limits = limits
            @Sendable func record(_ metrics: [String]) async throws {
                try await store.change { transaction in
                    let items: [JSONValue] = metrics.map { ["metric": .string($0), "value": 1] }
                    let batch = try ObservationBatch(.array(items), now: Seed.moment(), few)
                    _ = try ObservationRecorder.record(batch, version: version, at: Seed.moment(), few, transaction)
                }
            }
            try await record(["a", "b"])
            try await expectError(.validationFailed, "a third metric") { try await record(["a", "c"]) }
            try await record(["b", "a"])
            try await expectEqual(
                store.change { try $0.observationSeries(version: version).map(\.metric) }, ["a", "b"])
        },
    ]
}

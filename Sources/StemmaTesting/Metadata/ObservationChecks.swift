internal import StemmaRegistry

/// Promises of `ObservationReader` and `ObservationWriter`, verb by verb.
enum ObservationChecks {
    /// Noon of a day in January 2024, the 1st where 0, and that many milliseconds.
    static func noon(_ day: Int64, _ milliseconds: Int64 = 0) -> Timestamp {
        midnight(day).adding(milliseconds: 43_200_000 + milliseconds)
    }

    /// 00:00 of such a day.
    static func midnight(_ day: Int64) -> Timestamp { .start(ofDay: firstDay + day) }

    /// The number of 2024-01-01.
    static let firstDay: Int64 = 19_723

    /// Published versions 1.0.0, 1.1.0 and so on of a new model.
    static func versions(_ transaction: any MetadataTransaction, _ count: Int) throws -> [Int64] {
        let model: Int64 = try Seed.model(transaction, "fraud")
        return try (0..<count).map { try Seed.version(transaction, of: model, "1.\($0).0") }
    }

    static func point(_ at: Timestamp, _ value: Double, window: Int64? = nil) -> ObservationPoint {
        ObservationPoint(at: at, value: value, windowSeconds: window)
    }

    static func rollup(_ points: [ObservationPoint]) throws -> ObservationRollup {
        var rollup = ObservationRollup(try expectSome(points.first, "a point"))
        for point in points.dropFirst() { rollup.merge(ObservationRollup(point)) }
        return rollup
    }

    /// Stores points and their days' roll-ups.
    static func store(
        _ points: [ObservationPoint], _ version: Int64, _ metric: String, _ transaction: any MetadataTransaction
    ) throws {
        let series: Int64 = try transaction.ensureObservationSeries(version: version, metric: metric)
        _ = try transaction.putObservationPoints(points, series: series)
        for (day, group) in Dictionary(grouping: points, by: \.at.dayNumber) {
            try transaction.putObservationRollup(try rollup(group), series: series, .day, period: day)
        }
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("a series is made once for a published version and a metric, exact to the byte") { store in
            let found: (ids: [Int64], listed: [String]) = try await store.change { transaction in
                let version: Int64 = try versions(transaction, 1)[0]
                let names: [String] = ["b", "a", "A", "a", "e\u{301}", "\u{e9}"]
                let ids: [Int64] = try names.map {
                    try transaction.ensureObservationSeries(version: version, metric: $0)
                }
                return (ids, try transaction.observationSeries(version: version).map(\.metric))
            }
            try expectEqual(Set(found.ids).count, 5)
            try expectEqual(found.ids[1], found.ids[3])
            try expectEqual(
                found.listed.map { Array($0.utf8) }, ["A", "a", "b", "e\u{301}", "\u{e9}"].map { Array($0.utf8) })
            let refused: [Int64] = try await store.change { transaction in
                let model: Int64 = try Seed.model(transaction, "other")
                let deleted: Int64 = try Seed.version(transaction, of: model, "1.0.0")
                try transaction.deleteVersion(deleted, at: Seed.moment())
                return [
                    try Seed.version(transaction, of: model, "2.0.0", status: .draft, expires: Seed.moment(1)), deleted,
                    404,
                ]
            }
            for version in refused {
                try await expectError(.versionNotFound, "version \(version)") {
                    try await store.change { _ = try $0.ensureObservationSeries(version: version, metric: "a") }
                }
            }
        },
        .init("a point at the same moment is replaced, and what it was is answered") { store in
            let found: (replaced: [[ObservationPoint]], points: [ObservationPoint]) = try await store.change {
                transaction in
                let version: Int64 = try versions(transaction, 1)[0]
                let series: Int64 = try transaction.ensureObservationSeries(version: version, metric: "a")
                let other: Int64 = try transaction.ensureObservationSeries(version: version, metric: "b")
                let first = try transaction.putObservationPoints(
                    [point(noon(0), 1, window: 60), point(noon(1), 2)], series: series)
                let second = try transaction.putObservationPoints(
                    [point(noon(0), 3), point(noon(2), 4)], series: series)
                let third = try transaction.putObservationPoints([point(noon(0), 9)], series: other)
                return (
                    [first, second, third],
                    try transaction.observationPoints(series: series, from: noon(0), to: noon(3), limit: 10)
                )
            }
            try expectEqual(found.replaced, [[], [point(noon(0), 1, window: 60)], []])
            try expectEqual(found.points, [point(noon(0), 3), point(noon(1), 2), point(noon(2), 4)])
        },
        .init("points and roll-ups are read from, up to and not more than asked") { store in
            try await store.change { transaction in
                let version: Int64 = try versions(transaction, 1)[0]
                let points: [ObservationPoint] = (0..<5).map { point(noon($0), Double($0)) }
                try ObservationChecks.store(points, version, "a", transaction)
                let series: Int64 = try transaction.observationSeries(version: version)[0].id
                func read(_ from: Timestamp, _ to: Timestamp, _ limit: Int = 10) throws -> [ObservationPoint] {
                    try transaction.observationPoints(series: series, from: from, to: to, limit: limit)
                }
                try expectEqual(try read(noon(1), noon(3)), Array(points[1..<3]))
                try expectEqual(try read(noon(1), noon(3, 1)), Array(points[1...3]))
                try expectEqual(try read(noon(0), noon(9), 2), Array(points[0..<2]))
                let days = try transaction.observationRollups(
                    series: series, .day, in: (firstDay + 1)...(firstDay + 3), limit: 2)
                try expectEqual(days.map(\.period), [firstDay + 1, firstDay + 2])
                try expectEqual(days[0].rollup, try rollup([points[1]]))
                try expect(
                    try transaction.observationRollups(series: series, .month, in: 0...9_999, limit: 9).isEmpty,
                    "months")
                try expectEqual(
                    try transaction.rollUpPoints(series: series, from: noon(1), to: noon(4)),
                    try rollup(Array(points[1..<4])))
                try expect(
                    try transaction.rollUpPoints(series: series, from: noon(7), to: noon(9)) == nil, "no points")
            }
        },
        .init("statistics of whole days, cut days and months") { store in
            try await store.change { transaction in
                let version: Int64 = try versions(transaction, 1)[0]
                let points: [ObservationPoint] = [
                    point(midnight(10), 1), point(noon(10), 10), point(noon(10, 1), 4), point(noon(11), 7),
                    point(noon(12), -2), point(noon(12, 5), 3),
                ]
                try ObservationChecks.store(points, version, "a", transaction)
                func ask(_ from: Timestamp, _ to: Timestamp) throws -> ObservationStatistics? {
                    try transaction.statistics(version: version, metric: "a", from: from, to: to)
                }
                try expectEqual(try ask(midnight(10), midnight(13)), try rollup(points))
                try expectEqual(try ask(noon(10), midnight(12)), try rollup(Array(points[1..<4])))
                try expectEqual(try ask(noon(10), noon(12, 5)), try rollup(Array(points[1..<5])))
                try expectEqual(try ask(noon(10), noon(10, 1)), try rollup([points[1]]))
                try expect(try ask(noon(10, 2), noon(11)) == nil, "between points")
                try expect(try ask(midnight(13), midnight(20)) == nil, "after all")
                try expect(try ask(noon(11), noon(11)) == nil && (try ask(noon(12), noon(10))) == nil, "empty spans")
                let ever: ObservationStatistics? = try ask(
                    Timestamp(milliseconds: Int64.min), Timestamp(milliseconds: Int64.max))
                try expectEqual(ever, try rollup(points))
                try expect(
                    try transaction.statistics(version: version, metric: "A", from: noon(0), to: noon(30)) == nil,
                    "another metric")
                // Without its points a day counts where its last value lies in the span.
                _ = try transaction.removeObservationPoints(before: midnight(12), limit: 100)
                try expectEqual(try ask(noon(10), midnight(12)), try rollup(Array(points[0..<4])))
                try expectEqual(try ask(noon(10, 2), midnight(12)), try rollup([points[3]]))
                try expectEqual(try ask(midnight(11), noon(12, 1)), try rollup(Array(points[3..<5])))
                // So does a month without its days.
                let series: Int64 = try transaction.observationSeries(version: version)[0].id
                try transaction.putObservationRollup(
                    try rollup(Array(points[0..<4])), series: series, .month, period: noon(10).monthNumber)
                try transaction.removeObservationDays(series: series, through: firstDay + 11)
                try expectEqual(try ask(midnight(0), midnight(13)), try rollup(points))
                try expectEqual(try ask(noon(11), midnight(12)), try rollup(Array(points[0..<4])))
                try expectEqual(try ask(noon(11, 1), midnight(13)), try rollup(Array(points[4...])))
            }
        },
        .init("statistics of many versions are those of each") { store in
            try await store.change { transaction in
                let ids: [Int64] = try versions(transaction, 5)
                for (index, id) in ids.enumerated() where index != 3 {
                    let points: [ObservationPoint] = (0..<20).map {
                        point(noon($0, Int64(index)), Double(index) + Double($0))
                    }
                    try ObservationChecks.store(points, id, "a", transaction)
                    try ObservationChecks.store([point(noon(5), 99)], id, "b", transaction)
                }
                _ = try transaction.removeObservationPoints(before: midnight(5), limit: 1_000)
                for (from, to) in [
                    (midnight(2), midnight(9)), (noon(2, 2), noon(9, 2)), (noon(7, 1), noon(7, 4)),
                    (noon(8), midnight(9)),
                ] {
                    let found = try transaction.statistics(metric: "a", from: from, to: to, versions: nil)
                    for id in ids {
                        let one = try transaction.statistics(version: id, metric: "a", from: from, to: to)
                        try expectEqual(found[id], one, "version \(id), \(from) to \(to)")
                    }
                    let some = try transaction.statistics(metric: "a", from: from, to: to, versions: ids[1]...ids[2])
                    try expectEqual(some, found.filter { $0.key == ids[1] || $0.key == ids[2] })
                }
                let whole = try transaction.statistics(metric: "a", from: midnight(2), to: midnight(9), versions: nil)
                try expectEqual(Set(whole.keys), Set(ids).subtracting([ids[3]]))
            }
        },
        .init("points are dropped from the oldest on, up to a limit, and days are found and removed") { store in
            try await store.change { transaction in
                let ids: [Int64] = try versions(transaction, 2)
                for id in ids {
                    try ObservationChecks.store((0..<4).map { point(noon($0), 1) }, id, "a", transaction)
                }
                try ObservationChecks.store([point(noon(9), 1)], ids[0], "b", transaction)
                let series: [Int64] = try ids.map { try transaction.observationSeries(version: $0)[0].id }
                func left() throws -> [Int] {
                    try series.map {
                        try transaction.observationPoints(series: $0, from: noon(0), to: noon(99), limit: 99).count
                    }
                }
                try expectEqual(try transaction.removeObservationPoints(before: noon(2), limit: 3), 3)
                try expectEqual(try left().reduce(0, +), 5)
                try expectEqual(try transaction.removeObservationPoints(before: noon(2), limit: 3), 1)
                try expectEqual(try transaction.removeObservationPoints(before: noon(2), limit: 3), 0)
                try expectEqual(try left(), [2, 2])
                try expectEqual(try transaction.observationSeries(withDaysBefore: firstDay + 2, limit: 9), series)
                try expectEqual(try transaction.observationSeries(withDaysBefore: firstDay + 2, limit: 1), [series[0]])
                try expectEqual(try transaction.observationSeries(withDaysBefore: firstDay, limit: 9), [])
                try transaction.removeObservationDays(series: series[0], through: firstDay + 1)
                try expectEqual(try transaction.observationSeries(withDaysBefore: firstDay + 2, limit: 9), [series[1]])
                let days = try transaction.observationRollups(series: series[0], .day, in: 0...99_999, limit: 9)
                try expectEqual(days.map(\.period), [firstDay + 2, firstDay + 3])
            }
        },
    ]
}

import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct ObservationTests {
    private func maintenance(_ fixture: RegistryFixture) -> Maintenance {
        Maintenance(core: fixture.core, refusals: fixture.registry.refusals)
    }

    private func service(_ fixture: RegistryFixture) -> ObservationService { ObservationService(core: fixture.core) }

    /// Sends values of the metric `m` of version 1.0.0.
    @discardableResult
    private func record(
        _ fixture: RegistryFixture, _ values: [(at: Timestamp, value: Double)]
    ) async throws -> Answer {
        let items: [JSONValue] = values.map {
            ["metric": "m", "value": .double($0.value), "at": .string($0.at.description)]
        }
        return try await service(fixture).recordObservations(
            model: "m", version: "1.0.0", .array(items), fixture.registry.context())
    }

    private func rows(_ fixture: RegistryFixture) async throws -> (points: Int, days: Int, months: Int) {
        try await fixture.store.read { reader in
            let id: Int64 = try #require(try reader.observationSeries(version: 1).first).id
            return (
                try reader.observationPoints(
                    series: id, from: .start(ofDay: 0), to: .start(ofDay: 99_999), limit: 100_000
                ).count, try reader.observationRollups(series: id, .day, in: 0...99_999, limit: 100_000).count,
                try reader.observationRollups(series: id, .month, in: 0...99_999, limit: 100_000).count
            )
        }
    }

    private func everything(_ fixture: RegistryFixture) async throws -> ObservationStatistics? {
        try await fixture.store.read { reader in
            try reader.statistics(version: 1, metric: "m", from: .start(ofDay: 0), to: .start(ofDay: 99_999))
        }
    }

    private func advance(_ fixture: RegistryFixture, days: Int64) {
        fixture.clock.advance(milliseconds: days * Timestamp.dayMilliseconds)
    }

    @Test func pointsGoAfterSomeWeeksAndTheirDaysStay() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let now: Timestamp = fixture.clock.now
            // More than one transaction's worth, within two days.
            let values = (0..<2_500).map { index in
                (at: now.adding(milliseconds: -Int64(index) * 60_000), value: Double(index))
            }
            try await record(fixture, values)
            let before: ObservationStatistics? = try await everything(fixture)
            advance(fixture, days: 33)
            try await maintenance(fixture).run()
            #expect(try await rows(fixture).points == 2_500)
            // Yesterday's and its predecessor's points go together with their days, today's stay.
            advance(fixture, days: 2)
            try await maintenance(fixture).run()
            let today = values.filter { $0.at.dayNumber == now.dayNumber }.count
            #expect(try await rows(fixture).points == today)
            advance(fixture, days: 1)
            try await maintenance(fixture).run()
            #expect(try await rows(fixture).points == 0)
            #expect(try await rows(fixture).days == 3)
            #expect(try await everything(fixture) == before)
            #expect(before?.count == 2_500)
        }
    }

    @Test func daysBecomeMonthsAfterSomeYears() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let now: Timestamp = fixture.clock.now
            let values = (0..<780).map { index in
                (at: now.adding(milliseconds: -Int64(index) * Timestamp.dayMilliseconds), value: Double(index % 17))
            }
            try await record(fixture, values)
            #expect(try await rows(fixture) == (36, 780, 0))
            let before: ObservationStatistics? = try await everything(fixture)
            try await maintenance(fixture).run()
            #expect(try await rows(fixture) == (36, 780, 0))
            // A year later: the months that lie back 800 days as a whole are rows of their own.
            advance(fixture, days: 366)
            try await maintenance(fixture).run()
            let retention = ObservationRetention(at: fixture.clock.now, Limits())
            let folded: [(at: Timestamp, value: Double)] = values.filter { $0.at.dayNumber < retention.firstDay }
            #expect(folded.count > 300)
            let after = try await rows(fixture)
            #expect(after.points == 0)
            #expect(after.days == 780 - folded.count)
            #expect(after.months == Set(folded.map(\.at.monthNumber)).count)
            #expect(try await everything(fixture) == before)
            // What comes late for a folded month is added to it.
            let late: Timestamp = try #require(folded.last).at.adding(milliseconds: 5)
            try await record(fixture, [(at: late, value: 1_000)])
            #expect(try await rows(fixture) == after)
            let whole: ObservationStatistics = try #require(try await everything(fixture))
            #expect(whole.count == 781)
            #expect(whole.maximum == 1_000)
            #expect(whole.sum == (before?.sum ?? 0) + 1_000)
            // Ten years later months are all that is left.
            advance(fixture, days: 3_650)
            try await maintenance(fixture).run()
            let last = try await rows(fixture)
            #expect(last.days == 0)
            #expect(last.months == Set(values.map(\.at.monthNumber)).count)
            #expect(try await everything(fixture) == whole)
        }
    }

    @Test func foldingGoesThroughManySeriesInManyTransactions() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let now: Timestamp = fixture.clock.now
            for day: Int64 in stride(from: 0, to: 40, by: 1) {
                let at: String = now.adding(milliseconds: -day * Timestamp.dayMilliseconds).description
                let items: [JSONValue] = (0..<120).map {
                    ["metric": .string("metric-\($0)"), "value": .double(Double(day)), "at": .string(at)]
                }
                _ = try await service(fixture).recordObservations(
                    model: "m", version: "1.0.0", .array(items), fixture.registry.context())
            }
            advance(fixture, days: 1_000)
            try await maintenance(fixture).run()
            try await fixture.store.read { reader in
                let series: [ObservationSeries] = try reader.observationSeries(version: 1)
                #expect(series.count == 120)
                for one in series {
                    #expect(try reader.observationRollups(series: one.id, .day, in: 0...99_999, limit: 9).isEmpty)
                    let months = try reader.observationRollups(series: one.id, .month, in: 0...99_999, limit: 9)
                    #expect(months.count == 2)
                    #expect(months.reduce(0) { $0 + $1.rollup.count } == 40)
                    #expect(months.reduce(0) { $0 + $1.rollup.sum } == 780)
                }
            }
        }
    }

    @Test func everyStateIsObserved() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            for (number, state) in LifecycleState.allCases.enumerated() {
                let now: Timestamp = fixture.clock.now
                try await fixture.store.write(
                    { try $0.setState(version: 1, state, sunset: nil, at: now) }, committed: nil)
                try await record(fixture, [(at: now.adding(milliseconds: -Int64(number)), value: 1)])
            }
            #expect(try await everything(fixture)?.count == Int64(LifecycleState.allCases.count))
        }
    }

    static let windows: [(text: JSONValue, seconds: Int64?)] = [
        (60, 60), ("1h", 3_600), ("90s", 90), ("30m", 1_800), ("1d", 86_400), ("2w", 1_209_600), (0, nil), (-1, nil),
        (1.5, nil), ("", nil), ("1", nil), ("h", nil), ("1y", nil), ("-1h", nil), ("1 h", nil), ("0d", nil),
        ("367d", nil),
        ("999999999w", nil), ("99999999999s", nil), (true, nil), ("٣h", nil), (31_622_400, 31_622_400),
        (31_622_401, nil),
    ]

    @Test(arguments: windows.indices)
    func windowsAreSecondsOrANumberWithAUnit(_ index: Int) {
        let row = ObservationTests.windows[index]
        #expect(
            ObservationWindow.seconds(row.text, limit: Limits().observationWindowSeconds) == row.seconds, "\(row.text)")
    }

    @Test func daysAndMonthsAreNumberedInUTC() {
        for (text, day, month) in [
            ("1970-01-01", 0, 0), ("1970-01-31", 30, 0), ("1970-02-01", 31, 1), ("2024-02-29", 19_782, 649),
            ("2024-03-01", 19_783, 650), ("1969-12-31", -1, -1), ("1969-01-01", -365, -12),
        ] as [(String, Int64, Int64)] {
            let moment: Timestamp? = Timestamp(text)
            #expect(moment?.dayNumber == day, "\(text)")
            #expect(moment?.monthNumber == month, "\(text)")
            #expect(moment?.adding(milliseconds: Timestamp.dayMilliseconds - 1).dayNumber == day)
            #expect(Timestamp.start(ofDay: day) == moment)
        }
        for month: Int64 in -30...3_000 {
            let first: Timestamp = .start(ofMonth: month)
            #expect(first.monthNumber == month)
            #expect(first.adding(milliseconds: -1).monthNumber == month - 1)
        }
    }
}

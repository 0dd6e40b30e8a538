import Glibc
import StemmaRegistry
import Testing

@testable import StemmaSQLite

/// What policies ask of the observations of many versions costs what they read, not what is stored.
@Suite struct ObservationCostTests {
    private static let versions: Int64 = 1_000
    private static let days: Int64 = 365
    private static let pointDays: Int64 = 35
    /// The day after the last one with values.
    private static let today: Int64 = 19_737
    private static let dayMilliseconds: Int64 = 86_400_000

    /// A year of daily values of one metric of each version, with points of the last weeks, and a few of another.
    /// A day's value is how many days it lies back.
    private func fill(_ store: SQLiteMetadataStore) async throws {
        let numbers: String = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        let day: String =
            " INSERT INTO observation_day SELECT s.id, ? + i, 1, ? - i, ? - i, ? - i, (? + i) * 86400000 + 1,"
        let point: String = " INSERT INTO observation_point SELECT s.id, (? + i) * 86400000 + 1, ? - i, NULL"
        let joined: String = " FROM observation_series s CROSS JOIN n WHERE s.metric = ?"
        try await store.database.write { connection in
            try connection.execute("INSERT INTO principal VALUES (1, 'p', 'ada', 0, NULL)")
            try connection.execute(
                "INSERT INTO model VALUES (1, 'm', NULL, NULL, NULL, NULL, '{}', '{}', 0, 1, 0, 1, 0, 0, NULL)")
            try connection.execute(
                numbers + """
                     INSERT INTO version (id, model_id, number, version, precedence, prerelease, status, state, tags,
                        metrics, document, request_digest, size_bytes, created_ms, created_by, updated_ms, revision)
                    SELECT i, 1, i, '1.' || i || '.0', CAST(i AS BLOB), 0, 'ready', 'development', '{}', '{}', '{}',
                        zeroblob(32), 5, 0, 1, 0, 1 FROM n
                    """, [.integer(Self.versions)])
            for (metric, count) in [("a", Self.days), ("b", 3)] {
                try connection.execute(
                    "INSERT INTO observation_series (version_id, metric) SELECT id, ? FROM version ORDER BY id",
                    [.text(metric)])
                let first: SQLiteValue = .integer(Self.today - count - 1)
                let back: SQLiteValue = .integer(count + 1)
                try connection.execute(
                    numbers + day + " ? - i" + joined,
                    [.integer(count), first, back, back, back, first, back, .text(metric)])
                let kept: Int64 = min(count, Self.pointDays)
                try connection.execute(
                    numbers + point + joined,
                    [
                        .integer(kept), .integer(Self.today - kept - 1), .integer(kept + 1), .text(metric),
                    ])
            }
        }
    }

    /// The statements about observations that a connection keeps, with the steps they took.
    private func steps(_ reader: any MetadataReader) throws -> [String: Int64] {
        let session: SQLiteSession = try #require(reader as? SQLiteSession)
        var steps: [String: Int64] = [:]
        try session.connection.query("SELECT sql, nstep FROM sqlite_stmt WHERE run > 0") { row in
            if row.text(0).contains("FROM observation_series") { steps[row.text(0)] = row.int(1) }
        }
        return steps
    }

    /// Seconds of processor time that a body takes: what else the machine does is not counted.
    private func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start: Double = now()
        try body()
        return now() - start
    }

    @Test func aMetricOfManyVersionsIsReadByIndexAndSoon() async throws {
        try await StoreFixture.with { fixture in
            try await fill(fixture.store)
            let end: Timestamp = .start(ofDay: Self.today)
            for (days, shift) in [(7, 0), (30, 0), (7, 3_600_000), (30, 3_600_000)] as [(Int64, Int64)] {
                let found: [Int64: ObservationStatistics] = try await fixture.store.read { reader in
                    var found: [Int64: ObservationStatistics] = [:]
                    let seconds: Double = try processorSeconds {
                        found = try reader.statistics(
                            metric: "a", from: end.adding(milliseconds: shift - days * Self.dayMilliseconds),
                            to: end.adding(milliseconds: shift), versions: nil)
                    }
                    #expect(seconds < 0.1, "\(days) days of 1,000 versions")
                    return found
                }
                #expect(found.count == Int(Self.versions))
                // An hour past midnight the first day's value is out of the span, and today has none yet.
                let wanted: Int64 = shift == 0 ? days : days - 1
                #expect(
                    found.values.allSatisfy {
                        $0.count == wanted && $0.last == 1 && $0.minimum == 1 && $0.maximum == Double(wanted)
                    })
            }
            try await fixture.store.read { reader in
                let before: [String: Int64] = try steps(reader)
                let found = try reader.statistics(
                    version: 500, metric: "a", from: end.adding(milliseconds: 1 - 7 * Self.dayMilliseconds),
                    to: end.adding(milliseconds: -3))
                #expect(found?.count == 7)
                let taken: [Int64] = try steps(reader).map { $0.value - (before[$0.key] ?? 0) }
                #expect(taken.reduce(0, +) < 2_000, "\(taken) steps for one version among \(Self.versions)")
                let statements: [String] = Array(try steps(reader).keys)
                #expect(statements.count == 5)
                let session: SQLiteSession = try #require(reader as? SQLiteSession)
                for sql in statements {
                    let plan: [String] = try session.connection.all(
                        "EXPLAIN QUERY PLAN " + sql, HotWork.nulls(for: sql)
                    ) { row in row.text(3) }
                    for line in plan {
                        #expect(!line.hasPrefix("SCAN") && !line.contains("TEMP B-TREE"), "\(line): \(sql)")
                    }
                }
            }
        }
    }
}

import StemmaDigest
import StemmaRegistry
import Testing

@testable import StemmaSQLite

/// What the requests of every day cost must not depend on how much is stored. Counted are the steps of SQLite's virtual
/// machine, which a slow or busy machine does not change.
@Suite("Cost of growth")
struct GrowthTests {
    /// Finds the first event at a moment.
    private static let search: String = "SELECT ts_ms FROM audit_event WHERE seq = ?"

    @Test("The hot statements search by index and take as many steps among 20,000 versions as among 100")
    func steps() async throws {
        let small: [String: StatementCost] = try await HotWork.costs(versions: 100)
        let large: [String: StatementCost] = try await HotWork.costs(versions: 20_000)
        #expect(small.keys.sorted() == large.keys.sorted())
        for (sql, cost) in large {
            let before: Int64 = small[sql]?.steps ?? 0
            // A binary search takes a look more for twice as many rows: 200 times as many are some eight looks more.
            let allowed: Int64 = sql == GrowthTests.search ? 3 * before : before + before / 10 + 10
            #expect(cost.steps <= allowed, "\(before) steps became \(cost.steps): \(sql)")
            #expect(cost.sorts == (small[sql]?.sorts ?? 0), "sorts: \(sql)")
        }
    }

    @Test("No hot statement scans the tables that grow")
    func plans() async throws {
        try await StoreFixture.with { fixture in
            let costs: [String: StatementCost] = try await HotWork.run(fixture.store, versions: 100)
            #expect(costs.count > 40)
            for sql in costs.keys {
                let plan: [String] = try await fixture.store.database.read { connection in
                    try connection.all("EXPLAIN QUERY PLAN " + sql, HotWork.nulls(for: sql)) { row in row.text(3) }
                }
                for line in plan where line.hasPrefix("SCAN") && !GrowthTests.isBounded(line) {
                    Issue.record("\(line): \(sql)")
                }
            }
        }
    }

    /// Walks along an index in the order of the answer, which end at the page's limit, and rows that the statement brings.
    private static func isBounded(_ line: String) -> Bool {
        let walks: [String] = [
            "SCAN m USING INDEX sqlite_autoindex_model_1", "SCAN m USING INDEX model_created",
            "SCAN v USING INDEX version_created", "SCAN t USING INDEX token_created",
            // Legal holds in force: at most `Limits.legalHoldsInForce`, whatever is stored.
            "SCAN h USING INDEX legal_hold_in_force",
        ]
        return walks.contains(line) || line.contains("CONSTANT ROW")
    }

    @Test("The first page of each default order is read from an index, without sorting")
    func defaultOrders() async throws {
        try await StoreFixture.with { fixture in
            let costs: [String: StatementCost] = try await HotWork.run(fixture.store, versions: 100)
            let pages: [(key: String, value: StatementCost)] = costs.filter { $0.key.contains(" ORDER BY 2 ") }
            #expect(pages.count >= 6)
            for page in pages { #expect(page.value.sorts == 0, "\(page.key)") }
        }
    }
}

/// What one statement cost, by `sqlite_stmt`.
struct StatementCost: Sendable {
    let steps: Int64
    let sorts: Int64
}

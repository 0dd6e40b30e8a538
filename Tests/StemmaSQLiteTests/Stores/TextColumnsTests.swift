import StemmaRegistry
import Testing

@testable import StemmaSQLite

/// What erasure knows of the columns of text.
@Suite struct TextColumnsTests {
    @Test func knowsEveryColumnOfTextThatTheSchemaHas() async throws {
        try await StoreFixture.with { fixture in
            let sql: String = """
                SELECT t.name, c.name FROM pragma_table_list t, pragma_table_info(t.name) c
                WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite^_%' ESCAPE '^'
                    AND c.type IN ('TEXT', 'ANY')
                """
            let columns: [(table: String, column: String)] = try await fixture.store.database.read { connection in
                try connection.all(sql) { row in (row.text(0), row.text(1)) }
            }
            #expect(columns.count > 100)
            var known: Set<[String]> = []
            for (table, forms) in TextColumns.forms {
                #expect(!TextColumns.others.contains(table))
                known.formUnion(forms.keys.map { [table, $0] })
            }
            let present: Set<[String]> = Set(
                columns.filter { !TextColumns.others.contains($0.table) }.map { [$0.table, $0.column] })
            #expect(present.subtracting(known) == [], "say what these hold")
            #expect(known.subtracting(present) == [], "these are gone")
        }
    }
}

internal import StemmaRegistry

extension SQLiteSession {
    func setting(_ key: String) throws -> [UInt8]? {
        try connection.first("SELECT value FROM setting WHERE key = ?", [.text(key)]) { row in row.bytes(0) }
    }

    func setSetting(_ key: String, to value: [UInt8]) throws {
        let sql: String = """
            INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        try connection.execute(sql, [.text(key), .blob(value)])
    }
}

internal import StemmaRegistry

/// The filterable scalars of versions.
extension SQLiteSession {
    /// Rows written by one statement; the rest of a list goes in statements of one row. Most of a statement's cost is
    /// beginning and ending it.
    private static let rowsPerStatement: Int = 8

    func setAttributes(version id: Int64, _ attributes: [(field: String, value: AttributeValue)]) throws {
        try removeAttributes(version: id)
        var rest: ArraySlice<(field: String, value: AttributeValue)> = attributes[...]
        while !rest.isEmpty {
            let count: Int = rest.count >= SQLiteSession.rowsPerStatement ? SQLiteSession.rowsPerStatement : 1
            try insertAttributes(version: id, rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }

    func removeAttributes(version id: Int64) throws {
        try connection.execute("DELETE FROM version_attribute WHERE version_id = ?", [.integer(id)])
    }

    private func insertAttributes(
        version id: Int64, _ attributes: ArraySlice<(field: String, value: AttributeValue)>
    ) throws {
        var arguments: [SQLiteValue] = []
        arguments.reserveCapacity(attributes.count * 3)
        for attribute in attributes {
            arguments.append(.integer(id))
            arguments.append(.text(attribute.field))
            arguments.append(SQLiteValue(attribute.value))
        }
        let sql: String = attributes.count == 1 ? SQLiteSession.insertOne : SQLiteSession.insertMany
        try connection.execute(sql, arguments)
    }

    private static let insertOne: String = "INSERT INTO version_attribute (version_id, field, value) VALUES (?, ?, ?)"
    private static let insertMany: String =
        insertOne + String(repeating: ", (?, ?, ?)", count: rowsPerStatement - 1)
}

extension SQLiteValue {
    /// Booleans become one byte, since as integers they would equal the numbers 0 and 1.
    init(_ value: AttributeValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .real(number)
        case .boolean(let flag): self = SQLiteValue(attribute: flag)
        }
    }

    /// How `version_attribute` holds a boolean.
    init(attribute flag: Bool) { self = .blob([flag ? 1 : 0]) }
}

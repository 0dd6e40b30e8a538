/// Why a database cannot be used by this program, or could not be brought to its schema.
package enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file belongs to another program.
    case foreignDatabase(applicationID: Int64)
    /// The database holds migrations this program does not know: a newer program made it.
    case newerSchema(names: [String])
    /// An applied migration has another text than the one of that name in this program.
    case changed(name: String)
    /// A migration is missing from the database though a later one was applied.
    case outOfOrder(name: String)
    /// The migration's statements failed. The database is as it was before.
    case failed(name: String, message: String)

    package var description: String {
        switch self {
        case .foreignDatabase(let applicationID):
            "the file is another program's database (application id \(applicationID))"
        case .newerSchema(let names):
            "the database was made by a newer version of this program: it holds \(names.joined(separator: ", "))"
        case .changed(let name):
            "migration \(name) was applied with another text than this program's"
        case .outOfOrder(let name):
            "migration \(name) is missing though a later one was applied"
        case .failed(let name, let message):
            "migration \(name) failed and nothing was changed: \(message)"
        }
    }
}

internal import ArgumentParser
internal import Glibc
internal import StemmaConfiguration
internal import StemmaRegistry
internal import StemmaSQLite

/// `stemma migrate`: brings the database to this program's schema, which `serve` does as well.
struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to the schema of this version.",
        discussion: """
            The daemon does the same when it starts. A database that holds something is copied first; the copy's path is \
            printed. All changes are made in one transaction.

            EXAMPLES
              stemma migrate --check     exits with 1 and names what is missing, changes nothing
              stemma migrate --data-dir /var/lib/stemma
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Only tell what is missing; exit with 1 where something is.")
    var check: Bool = false

    func run() throws {
        let directory: String = try options.load().settings.dataDirectory
        let path: String = DataDirectory.databasePath(directory)
        guard access(path, F_OK) == 0 else {
            throw CommandFailure("there is no database at \(path); `stemma serve` makes one at its first start")
        }
        do {
            try check ? tell(path) : migrate(path)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }

    private func tell(_ path: String) throws {
        let missing: [String] = try SQLiteMigrator().pending(path: path)
        guard missing.isEmpty else {
            throw CommandFailure("\(path) lacks \(missing.joined(separator: ", "))")
        }
        try StandardOutput.write("the schema is up to date\n")
    }

    private func migrate(_ path: String) throws {
        let now: Int64 = Environment.system.now().milliseconds
        let report: SQLiteMigrator.Report = try SQLiteMigrator().migrate(path: path, nowMilliseconds: now)
        var text: String = report.backupPath.map { "copied the database to \($0)\n" } ?? ""
        text += report.applied.map { "applied \($0)\n" }.joined()
        try StandardOutput.write(text.isEmpty ? "the schema is up to date\n" : text)
    }
}

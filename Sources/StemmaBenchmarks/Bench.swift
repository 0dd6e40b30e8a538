internal import Glibc

/// What every measure works with: options, a temporary directory, the daemon's binary, and the report to fill.
final class Bench {
    let options: Options
    /// The daemon's release binary.
    let stemma: String
    /// Temporary directory of this run; gone at the end.
    let workspace: String
    let report = Report()
    private var taken = 0

    /// Throws `BenchError` where the daemon's binary is absent or the directory cannot be used.
    init(_ options: Options) throws {
        self.options = options
        stemma = try Bench.locate(options.stemma)
        workspace = try Files.makeTemporaryDirectory(in: options.directory)
        if try Files.isOnMemory(workspace, output: newPath("file-system")) {
            report.warn("\(options.directory) is a memory file system: everything that waits for a disk is meaningless")
        }
        report.isQuick = options.isQuick
    }

    /// A new empty directory in the workspace.
    func newDirectory(_ purpose: String) throws -> String {
        let path: String = newPath(purpose)
        try Files.makeDirectory(path)
        return path
    }

    /// A path in the workspace that nothing has yet.
    func newPath(_ purpose: String) -> String {
        taken += 1
        return "\(workspace)/\(taken)-\(purpose)"
    }

    /// `full`, or `quick` with `--quick`.
    func choose<Value>(_ full: Value, quick: Value) -> Value { options.isQuick ? quick : full }

    private static func locate(_ given: String?) throws -> String {
        let path: String = try given ?? Files.directory(of: Files.ownExecutable()) + "/stemma"
        guard access(path, X_OK) == 0 else {
            throw BenchError("there is no daemon at \(path); build it with: swift build -c release --product stemma")
        }
        return path
    }
}

/// Why something could not be measured, for the reader of the table.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What a failed system call was about, with the text of `errno`.
    static func system(_ action: String) -> BenchError {
        BenchError("\(action): \(String(cString: strerror(errno)))")
    }
}

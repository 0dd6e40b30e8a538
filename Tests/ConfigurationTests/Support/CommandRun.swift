import Foundation
import StemmaTesting

/// One run of the built `stemma` command.
struct CommandRun {
    let status: Int32
    let output: String
    let errors: String

    /// The binary beside the running tests.
    static var binary: URL {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("stemma")
    }

    /// Runs the command to its end, without holding a thread that other tests need. A shell parts the two streams.
    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let errorFile: String = "/tmp/stemma-command-\(UUID().uuidString)"
        defer { unlink(errorFile) }
        let run = try await ChildProcess.run(
            "/bin/sh",
            ["-c", "errors=$1; shift; exec \"$@\" 2>\"$errors\"", "sh", errorFile, CommandRun.binary.path] + arguments,
            environment: environment.merging(["COLUMNS": "80"]) { own, _ in own }, folder: "/tmp")
        switch run.ending {
        case .exited(let code): status = code
        case .signalled(let number): status = number
        }
        output = run.output
        errors = (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? ""
    }
}

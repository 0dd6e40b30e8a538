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

    /// A process that has not been started, without variables of the tests' own environment.
    static func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.environment = environment.merging(["COLUMNS": "80"]) { own, _ in own }
        process.currentDirectoryURL = URL(fileURLWithPath: "/tmp")
        return process
    }

    /// Runs the command to its end, without holding a thread that other tests need.
    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        self = try await Blocking.run { try CommandRun(waitingFor: arguments, environment) }
    }

    private init(waitingFor arguments: [String], _ environment: [String: String]) throws {
        let process: Process = CommandRun.process(arguments, environment: environment)
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }
}

import Glibc
import StemmaTesting

/// What is to go wrong, at which of the calls that change the disk.
struct Fault: Sendable, CustomStringConvertible {
    /// See `KillPoint/killpoint.c`.
    enum Mode: String, CaseIterable {
        case before, after, torn, lose
    }

    /// How a call fails instead of killing the daemon.
    enum Failure: String, CaseIterable {
        case EIO, ENOSPC
    }

    /// The number of the call since the daemon's start, from 1.
    var at: Int
    var mode: Mode
    /// Nil where the daemon is killed.
    var failure: Failure?
    /// While this file exists, every later call fails as well.
    var lastsWhile: String?
    /// Counts syncs alone.
    var countsOnlySyncs: Bool = false

    var description: String {
        let what: String = failure.map { "\($0.rawValue) at" } ?? "killed at"
        return "\(what) \(countsOnlySyncs ? "sync" : "call") \(at), \(mode.rawValue)"
    }

    var environment: [String: String] {
        var variables: [String: String] = ["KILLPOINT_AT": "\(at)", "KILLPOINT_MODE": mode.rawValue]
        variables["KILLPOINT_ERROR"] = failure?.rawValue
        variables["KILLPOINT_WHILE"] = lastsWhile
        if countsOnlySyncs { variables["KILLPOINT_ONLY"] = "sync" }
        return variables
    }
}

/// The library that is loaded into the daemon to count and to break its calls.
enum Interposer {
    private static let sources: [String] = ["killpoint.c", "calls.c", "powerloss.c"]

    private static let building = Task { () async throws -> String in
        let folder: String = String(#filePath.dropLast("Interposer.swift".count)) + "KillPoint/"
        let library: String = try ScratchFolder("killpoint").file("killpoint.so")
        let arguments: [String] =
            ["-std=c11", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o", library]
            + sources.map { folder + $0 } + ["-ldl", "-pthread"]
        var output: String = ""
        for compiler in ["clang", "cc", "gcc"] {
            guard let run = try? await ChildProcess.run(compiler, arguments) else { continue }
            if run.ending == .exited(0) { return library }
            output += run.output
        }
        throw Unavailable(output: output)
    }

    /// The environment of a daemon with the interposer, which writes its log to `log`; only counts where `fault` is nil.
    ///
    /// - Throws: `Unavailable` where no C compiler built it.
    static func environment(_ fault: Fault?, log: String) async throws -> [String: String] {
        let library: String = try await building.value
        return (fault?.environment ?? [:]).merging(["LD_PRELOAD": library, "KILLPOINT_LOG": log]) { $1 }
    }

    struct Unavailable: Error, CustomStringConvertible {
        let output: String
        var description: String { "no C compiler (clang, cc, gcc) could build the interposer\n\(output)" }
    }
}

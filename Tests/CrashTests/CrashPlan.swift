import Glibc
import StemmaTesting

/// Which of the many runs are made.
enum CrashPlan {
    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Chooses where the stride begins; `STEMMA_TEST_SEED` repeats a run.
    static let seed: Int = environment("STEMMA_TEST_SEED").flatMap { Int($0) } ?? Int.random(in: 0..<1_000_000)

    /// The one run that the environment asks for.
    static let single: Fault? = {
        guard let at = environment("CRASH_AT").flatMap({ Int($0) }) else { return nil }
        return Fault(
            at: at, mode: environment("CRASH_MODE").flatMap { Fault.Mode(rawValue: $0) } ?? .before,
            failure: environment("CRASH_ERROR").flatMap { Fault.Failure(rawValue: $0) }, lastsWhile: nil,
            countsOnlySyncs: environment("CRASH_ONLY") == "sync")
    }()

    /// What happens to the second daemon of that run.
    static let singleThen: Fault? = environment("CRASH_THEN").flatMap { Int($0) }.flatMap { at in
        single.map { Fault(at: at, mode: $0.mode) }
    }

    /// Every `CRASH_EVERY`-th of all pairs of a call and a mode; about `count` of them where it is not set.
    static func faults(calls: Int, modes: [Fault.Mode], about count: Int) -> [Fault] {
        let all: [Fault] = (1...max(1, calls)).flatMap { at in modes.map { Fault(at: at, mode: $0) } }
        var stride: Int = environment("CRASH_EVERY").flatMap { Int($0) } ?? max(1, all.count / count)
        // A stride that shares a factor with the number of modes would always meet the same ones.
        while stride > 1, !modes.count.isCoprime(to: stride) { stride += 1 }
        return Swift.stride(from: seed % stride, to: all.count, by: stride).map { all[$0] }
    }

    /// Runs them, as many at a time as there are processors.
    static func runAll(_ faults: [Fault], _ run: @escaping @Sendable (Fault) async throws -> Void) async throws {
        let lanes: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for index in Swift.stride(from: lane, to: faults.count, by: lanes) { try await run(faults[index]) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The calls that the whole workload makes, from the start of the daemon to its end, as the interposer lists them.
    static func countCalls(onlySyncs: Bool = false) async throws -> [String] {
        let scratch = try ScratchFolder("count")
        let log: String = scratch.file("log")
        var environment: [String: String] = try await Interposer.environment(nil, log: log)
        if onlySyncs { environment["KILLPOINT_ONLY"] = "sync" }
        let daemon = try await Daemon.start(in: scratch.file("parent/data"), environment: environment)
        var driver = Driver()
        let outcome: Driver.Outcome = await driver.run(try daemon.admin())
        let ending: ChildProcess.Ending = try await daemon.stop()
        let problems: [String] = driver.ledger.problems + (try StoredCheck.problems(daemon.folder, driver.ledger))
        guard case .finished = outcome, ending == .exited(0), problems.isEmpty else {
            throw Unsound(outcome: outcome, problems: problems, output: daemon.child.output.text)
        }
        return try String(decoding: FileAccess.read(log), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The workload fails already where nothing breaks.
    struct Unsound: Error, CustomStringConvertible {
        let outcome: Driver.Outcome
        let problems: [String]
        let output: String
        var description: String { "without any fault: \(outcome)\n\(problems.joined(separator: "\n"))\n\(output)" }
    }
}

extension Int {
    fileprivate func isCoprime(to other: Int) -> Bool {
        var (a, b): (Int, Int) = (self, other)
        while b != 0 { (a, b) = (b, a % b) }
        return a == 1
    }
}

import StemmaTesting
import Testing

/// Calls that fail instead of killing: a disk with errors, a full disk. What is refused is not kept, what is acknowledged is.
///
/// The environment variables are those of `KillTests`, and `CRASH_ERROR`, `CRASH_ONLY` as a failure names them.
@Suite(.serialized) struct FailingDiskTests {
    @Test(.enabled(if: CrashPlan.single == nil))
    func failedSyncsSuspendWrites() async throws {
        let calls: [String] = try await CrashPlan.countCalls(onlySyncs: true)
        let faults: [Fault] = CrashPlan.faults(calls: calls.count, modes: [.before], about: 12).map { fault in
            var fault: Fault = fault
            (fault.failure, fault.countsOnlySyncs) = (.EIO, true)
            return fault
        }
        print("FailingDiskTests: \(calls.count) syncs, \(faults.count) runs, STEMMA_TEST_SEED=\(CrashPlan.seed)")
        let started: Int = calls.firstIndex { $0.contains("daemon.json") } ?? 0
        try await CrashPlan.runAll(faults) { fault in
            let isExpected: Bool = fault.at > started && !calls[fault.at - 1].hasSuffix(" data")
            try await Self.run(fault, isExpected: isExpected)
        }
    }

    @Test(.enabled(if: CrashPlan.single == nil), arguments: Fault.Failure.allCases)
    func everyFailingCall(failure: Fault.Failure) async throws {
        let calls: [String] = try await CrashPlan.countCalls()
        let faults: [Fault] = CrashPlan.faults(calls: calls.count, modes: [.before, .torn], about: 12).map { fault in
            var fault: Fault = fault
            fault.failure = failure
            return fault
        }
        print("FailingDiskTests: \(failure), \(faults.count) runs, STEMMA_TEST_SEED=\(CrashPlan.seed)")
        try await CrashPlan.runAll(faults) { try await Self.run($0) }
    }

    @Test(.enabled(if: CrashPlan.single?.failure != nil))
    func chosenFailure() async throws {
        try await Self.run(try #require(CrashPlan.single))
    }

    private static func run(_ fault: Fault, isExpected: Bool = true) async throws {
        var run: CrashCase
        if fault.failure == .ENOSPC {
            var fault: Fault = fault
            fault.lastsWhile = try ScratchFolder("full").file("full")
            run = try CrashCase(fault)
            try await run.fillUp()
        } else {
            run = try CrashCase(fault)
            if fault.countsOnlySyncs {
                try await run.failSync(isExpected: isExpected)
            } else {
                try await run.failOnce()
            }
        }
        if CrashPlan.single != nil { print("\(run.fault): \(run.hit ?? "not reached")") }
    }
}

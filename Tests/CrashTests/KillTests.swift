import StemmaTesting
import Testing

/// `kill -9` at every call that changes the disk, and the loss of power there, each followed by a check of every row and blob.
///
/// - `CRASH_EVERY=1` makes all runs, another number every so-manieth; without it about 70 are spread over all.
/// - `CRASH_AT=<call> CRASH_MODE=<mode>` makes the one run that a failure names.
@Suite(.serialized) struct KillTests {
    @Test(.enabled(if: CrashPlan.single == nil))
    func everyWritePoint() async throws {
        let calls: [String] = try await CrashPlan.countCalls()
        #expect(calls.count > 400, "the interposer sees too few calls:\n\(calls.joined(separator: "\n"))")
        for call in ["pwrite", "fsync", "fdatasync", "rename", "unlink", "mkdir", "create", "ftruncate", "fchmod"] {
            #expect(calls.contains { $0.contains(" \(call) ") }, "no \(call) was seen")
        }
        let faults: [Fault] = CrashPlan.faults(calls: calls.count, modes: Fault.Mode.allCases, about: 56)
        print("KillTests: \(calls.count) calls, \(faults.count) runs, STEMMA_TEST_SEED=\(CrashPlan.seed)")
        try await CrashPlan.runAll(faults) { fault in
            var run = try CrashCase(fault)
            try await run.kill()
        }
    }

    /// A daemon that is killed while it recovers from having been killed. Its start and its end make some 100 calls.
    @Test(.enabled(if: CrashPlan.single == nil))
    func everyWritePointOfTheRecovery() async throws {
        let calls: [String] = try await CrashPlan.countCalls()
        let staged: Int = 1 + (calls.firstIndex { $0.contains("upl_") } ?? calls.count / 2)
        let seconds: [Fault] = CrashPlan.faults(calls: 100, modes: Fault.Mode.allCases, about: 12)
        try await CrashPlan.runAll(seconds) { second in
            // Anywhere from the middle of the first resumable upload on.
            let first: Int = staged + (second.at * 37 + CrashPlan.seed) % max(1, calls.count - staged)
            var run = try CrashCase(Fault(at: first, mode: second.mode), then: second)
            try await run.kill()
        }
    }

    @Test(.enabled(if: CrashPlan.single != nil && CrashPlan.single?.failure == nil))
    func chosenWritePoint() async throws {
        var run = try CrashCase(try #require(CrashPlan.single), then: CrashPlan.singleThen)
        try await run.kill()
        print("\(run.fault): \(run.hit ?? "not reached")")
    }
}

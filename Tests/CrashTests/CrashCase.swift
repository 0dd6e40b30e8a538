import Glibc
import StemmaTesting
import Testing

/// One run: a daemon that is made to fail at one call, then a sound one on what it left.
struct CrashCase: Sendable {
    let fault: Fault
    /// What then happens to the daemon that is started on the remains, if it is not left in peace.
    private let second: Fault?
    private let scratch: ScratchFolder

    /// What the interposer noted: the call that was hit. Nil where the run ended before it came.
    private(set) var hit: String?
    private(set) var problems: [String] = []
    /// The last 4,000 characters that the failing daemon wrote, for messages.
    private var output: String = ""

    init(_ fault: Fault, then second: Fault? = nil) throws {
        self.fault = fault
        self.second = second
        scratch = try ScratchFolder("crash")
    }

    /// The data directory, in a folder that the daemon makes as well.
    private var folder: String { scratch.file("parent/data") }
    private var log: String { scratch.file("log") }

    /// How the run is repeated alone.
    private var again: String {
        var variables: String = "CRASH_AT=\(fault.at) CRASH_MODE=\(fault.mode.rawValue)"
        if let failure = fault.failure { variables += " CRASH_ERROR=\(failure.rawValue)" }
        if fault.countsOnlySyncs { variables += " CRASH_ONLY=sync" }
        if let second { variables += " CRASH_THEN=\(second.at)" }
        return "\(variables) swift test --filter CrashTests"
    }

    /// Kills the daemon at the chosen call, and the next one as well where that is wanted; one whose call never comes is
    /// stopped when all is done. Then checks what the last one finds.
    mutating func kill() async throws {
        let driver: Driver = try await broken()
        if let second {
            let daemon = try await Daemon.start(in: folder, environment: Interposer.environment(second, log: log))
            let ending: ChildProcess.Ending = try await daemon.stop()
            if ending != .exited(0) { try expectKilled(ending) }
        }
        noteHit()
        try await recover(driver)
        finish()
    }

    /// Starts the daemon with the interposer and works until it is gone.
    private mutating func broken() async throws -> Driver {
        var driver = Driver()
        let daemon = try await startFailing()
        defer { output = String(daemon.child.output.text.suffix(4_000)) }
        guard let client = try? daemon.admin() else {
            try expectKilled(await daemon.child.ended())
            return driver
        }
        switch await driver.run(client) {
        case .broken: try expectKilled(await daemon.child.ended())
        case .finished:
            let ending = try await daemon.stop()
            if ending != .exited(0) { try expectKilled(ending) }
        case .refused(let step, let reply):
            problems.append("\(step.name) was refused: \(reply)")
            try await daemon.stop()
        }
        return driver
    }

    mutating func problem(_ text: String) { problems.append(text) }

    /// Whether the chosen call came; keeps what the interposer wrote about it.
    @discardableResult
    mutating func noteHit() -> Bool {
        hit = try? String(decoding: FileAccess.read(log), as: UTF8.self)
        return hit != nil
    }

    /// Starts the daemon with the interposer.
    func startFailing() async throws -> Daemon {
        try await Daemon.start(in: folder, environment: Interposer.environment(fault, log: log))
    }

    /// Stops a daemon that was not killed. It may have refused to start, but not crashed.
    mutating func endFailing(_ daemon: Daemon) async throws {
        let ending: ChildProcess.Ending = try await daemon.stop()
        if case .signalled = ending { problem("the daemon crashed: \(ending)") }
        output = String(daemon.child.output.text.suffix(4_000))
        noteHit()
    }

    private mutating func expectKilled(_ ending: ChildProcess.Ending) throws {
        if ending != .signalled(SIGKILL) {
            problems.append("the daemon was not killed, but ended by itself: \(ending)")
        }
    }

    /// Starts a daemon without the interposer, checks it, finishes the workload and checks the files.
    mutating func recover(_ start: Driver) async throws {
        var driver: Driver = start
        let daemon = try await Daemon.start(in: folder)
        guard let client = try? daemon.admin() else {
            problems.append("the daemon does not start any more, or has no admin.token:\n\(daemon.child.output.text)")
            daemon.child.send(SIGKILL)
            return
        }
        problems += try await LiveCheck.problems(client, driver.ledger)
        switch await driver.run(client) {
        case .finished: break
        case .broken: problems.append("the second daemon died:\n\(daemon.child.output.text.suffix(4_000))")
        case .refused(let step, let reply):
            problems.append("repeated after the restart, \(step.name) is refused: \(reply)")
        }
        let isFinished: Bool = driver.ledger.remaining.isEmpty
        if isFinished { problems += try await LiveCheck.problems(client, driver.ledger) }
        let ending: ChildProcess.Ending = try await daemon.stop()
        if ending != .exited(0) { problems.append("the second daemon stopped with \(ending)") }
        problems += driver.ledger.problems + (try StoredCheck.problems(folder, isFinished ? driver.ledger : nil))
    }

    /// Reports, and removes the files.
    func finish() {
        if !problems.isEmpty {
            let place: String = hit.map { "\(fault): \($0)" } ?? "\(fault), which was not reached\n"
            Issue.record("\(place)\(problems.joined(separator: "\n"))\nAlone again: \(again)\nIt wrote:\n\(output)")
        }
        for path in FileAccess.files(below: scratch.path) { FileAccess.remove(path) }
    }
}

import Glibc
import StemmaJSON
import StemmaTesting

extension CrashCase {
    /// Makes one sync fail. From then on the daemon cannot tell what the disk holds: it takes no more writes, says so,
    /// and goes on reading.
    ///
    /// - Parameter isExpected: Whether the daemon can know of it: SQLite disregards a failed sync of a folder, and of the
    ///   database when the last connection of the migration closes, whose log then stays.
    mutating func failSync(isExpected: Bool) async throws {
        var driver = Driver()
        let daemon = try await startFailing()
        if let client = try? daemon.admin() {
            switch await driver.run(client) {
            case .broken: problem("the daemon died")
            case .finished:
                if isExpected, noteHit() { try await expectSuspended(client) }
            case .refused(let step, let reply):
                if ![500, 503].contains(reply.status) { problem("\(step.name) was refused: \(reply)") }
                try await expectSuspended(client)
                try await expectSights(client, driver.ledger)
            }
        }
        try await endFailing(daemon)
        try await recover(driver)
        finish()
    }

    /// Makes one call of any kind fail. What was refused may be repeated, at once or after a new start.
    mutating func failOnce() async throws {
        var driver = Driver()
        let daemon = try await startFailing()
        if let client = try? daemon.admin() {
            var outcome: Driver.Outcome = await driver.run(client)
            if case .refused(let step, let reply) = outcome {
                if ![500, 503, 507].contains(reply.status) { problem("\(step.name) was refused: \(reply)") }
                try await expectSights(client, driver.ledger)
                outcome = await driver.run(client)
            }
            if case .refused(let step, let reply) = outcome, reply.status != 503 {
                problem("repeated, \(step.name) was refused: \(reply)")
            }
            if case .broken = outcome { problem("the daemon died") }
        }
        try await endFailing(daemon)
        try await recover(driver)
        finish()
    }

    /// Fills the disk up from one call on, and makes room again. Nothing of what was refused is kept, and the daemon goes on
    /// without a new start.
    mutating func fillUp() async throws {
        var driver = Driver()
        try FileAccess.write([], to: fault.lastsWhile ?? "")
        let daemon = try await startFailing()
        if let client = try? daemon.admin() {
            var outcome: Driver.Outcome = await driver.run(client)
            if case .refused(let step, let reply) = outcome {
                if reply.status != 507 { problem("\(step.name) was refused: \(reply)") }
                let ready: WireReply = try await client.get("/readyz")
                if ready.status != 503 { problem("ready with a full disk: \(ready)") }
                try await expectSights(client, driver.ledger)
                try await expectNothing(of: step, client)
            }
            FileAccess.remove(fault.lastsWhile ?? "")
            outcome = await driver.run(client)
            switch outcome {
            case .finished: break
            case .broken: problem("the daemon died")
            case .refused(let step, let reply): problem("with room again, \(step.name) is refused: \(reply)")
            }
        }
        FileAccess.remove(fault.lastsWhile ?? "")
        try await endFailing(daemon)
        try await recover(driver)
        finish()
    }

    private func expectSuspendedAnswer(_ reply: WireReply) -> Bool {
        reply.status == 503 && reply.json["code"]?.string == "writes_suspended"
    }

    private mutating func expectSuspended(_ client: DaemonClient) async throws {
        let model: WireReply = try await client.post("/v1/models", ["name": "probe"])
        if !expectSuspendedAnswer(model) { problem("after a failed sync a model is registered: \(model)") }
        let blob: WireReply = try await client.upload("/v1/blobs/\(digest(of: [1, 2, 3]))", [1, 2, 3])
        if !expectSuspendedAnswer(blob) { problem("after a failed sync a blob is taken: \(blob)") }
        let ready: WireReply = try await client.get("/readyz")
        if ready.status != 503 { problem("ready after a failed sync: \(ready)") }
        let alive: WireReply = try await client.get("/healthz")
        if alive.status != 200 { problem("/healthz: \(alive)") }
    }

    /// What was acknowledged is still read.
    private mutating func expectSights(_ client: DaemonClient, _ ledger: Ledger) async throws {
        for (target, sight) in ledger.sights.sorted(by: { $0.key < $1.key }) {
            let reply: WireReply = try await client.get(target)
            if Ledger.Sight(reply) != sight { problem("\(target) changed to \(reply)") }
        }
    }

    /// A blob that was refused is not there.
    private mutating func expectNothing(of step: Step, _ client: DaemonClient) async throws {
        guard step.name.hasPrefix("blob-") else { return }
        let reply: WireReply = try await client.head(step.target)
        if reply.status != 404 { problem("\(step.name) was refused, but its blob is there: \(reply)") }
    }
}

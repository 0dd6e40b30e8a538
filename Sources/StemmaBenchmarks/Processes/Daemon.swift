internal import Glibc

/// A `stemma serve` on a data directory of its own, reached over the loopback interface.
final class Daemon {
    let directory: String
    let port: UInt16
    let process: ChildProcess
    /// From the start of the process to the first 200 of `/readyz`, in seconds.
    private(set) var startSeconds: Double = 0
    /// The administrator's token that the first start on the directory made.
    private(set) var token = ""

    /// Starts it and waits until it is ready. Throws `BenchError` with the end of its log where that fails.
    init(_ bench: Bench, directory: String) throws {
        self.directory = directory
        port = try Ports.unused()
        let log: String = bench.newPath("stemma.log")
        let start: UInt64 = Clock.now
        process = try ChildProcess(
            bench.stemma, ["serve", "--data-dir", directory, "--listen", "127.0.0.1:\(port)"], output: log)
        do {
            try awaitReadiness(since: start)
            token = Text.trimmed(try Files.read(directory + "/admin.token"))
        } catch {
            process.kill()
            throw error
        }
    }

    /// The header line that every request of ours has.
    var authorization: String { "Authorization: Bearer \(token)" }

    func client() throws -> HTTPClient { try HTTPClient(port: port, headers: [authorization]) }

    func stop() { process.stop() }

    private func awaitReadiness(since start: UInt64) throws {
        while !process.hasEnded, Clock.seconds(since: start) < 60 {
            if let client = try? HTTPClient(port: port), let answer = try? client.get("/readyz"), answer.status == 200 {
                startSeconds = Clock.seconds(since: start)
                return
            }
            usleep(500)
        }
        throw BenchError("stemma did not become ready: \(process.outputText.suffix(500))")
    }
}

import Glibc
import StemmaTesting

/// A daemon on a data directory, with or without the interposer, that may end at any moment, also before it listens.
struct Daemon: Sendable {
    let folder: String
    let child: ChildProcess
    /// Nil where it ended before it listened.
    let endpoint: DaemonEndpoint?

    /// Starts one and waits until it listens or has ended.
    static func start(in folder: String, environment: [String: String] = [:]) async throws -> Daemon {
        let child = try ChildProcess(
            DaemonBinary.path(), ["serve", "--data-dir", folder, "--listen", "127.0.0.1:0"],
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 })
        let endpoint: DaemonEndpoint? = try await Patience.wait(
            for: "the daemon's address or end", limit: .seconds(60), pause: .milliseconds(2)
        ) { () -> DaemonEndpoint?? in
            if let text = child.output.line(after: "stemma listening on ") {
                return .some(DaemonEndpoint(announced: text))
            }
            return child.state == nil ? nil : .some(nil)
        }
        return Daemon(folder: folder, child: child, endpoint: endpoint)
    }

    /// The administrator's secret as the file has it; nil where there is no such file.
    var adminToken: String? {
        guard let bytes = try? FileAccess.read(folder + "/admin.token") else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }

    /// A client with the administrator's token. Throws `NotListening`.
    func admin() throws -> DaemonClient {
        guard let endpoint, let adminToken else { throw NotListening(output: child.output.text) }
        return DaemonClient(endpoint: endpoint, token: adminToken)
    }

    /// Asks it to stop and waits for its end, however that comes.
    @discardableResult
    func stop() async throws -> ChildProcess.Ending {
        child.send(SIGTERM)
        return try await child.ended(within: .seconds(30))
    }

    /// The daemon does not listen, or has no token file; with what it wrote.
    struct NotListening: Error, CustomStringConvertible {
        let output: String
        var description: String { "the daemon does not serve; it wrote:\n\(output)" }
    }
}

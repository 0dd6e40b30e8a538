internal import Glibc

/// The real daemon, started from the binary that was built beside the tests.
package final class DaemonProcess: Sendable {
    /// How a daemon is started.
    package struct Options: Sendable {
        /// `HOST:PORT` or `unix:PATH`.
        package var listen = "127.0.0.1:0"
        /// Further command-line arguments of `serve`.
        package var arguments: [String] = []
        /// Further environment variables.
        package var environment: [String: String] = [:]

        /// A free port of the loopback address, nothing else changed.
        package init() {}
    }

    /// The data directory.
    package let dataFolder: String
    /// Where it listens.
    package let endpoint: DaemonEndpoint
    /// The process and its output.
    package let child: ChildProcess
    /// The administrator's token, from the file that the first start wrote.
    package let adminToken: String

    private init(dataFolder: String, endpoint: DaemonEndpoint, child: ChildProcess, adminToken: String) {
        self.dataFolder = dataFolder
        self.endpoint = endpoint
        self.child = child
        self.adminToken = adminToken
    }

    /// Starts a daemon and waits until it listens.
    ///
    /// - Parameter dataFolder: An existing data directory, for a restart; a new scratch folder where nil.
    /// - Throws: `DaemonDidNotStart` with what the daemon wrote, `SystemFailure`.
    package static func start(in dataFolder: String? = nil, _ options: Options = Options()) async throws
        -> DaemonProcess
    {
        // The key that signs the audit log is made beside the data directory, and goes with the scratch folder.
        let folder = try dataFolder ?? ScratchFolder("daemon").path + "/data"
        let child = try ChildProcess(
            DaemonBinary.path(),
            ["serve", "--data-dir", folder, "--listen", options.listen] + options.arguments,
            environment: ChildProcess.plainEnvironment.merging(options.environment) { $1 })
        let endpoint: DaemonEndpoint?
        do {
            endpoint = try await Patience.wait(for: "the daemon's address", limit: .seconds(60)) {
                () -> DaemonEndpoint?? in
                if let text = child.output.line(after: "stemma listening on ") {
                    return .some(DaemonEndpoint(announced: text))
                }
                return child.state == nil ? nil : .some(nil)
            }
        } catch {
            child.send(SIGKILL)
            throw DaemonDidNotStart(output: child.output.text)
        }
        guard let endpoint, let token = try? FileAccess.read(folder + "/admin.token") else {
            child.send(SIGKILL)
            throw DaemonDidNotStart(output: child.output.text)
        }
        let secret = String(decoding: token, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        return DaemonProcess(dataFolder: folder, endpoint: endpoint, child: child, adminToken: secret)
    }

    /// A client with the administrator's token.
    package var admin: DaemonClient { DaemonClient(endpoint: endpoint, token: adminToken) }

    /// A client without credentials.
    package var anonymous: DaemonClient { DaemonClient(endpoint: endpoint, token: nil) }

    /// A client with that token.
    package func client(token: String) -> DaemonClient { DaemonClient(endpoint: endpoint, token: token) }

    /// Asks the daemon to stop with SIGTERM and waits for its end.
    @discardableResult
    package func stop(within limit: Duration = .seconds(30)) async throws -> ChildProcess.Ending {
        child.send(SIGTERM)
        return try await child.ended(within: limit)
    }

    /// Kills the daemon with SIGKILL, without any warning, and waits until it is gone.
    package func kill() async throws {
        child.send(SIGKILL)
        _ = try await child.ended()
    }
}

/// The daemon ended or stayed silent instead of listening.
package struct DaemonDidNotStart: Error, CustomStringConvertible {
    /// All that it wrote.
    package let output: String

    /// The output, introduced.
    package var description: String { "the daemon did not start; it wrote:\n\(output)" }
}

internal import ArgumentParser
internal import Foundation
internal import StemmaConfiguration
internal import StemmaHTTP

/// The flags that say which daemon, or which data directory, the `token` commands work on.
struct AdministrationOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Work on the daemon at http://HOST:PORT or unix:PATH instead of that of the data directory.",
            valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "Authenticate with the token in this file. Default: $STEMMA_TOKEN, or DATA_DIR/admin.token.",
            valueName: "file"))
    var tokenFile: String?

    func validate() throws {
        if let server, (try? HTTPClientAddress(server)) == nil {
            throw ValidationError(
                "--server must be http://HOST:PORT or unix:PATH; for a daemon with TLS use a unix: listener or --data-dir"
            )
        }
    }

    /// The running daemon where there is one, else the data directory itself. Throws `CommandFailure`.
    func open() async throws -> any TokenAdministration {
        if let server {
            guard let token = try givenToken() else {
                throw CommandFailure("--server needs --token-file or STEMMA_TOKEN", status: EX_USAGE)
            }
            return RemoteAdministration(address: try HTTPClientAddress(server), token: token)
        }
        let settings: StemmaSettings = try configuration.load().settings
        let directory: String = settings.dataDirectory
        guard DataDirectory.exists(directory) else {
            throw CommandFailure(
                "there is no data directory \(directory); name it with --data-dir, or a daemon with --server")
        }
        guard let address = try DataDirectory.daemonAddress(directory), try isListening(address) else {
            return try await OfflineAdministration(settings)
        }
        let token: String = try givenToken() ?? DataDirectory.token(at: DataDirectory.adminTokenPath(directory))
        return RemoteAdministration(address: address, token: token, host: settings.server.http.allowedHosts.first)
    }

    private func givenToken() throws -> String? {
        if let tokenFile { return try DataDirectory.token(at: tokenFile) }
        let variable: String? = ProcessInfo.processInfo.environment["STEMMA_TOKEN"]
        return variable.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A daemon that ended without cleaning up leaves its address behind.
    private func isListening(_ address: HTTPClientAddress) throws -> Bool {
        do {
            return try HTTPClient(address, timeoutMilliseconds: 5_000).send(HTTPClientRequest("GET", "/healthz")).status
                > 0
        } catch {
            if case .refused = error { return false }
            throw CommandFailure("\(address): \(error)")
        }
    }
}

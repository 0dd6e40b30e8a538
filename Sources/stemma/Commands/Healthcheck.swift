internal import ArgumentParser
internal import Glibc
internal import StemmaConfiguration
internal import StemmaHTTP

/// `stemma healthcheck`: one request, for container runtimes.
struct Healthcheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running daemon whether it is well; exit with 0 or 1.",
        discussion: """
            Asks the daemon of the data directory, or the one at --url, for /healthz.

            EXAMPLES
              stemma healthcheck
              stemma healthcheck --ready --url http://127.0.0.1:8765
              HEALTHCHECK CMD ["stemma", "healthcheck"]
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: ArgumentHelp("Ask the daemon at http://HOST:PORT or unix:PATH.", valueName: "url"))
    var url: String?

    @Flag(help: "Ask for /readyz: whether it can also write.")
    var ready: Bool = false

    @Option(help: ArgumentHelp("Give up after this many milliseconds.", valueName: "ms"))
    var timeoutMs: Int = 3_000

    func validate() throws {
        guard (1...600_000).contains(timeoutMs) else { throw ValidationError("--timeout-ms must be from 1 to 600000") }
        if let url, (try? HTTPClientAddress(url)) == nil {
            throw ValidationError("--url must be http://HOST:PORT or unix:PATH")
        }
    }

    func run() throws {
        let (address, host): (HTTPClientAddress, String?) = try target()
        let client = HTTPClient(address, timeoutMilliseconds: timeoutMs)
        let path: String = ready ? "/readyz" : "/healthz"
        do {
            let answer: HTTPClientResponse = try client.send(
                HTTPClientRequest("GET", path, fields: HTTPFields(host.map { [("host", $0)] } ?? [])))
            guard answer.status == 200 else {
                throw CommandFailure(
                    "\(client.address) answers \(answer.status) to \(path): \(answer.text.prefix(500))")
            }
        } catch let error as HTTPClientError {
            throw CommandFailure("\(client.address): \(error)")
        }
        try StandardOutput.write("ok\n")
    }

    /// Whom to ask, and by which name where the daemon answers to certain names only.
    private func target() throws -> (HTTPClientAddress, host: String?) {
        if let url { return (try HTTPClientAddress(url), nil) }
        let settings: StemmaSettings = try options.load().settings
        guard let address = try DataDirectory.daemonAddress(settings.dataDirectory) else {
            throw CommandFailure("no daemon runs in \(settings.dataDirectory); name one with --url")
        }
        return (address, settings.server.http.allowedHosts.first)
    }
}

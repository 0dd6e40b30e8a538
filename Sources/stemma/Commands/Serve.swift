internal import ArgumentParser
internal import Glibc
internal import Logging
internal import StemmaConfiguration

/// `stemma serve`: the daemon, until a signal ends it.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion: """
            Prints one line for each address as soon as it answers there, and runs until SIGTERM or SIGINT. The first of \
            them stops new requests and lets running ones finish for drain.timeout_seconds; the second ends the process at \
            once. SIGHUP reads the TLS certificate and key again.

            Every setting can also be given in a file (see `stemma config example`) or in the environment: \
            STEMMA_SERVER_LISTEN for server.listen. Flags win over the environment, the environment over the file.

            EXAMPLES
              stemma serve
              stemma serve --data-dir /var/lib/stemma --listen '[::]:8765'
              stemma serve --listen unix:/run/stemma.sock --log-format text
              stemma serve --listen 0.0.0.0:8443 \\
                --tls-certificate server.pem --tls-private-key server.key
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Listen on HOST:PORT, [IPV6]:PORT or unix:PATH; may be repeated. Default: 127.0.0.1:8765.",
            valueName: "address"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Log nothing less severe: trace, debug, info, notice, warning, error, critical. Default: info.",
            valueName: "level")
    )
    var logLevel: String?

    @Option(help: ArgumentHelp("Write logs as json or text. Default: json.", valueName: "format"))
    var logFormat: String?

    @Option(help: ArgumentHelp("PEM file of the certificate; TCP listeners then speak TLS.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file of the certificate's private key.", valueName: "file"))
    var tlsPrivateKey: String?

    func run() async throws {
        let loaded: LoadedConfiguration = try options.load(flags)
        let settings: StemmaSettings = loaded.settings
        let sink = LogSink(format: settings.log.format)
        defer { sink.flush() }
        let logger: Logger = StemmaLogHandler.logger("stemma", sink: sink, level: settings.log.level)
        for warning in loaded.warnings { logger.warning("\(warning)") }
        let signals = SignalWatch()
        let daemon: Daemon
        let addresses: [String]
        do {
            daemon = try await Daemon(settings: settings, logger: logger)
            addresses = try await daemon.start()
        } catch {
            throw CommandFailure("cannot start: \(error)")
        }
        do {
            try StandardOutput.write(addresses.map { "stemma listening on \($0)\n" }.joined())
        } catch {
            await daemon.stop()
            throw error
        }
        for await request in signals.requests {
            switch request {
            case .reload:
                logger.notice("reading the TLS certificate again")
                daemon.reload()
            case .stop(let signal):
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
                await daemon.stop()
                return
            }
        }
    }

    private var flags: [FlagValue] {
        func one(_ key: String, _ flag: String, _ value: String?) -> FlagValue {
            FlagValue(key: key, flag: flag, values: value.map { [$0] } ?? [])
        }
        return [
            FlagValue(key: "server.listen", flag: "--listen", values: listen),
            one("log.level", "--log-level", logLevel),
            one("log.format", "--log-format", logFormat),
            one("server.tls.certificate", "--tls-certificate", tlsCertificate),
            one("server.tls.private_key", "--tls-private-key", tlsPrivateKey),
        ]
    }
}

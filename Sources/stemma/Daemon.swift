internal import Logging
internal import StemmaAPI
internal import StemmaConfiguration
internal import StemmaDelivery
internal import StemmaFiles
internal import StemmaHTTP
internal import StemmaRegistry
internal import StemmaSQLite

/// The running registry: builds the boxes, connects them, starts and stops them. Holds no rules.
final class Daemon: Sendable {
    private let settings: StemmaSettings
    private let logger: Logger
    private let registry: OpenRegistry
    private let server: HTTPServer
    private let chores: Chores
    private let dispatcher: WebhookDispatcher

    /// Opens the data directory, migrating its database where needed. Throws where it is unusable or in use.
    init(settings: StemmaSettings, logger: Logger) async throws {
        self.settings = settings
        self.logger = logger
        let hotAliases = HotAliasTable()
        let hotTraffic = HotTrafficTable()
        let registry: OpenRegistry = try await OpenRegistry(
            settings: settings, logger: logger, further: [hotAliases, hotTraffic])
        self.registry = registry
        try await hotAliases.load(from: registry.store)
        try await hotTraffic.load(from: registry.store)
        let transport: WebhookDelivery = registry.outgoing.webhooks
        let services = Services(
            core: registry.core, tokens: registry.tokens, log: registry.log, transport: transport)
        let metrics = ServerMetrics()
        let health = HealthCheck(registry: registry)
        let api = RegistryAPI(
            services: services,
            operations: OperationsContext(
                build: [("name", "stemma")] + BuildInformation.current.members, problems: { await health.problems() },
                serverMetrics: { await metrics.snapshot() }, gauges: { await health.gauges() },
                metricsNeedToken: settings.metricsRequireToken),
            hotAliases: hotAliases, hotTraffic: hotTraffic)
        server = HTTPServer(
            configuration: try settings.serverConfiguration(), router: try api.makeRouter(),
            errorRenderer: Problem.renderer(report: { text, requestID in
                logger.error("\(text)", metadata: ["request_id": "\(requestID)"])
            }),
            log: ServerLogging.make(logger, access: settings.log.access), metrics: metrics)
        chores = Chores(
            maintenance: Maintenance(core: registry.core, refusals: services.refusals),
            automation: Automation(core: registry.core), refusals: services.refusals,
            consumers: services.consumers.log, reads: registry.core.reads, log: registry.log,
            settings: settings, logger: logger)
        dispatcher = WebhookDispatcher(
            core: registry.core, transport: transport,
            report: { event in
                switch event {
                case .disabled(let webhook, let reason):
                    logger.warning(
                        "a webhook was disabled", metadata: ["webhook": "\(webhook)", "reason": "\(reason.rawValue)"])
                case .failed(let error):
                    logger.error("webhooks could not be served and are tried again soon: \(error)")
                }
            })
    }

    /// Binds the listeners and answers their addresses as URLs. At first start the admin token is written before that.
    func start() async throws -> [String] {
        if registry.store.writesSuspendedReason == nil {
            try await AdminToken.ensure(registry, directory: settings.dataDirectory, logger: logger)
        }
        OpenFileLimit.raise()
        let addresses: [String] = try server.start().map(\.description)
        try DaemonFile.write(addresses, directory: settings.dataDirectory)
        chores.start()
        if settings.webhooks.isEnabled { Task { [dispatcher] in await dispatcher.run() } }
        return addresses
    }

    /// Answers what is in flight, then closes everything in order.
    func stop() async {
        // Who waits for changes gets an answer, and streams end.
        await registry.core.changes.close()
        async let delivered: Void = dispatcher.stop()
        await server.drain(timeout: .seconds(settings.drainTimeoutSeconds))
        await delivered
        await chores.stop()
        await registry.close()
        DaemonFile.remove(directory: settings.dataDirectory)
    }

    /// Takes a new certificate for new connections.
    func reload() {
        do {
            try server.reloadTLS()
            logger.notice("certificate reloaded")
        } catch {
            logger.error("the certificate was not reloaded; the old one stays: \(error)")
        }
    }
}

package import StemmaHTTP

/// What the operations endpoints need of the daemon around them.
package struct OperationsContext: Sendable {
    /// Members of the answer of `/version`.
    package let build: [(name: String, value: String)]
    /// What `/readyz` reports; empty means ready.
    package let problems: @Sendable () async -> [String]
    package let serverMetrics: @Sendable () async -> ServerMetrics.Snapshot
    /// Further samples for `/metrics`.
    package let gauges: @Sendable () async -> [Gauge]
    package let metricsNeedToken: Bool

    /// One sample without labels.
    package struct Gauge: Sendable {
        package let name: String
        package let help: String
        package let value: Double

        package init(name: String, help: String, value: Double) {
            self.name = name
            self.help = help
            self.value = value
        }
    }

    package init(
        build: [(name: String, value: String)], problems: @escaping @Sendable () async -> [String],
        serverMetrics: @escaping @Sendable () async -> ServerMetrics.Snapshot,
        gauges: @escaping @Sendable () async -> [Gauge], metricsNeedToken: Bool
    ) {
        self.build = build
        self.problems = problems
        self.serverMetrics = serverMetrics
        self.gauges = gauges
        self.metricsNeedToken = metricsNeedToken
    }
}

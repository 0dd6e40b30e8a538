package import Logging
package import StemmaHTTP
package import StemmaRegistry

/// Everything an operator decides, with the defaults as initial values. Which keys there are, and what each accepts, is
/// declared in `Setting.all`.
package struct StemmaSettings: Sendable {
    /// Where the database, the blobs and the admin token live; relative to the working directory.
    package var dataDirectory: String = "./stemma-data"
    package var server = ServerSettings()
    package var limits = Limits()
    /// Aliases that move only with the permission `aliases:move-protected`.
    package var protectedAliases: [String] = ["production", "staging"]
    /// Bytes of the data directory's file system that uploads leave free.
    package var storageMinimumFreeBytes: Int64 = 64 << 20
    package var database = DatabaseSettings()
    /// How long an audit event is kept at least, in days. Ten years cover the longest floor known (EU AI Act, Article 18).
    package var auditRetentionDays: Int64 = 3_653
    package var auditLog = AuditLogSettings()
    /// Reads that the audit log tells of, by name.
    package var auditedReads: [String] = AuditedRead.allCases.map(\.rawValue)
    package var compliance = ComplianceSettings()
    /// How long a consumer counts as one after its last read.
    package var consumerLifetimeMilliseconds: Int64 = 7 * 86_400_000
    package var webhooks = WebhookSettings()
    /// Whether `/metrics` needs a token.
    package var metricsRequireToken: Bool = false
    package var log = LogSettings()
    /// How long requests may go on after the signal to stop.
    package var drainTimeoutSeconds: Int = 30
    /// How often expired drafts, uploads and kept answers are removed.
    package var maintenanceIntervalSeconds: Int = 60
    /// How often the registry looks whether the lifecycle, a rollout or a policy wants it to do something.
    package var automationIntervalSeconds: Int = 60

    /// The defaults.
    package init() {}

    /// The part of the settings that the services see.
    package var registryPolicy: RegistryPolicy {
        RegistryPolicy(
            limits: limits, protectedAliases: Set(protectedAliases),
            auditRetentionMilliseconds: auditRetentionDays * 86_400_000,
            consumerLifetimeMilliseconds: consumerLifetimeMilliseconds,
            auditedReads: Set(auditedReads.compactMap { AuditedRead(rawValue: $0) }),
            complianceFrameworks: compliance.frameworks,
            complianceScanMilliseconds: Int64(compliance.scanHours) * 3_600_000,
            serviceSubjects: compliance.serviceSubjects)
    }
}

/// Where and how the HTTP server listens.
package struct ServerSettings: Sendable {
    /// `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
    package var listen: [String] = ["127.0.0.1:8765"]
    /// The mode of the files of Unix-domain sockets.
    package var socketMode: UInt32 = ListenAddress.defaultSocketMode
    /// Threads that serve sockets; 0 for one for each processor.
    package var eventLoops: Int = 0
    package var tls = TLSSettings()
    /// The limits alone: its listeners and event loops are decided by the fields above.
    package var http = ServerConfiguration(listeners: [])

    /// The defaults.
    package init() {}
}

/// TLS for every TCP listener; Unix-domain sockets stay plain.
package struct TLSSettings: Sendable {
    /// PEM file of the certificate and its intermediates; empty for no TLS.
    package var certificate: String = ""
    /// PEM file of the private key; empty for no TLS.
    package var privateKey: String = ""
    package var minimumVersion: TLSVersionName = .tls12

    /// The defaults.
    package init() {}
}

/// The oldest TLS version that is accepted, as it is written in a configuration.
package enum TLSVersionName: String, Sendable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
}

/// How the database is used.
package struct DatabaseSettings: Sendable {
    /// The most readers that run at the same time.
    package var readers: Int = 4
    /// The most mutations that share one transaction, and so one sync to disk.
    package var groupCommitMax: Int = 256

    /// The defaults.
    package init() {}
}

/// What is logged, and how.
package struct LogSettings: Sendable {
    /// What is less severe is not logged.
    package var level: Logger.Level = .info
    package var format: LogFormat = .json
    /// Whether each answered request is logged.
    package var access: Bool = false

    /// The defaults.
    package init() {}
}

/// How the audit log is signed.
package struct AuditLogSettings: Sendable, Equatable {
    /// The file of the signing key; empty: beside the data directory, see `StemmaSettings.auditKeyPath`.
    package var keyFile: String = ""
    /// A file that gets every signed head; empty: none.
    package var anchorFile: String = ""
    /// The prefix of a witness that cosigns every head (C2SP tlog-witness), and its verifier key; empty: none.
    package var witnessURL: String = ""
    package var witnessKey: String = ""
    /// Seconds between two signatures where events came in.
    package var checkpointSeconds: Int = 60
    /// Hours between two verifications of the whole log: less than the day within which the rule LOG-02 wants one.
    package var verificationHours: Int = 12
}

/// What is scanned for compliance, and how often.
package struct ComplianceSettings: Sendable, Equatable {
    /// Frameworks whose rules are scanned; empty: all.
    package var frameworks: [String] = []
    /// Hours between two scheduled scans; 0: there are none.
    package var scanHours: Int = 24
    /// Subjects that are programs and no people: patterns with `*` and `?`.
    package var serviceSubjects: [String] = RegistryPolicy.programs
}

/// How webhooks are delivered.
package struct WebhookSettings: Sendable, Equatable {
    /// Whether they are delivered at all.
    package var isEnabled: Bool = true
    /// Networks that are not public and yet may be delivered to.
    package var allowedNetworks: [String] = []
    /// How long one attempt may take.
    package var timeoutMilliseconds: Int = 15_000
    /// PEM file of authorities that sign receivers' certificates, besides the system's; empty: none.
    package var authoritiesFile: String = ""

    /// The defaults.
    package init() {}
}

extension StemmaSettings {
    /// Who can change the database must not be able to sign it too, so that the key's place is not inside the data directory.
    package var auditKeyPath: String {
        guard auditLog.keyFile.isEmpty else { return auditLog.keyFile }
        var directory: Substring = dataDirectory[...]
        while directory.utf8.count > 1, directory.hasSuffix("/") { directory = directory.dropLast() }
        return directory + ".audit-key.pem"
    }
}

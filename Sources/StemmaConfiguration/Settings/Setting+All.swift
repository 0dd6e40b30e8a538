internal import Logging
internal import StemmaHTTP
internal import StemmaRegistry

extension Setting {
    /// Every key there is, in the order of the commented file.
    package static let all: [Setting] = data + server + serverLimits + tls + limits + rules + webhooks + operations

    /// The setting of a dotted path.
    package static func named(_ key: String) -> Setting? { byKey[key] }

    static let byKey: [String: Setting] = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    private static let milliseconds: ClosedRange<Int64> = 1...3_600_000
    private static let seconds: ClosedRange<Int64> = 1...(3_650 * 86_400)

    private static let data: [Setting] = [
        .text(
            "data_dir", \.dataDirectory,
            "Directory of the database, the blobs and the admin token; relative to the working directory.",
            check: SettingCheck.path)
    ]

    private static let server: [Setting] = [
        .list(
            "server.listen", \.server.listen, minimumCount: 1,
            "Where to listen: HOST:PORT, [IPV6]:PORT or unix:PATH. Port 0 lets the system choose.",
            check: SettingCheck.listenAddress),
        .list(
            "server.allowed_hosts", \.server.http.allowedHosts,
            "Host names, without port, that requests may be for; others are answered 421. Empty for any.",
            check: SettingCheck.host),
        .mode("server.socket_mode", \.server.socketMode, "Mode of the files of Unix-domain sockets."),
        .integer(
            "server.event_loops", \.server.eventLoops, 0...1_024,
            "Threads that serve sockets; 0 for one for each processor."),
    ]

    private static let serverLimits: [Setting] = [
        .integer(
            "server.request_target_max_bytes", \.server.http.requestTargetMaxBytes, 256...1_048_576,
            "Longest request target; beyond it 414."),
        .integer(
            "server.head_max_bytes", \.server.http.headMaxBytes, 1_024...1_048_576,
            "Longest head of a request, request line included; beyond it 431."),
        .integer(
            "server.head_max_fields", \.server.http.headMaxFields, 8...10_000,
            "Most header fields of a request; beyond it 431."),
        .integer(
            "server.head_timeout_ms", \.server.http.headTimeoutMilliseconds, milliseconds,
            "From a request's first byte, or the connection's start with its TLS handshake, to the end of the head."),
        .integer(
            "server.body_minimum_bytes_per_second", \.server.http.bodyMinimumBytesPerSecond, 1...1_073_741_824,
            "The least rate at which a request's body must arrive."),
        .integer(
            "server.body_grace_ms", \.server.http.bodyGraceMilliseconds, milliseconds,
            "How long a body may be slower than that."),
        .integer(
            "server.idle_timeout_ms", \.server.http.idleTimeoutMilliseconds, milliseconds,
            "How long a connection may wait between requests."),
        .integer(
            "server.write_stall_ms", \.server.http.writeStallMilliseconds, milliseconds,
            "How long a client may take no byte of an answer."),
        .integer(
            "server.linger_ms", \.server.http.lingerMilliseconds, milliseconds,
            "How long the rest of a refused request is thrown away, so that the client can read its answer."),
        .integer(
            "server.linger_max_bytes", \.server.http.lingerMaxBytes, 0...1_073_741_824,
            "How many bytes are thrown away at most."),
        .integer(
            "server.half_close_grace_ms", \.server.http.halfCloseGraceMilliseconds, milliseconds,
            "How long an answer may still be worked on after the client has closed its sending side."),
        .integer(
            "server.requests_per_connection_max", \.server.http.requestsPerConnectionMax, 0...1_000_000_000,
            "Requests that one connection may carry; 0 for no limit."),
        .integer(
            "server.connections_max", \.server.http.connectionsMax, 1...1_000_000,
            "Open connections in all; beyond it 503. Keep it below the limit of open files."),
        .integer(
            "server.connections_per_address_max", \.server.http.connectionsPerAddressMax, 1...1_000_000,
            "Open connections from one address (IPv6: one /64 network)."),
        .integer(
            "server.listen_backlog", \.server.http.listenBacklog, 1...65_535,
            "Connections that wait to be accepted, for each listener."),
        .integer(
            "server.body_buffer_max_bytes", \.server.http.bodyBufferMaxBytes, 16_384...67_108_864,
            "Body bytes that may wait in memory before the server stops reading from the socket."),
        .integer(
            "server.tick_ms", \.server.http.tickMilliseconds, 10...10_000, "How often time limits are looked at."),
    ]

    private static let tls: [Setting] = [
        .text(
            "server.tls.certificate", \.server.tls.certificate,
            "PEM file: the certificate, then its intermediates. With it every TCP listener speaks TLS and Unix-domain "
                + "sockets stay plain. Empty for no TLS. Read again at SIGHUP.",
            check: SettingCheck.optionalPath),
        .text(
            "server.tls.private_key", \.server.tls.privateKey, "PEM file of the certificate's private key.",
            check: SettingCheck.optionalPath),
        .choice("server.tls.minimum_version", \.server.tls.minimumVersion, "Oldest TLS version that is accepted."),
    ]

    private static let limits: [Setting] = [
        .integer(
            "limits.json_body_bytes", \.limits.jsonBodyBytes, 1_024...268_435_456,
            "Largest JSON request body; beyond it 413."),
        .integer(
            "limits.blob_bytes", \.limits.blobBytes, 1...(1 << 50), "Largest single file; beyond it 413."),
        .integer(
            "limits.list_limit_default", \.limits.listLimitDefault, 1...10_000,
            "Entries on a page of a list where the client does not ask for a number."),
        .integer(
            "limits.list_limit_max", \.limits.listLimitMax, 1...500, "Most entries that a client may ask for."),
        .integer(
            "limits.draft_kept_seconds", \.limits.draftKeptMilliseconds, seconds,
            "How long a draft waits to be published before it expires.", storedTimes: 1_000),
        .integer(
            "limits.upload_kept_seconds", \.limits.uploadKeptMilliseconds, seconds,
            "How long a resumable upload waits for more before it expires.", storedTimes: 1_000),
        .integer(
            "limits.idempotency_kept_seconds", \.limits.idempotencyKeptMilliseconds, 86_400...seconds.upperBound,
            "How long answers are kept for requests repeated with the same Idempotency-Key.", storedTimes: 1_000),
        .integer(
            "limits.refusal_window_ms", \.limits.refusalWindowMilliseconds, 100...3_600_000,
            "How long refused attempts of one kind are counted before the count becomes one audit event."),
    ]

    private static let rules: [Setting] = [
        .list(
            "aliases.protected", \.protectedAliases,
            "Aliases that only the roles deployer and admin may move.", check: SettingCheck.alias),
        .integer(
            "audit.retention_days", \.auditRetentionDays, 1...36_500, "How long an audit event is kept at least."),
        .list(
            "audit.reads", \.auditedReads,
            "Reads that the audit log tells of: downloads (files, archives, blobs) and audit (the log itself). Empty for "
                + "none. The first of each kind in ten minutes is an event of its own, the others are counted.",
            check: SettingCheck.auditedRead),
        .text(
            "audit.key_file", \.auditLog.keyFile,
            "PEM file of the Ed25519 key that signs the audit log, mode 0600; made where there is none. Empty for "
                + "DATA_DIR.audit-key.pem, beside the data directory. Keep a copy apart from copies of the database.",
            check: SettingCheck.optionalPath),
        .text(
            "audit.anchor_file", \.auditLog.anchorFile,
            "File that every signed head of the audit log is appended to, best on another disk; at the start the log must "
                + "hold what it says. Empty for none.",
            check: SettingCheck.optionalPath),
        .text(
            "audit.witness_url", \.auditLog.witnessURL,
            "Prefix of a witness that cosigns every head of the audit log (C2SP tlog-witness): heads are posted to "
                + "add-checkpoint below it. A witness that saw more than the log has stops all writes. Empty for none.",
            check: SettingCheck.witnessURL),
        .text(
            "audit.witness_key", \.auditLog.witnessKey,
            "The witness's verifier key, name+id+key; cosignatures by others are not believed.",
            check: SettingCheck.witnessKey),
        .integer(
            "audit.checkpoint_seconds", \.auditLog.checkpointSeconds, 1...86_400,
            "How often the head of the audit log is signed while events come in."),
        .integer(
            "audit.verify_hours", \.auditLog.verificationHours, 1...8_760,
            "How often every byte of the audit log is checked against its signed heads."),
        .list(
            "compliance.frameworks", \.compliance.frameworks,
            "Frameworks whose rules are scanned: "
                + "\(DefaultCompliance.frameworks.joined(separator: ", ")). Empty for all.",
            check: SettingCheck.framework),
        .integer(
            "compliance.scan_hours", \.compliance.scanHours, 0...8_760,
            "How often everything is scanned for compliance; 0 for never."),
        .list(
            "compliance.service_subjects", \.compliance.serviceSubjects,
            "Subjects that are programs and no people, as patterns with * and ?; a program must not approve.",
            check: SettingCheck.pattern),
        .integer(
            "consumers.ttl_seconds", \.consumerLifetimeMilliseconds, seconds,
            "How long a consumer that named itself in Stemma-Consumer counts as one after its last read.",
            storedTimes: 1_000),
        .integer(
            "storage.minimum_free_bytes", \.storageMinimumFreeBytes, 0...(1 << 50),
            "Bytes of the file system that uploads leave free; beyond it 507."),
        .integer("database.readers", \.database.readers, 1...64, "Most queries that run at the same time."),
        .integer(
            "database.group_commit_max", \.database.groupCommitMax, 1...10_000,
            "Most changes that share one transaction, and so one sync to disk."),
    ]

    private static let webhooks: [Setting] = [
        .boolean(
            "webhooks.enabled", \.webhooks.isEnabled,
            "Whether webhooks are delivered; where not, events wait for them in the audit log."),
        .list(
            "webhooks.allowed_networks", \.webhooks.allowedNetworks,
            "Networks besides the public Internet that this server may be told to send to, by webhooks and to the witness, "
                + "such as 10.1.0.0/16 or ::1/128. Each opens what listens there to whoever may make webhooks.",
            check: SettingCheck.network),
        .integer(
            "webhooks.timeout_ms", \.webhooks.timeoutMilliseconds, 100...60_000,
            "How long one attempt may take, from the look-up of the host to the answer."),
        .text(
            "webhooks.authorities_file", \.webhooks.authoritiesFile,
            "PEM file of authorities that sign certificates of receivers and of the witness, besides the system's. Empty for "
                + "none.",
            check: SettingCheck.optionalPath),
    ]

    private static let operations: [Setting] = [
        .boolean(
            "metrics.require_token", \.metricsRequireToken,
            "Whether /metrics needs a token with the role admin."),
        .choice("log.level", \.log.level, "What is less severe is not logged."),
        .choice("log.format", \.log.format, "One JSON object or one line of text for each event, on standard error."),
        .boolean("log.access", \.log.access, "Whether each answered request is logged."),
        .integer(
            "drain.timeout_seconds", \.drainTimeoutSeconds, 0...3_600,
            "How long requests may go on after SIGTERM before they are cut off."),
        .integer(
            "maintenance.interval_seconds", \.maintenanceIntervalSeconds, 1...86_400,
            "How often expired drafts, uploads and kept answers are removed."),
        .integer(
            "automation.interval_seconds", \.automationIntervalSeconds, 1...86_400,
            "How often the registry looks whether the lifecycle, a rollout or a policy wants it to do something."),
    ]
}

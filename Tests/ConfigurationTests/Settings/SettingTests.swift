import StemmaConfiguration
import StemmaHTTP
import Testing

@Suite("Declared settings")
struct SettingTests {
    @Test("keys and variables are unique, and every default is accepted")
    func declarations() throws {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        #expect(Setting.named("server.listen")?.variable == "STEMMA_SERVER_LISTEN")
        for setting in Setting.all {
            #expect(!setting.summary.isEmpty && setting.summary.hasSuffix("."), "\(setting.key)")
            if case .integer(let range) = setting.kind, case .integer(let value) = setting.defaultValue {
                #expect(range.contains(value), "\(setting.key)")
            }
        }
    }

    @Test("keys are words in lower case", arguments: Setting.all.map(\.key))
    func names(_ key: String) {
        #expect(key.wholeMatch(of: #/[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*/#) != nil)
    }

    /// Every key, set alone through the environment, changes its own value and no other.
    @Test("a value arrives where it belongs", arguments: Setting.all.map(\.key))
    func arrives(_ key: String) throws {
        let setting: Setting = try #require(Setting.named(key))
        let (text, value): (String, SettingValue) = other(setting)
        var environment: [String: String] = [setting.variable: text]
        if key == "server.tls.certificate" { environment["STEMMA_SERVER_TLS_PRIVATE_KEY"] = "k" }
        if key == "server.tls.private_key" { environment["STEMMA_SERVER_TLS_CERTIFICATE"] = "c" }
        if key == "audit.witness_url" { environment["STEMMA_AUDIT_WITNESS_KEY"] = SettingTests.witnessKey }
        if key == "audit.witness_key" { environment["STEMMA_AUDIT_WITNESS_URL"] = "https://witness.example/" }
        let loaded: LoadedConfiguration = try ConfigurationLoader.load(environment: environment)
        #expect(setting.value(in: loaded.settings) == value)
        #expect(loaded.origins[key] == .environment(variable: setting.variable))
        for unchanged in Setting.all where environment[unchanged.variable] == nil {
            #expect(unchanged.value(in: loaded.settings) == unchanged.defaultValue, "\(unchanged.key)")
            #expect(loaded.origins[unchanged.key] == .standard)
        }
    }

    /// Of the public key of RFC 8032 section 7.1, test 1.
    private static let witnessKey: String =
        "witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"

    /// An accepted value that is not the default.
    private func other(_ setting: Setting) -> (String, SettingValue) {
        switch setting.key {
        case "audit.witness_url": return ("https://w.example/log", .text("https://w.example/log"))
        case "audit.witness_key": return (SettingTests.witnessKey, .text(SettingTests.witnessKey))
        case "audit.reads": return ("audit", .list(["audit"]))
        case "webhooks.allowed_networks": return ("10.1.0.0/16, ::1/128", .list(["10.1.0.0/16", "::1/128"]))
        default: break
        }
        switch (setting.kind, setting.defaultValue) {
        case (.integer(let range), .integer(let value)):
            let next: Int64 =
                value < range.upperBound && setting.key != "limits.list_limit_default" ? value + 1 : value - 1
            return (String(next), .integer(next))
        case (.boolean, .boolean(let flag)):
            return (String(!flag), .boolean(!flag))
        case (.choice(let words), .text(let word)):
            let next: String = words.first { $0 != word } ?? word
            return (next, .text(next))
        case (.mode, _):
            return ("0660", .integer(0o660))
        case (.list, _) where setting.key == "compliance.frameworks":
            return ("gdpr,sox", .list(["gdpr", "sox"]))
        case (.list, _):
            return setting.key == "server.listen"
                ? ("[::1]:1, unix:/s", .list(["[::1]:1", "unix:/s"])) : ("gold,silver", .list(["gold", "silver"]))
        default:
            return ("/elsewhere", .text("/elsewhere"))
        }
    }

    @Test("TLS is for TCP listeners, the mode for sockets")
    func listeners() throws {
        let loaded: LoadedConfiguration = try ConfigurationLoader.load(environment: [
            "STEMMA_SERVER_LISTEN": "0.0.0.0:8443,unix:/run/s", "STEMMA_SERVER_SOCKET_MODE": "660",
            "STEMMA_SERVER_TLS_CERTIFICATE": "c.pem", "STEMMA_SERVER_TLS_PRIVATE_KEY": "k.pem",
            "STEMMA_SERVER_TLS_MINIMUM_VERSION": "1.3", "STEMMA_SERVER_EVENT_LOOPS": "3",
        ])
        let configuration: ServerConfiguration = try loaded.settings.serverConfiguration()
        let tls = TLSConfiguration(certificatePath: "c.pem", privateKeyPath: "k.pem", minimumVersion: .tls13)
        #expect(configuration.listeners.map(\.tls) == [tls, nil])
        #expect(
            configuration.listeners.map(\.address) == [
                .tcp(host: "0.0.0.0", port: 8443), .unix(path: "/run/s", mode: 0o660),
            ])
        #expect(configuration.eventLoopCount == 3)
    }
}

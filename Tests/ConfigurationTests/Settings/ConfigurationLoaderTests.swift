import Logging
import StemmaConfiguration
import StemmaHTTP
import Testing

@Suite("Loading a configuration")
struct ConfigurationLoaderTests {
    @Test("each layer overrides the ones before")
    func layers() throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write(
            """
            log: {level: error, format: text}
            drain:
              timeout_seconds: 5
            limits:
            server:
              listen:
                - "[::1]:1"
                - unix:/run/s
              linger_max_bytes: 1_000_000
            """, to: "a.yaml")
        let loaded: LoadedConfiguration = try ConfigurationLoader.load(
            environment: ["STEMMA_CONFIG": path, "STEMMA_LOG_LEVEL": "debug", "STEMMA_DRAIN_TIMEOUT_SECONDS": "6"],
            flags: [
                FlagValue(key: "drain.timeout_seconds", flag: "--drain", values: ["7"]),
                FlagValue(key: "data_dir", flag: "--data-dir", values: []),
            ])
        #expect(loaded.filePath == path)
        #expect(loaded.settings.log.level == .debug)
        #expect(loaded.settings.log.format == .text)
        #expect(loaded.settings.drainTimeoutSeconds == 7)
        #expect(loaded.settings.server.listen == ["[::1]:1", "unix:/run/s"])
        #expect(loaded.settings.server.http.lingerMaxBytes == 1_000_000)
        #expect(loaded.settings.dataDirectory == "./stemma-data")
        #expect(loaded.origins["log.format"] == .file(place: path + ":1:29"))
        #expect(loaded.origins["log.level"] == .environment(variable: "STEMMA_LOG_LEVEL"))
        #expect(loaded.origins["drain.timeout_seconds"] == .flag("--drain"))
        #expect(loaded.origins["data_dir"] == .standard)
        #expect(loaded.warnings.isEmpty)
    }

    @Test("the flag wins over STEMMA_CONFIG, and an empty variable names no file")
    func fileChoice() throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write("log:\n  level: error\n", to: "a.yaml")
        let loaded = try ConfigurationLoader.load(filePath: path, environment: ["STEMMA_CONFIG": "/nowhere"])
        #expect(loaded.settings.log.level == .error)
        #expect(try ConfigurationLoader.load(environment: ["STEMMA_CONFIG": ""]).filePath == nil)
    }

    @Test("an empty file, and one of comments, change nothing", arguments: ["", "# nothing\n", "---\n", "server:\n"])
    func emptyFiles(_ text: String) throws {
        let directory = try TemporaryDirectory()
        let loaded = try ConfigurationLoader.load(filePath: try directory.write(text, to: "a.yaml"))
        for setting in Setting.all { #expect(setting.value(in: loaded.settings) == setting.defaultValue) }
    }

    static let fileFaults: [(text: String, faults: [String])] = [
        ("a: 1", ["FILE:1:1: a: there is no such key"]),
        ("server:\n  lisen: [x]", ["FILE:2:3: server.lisen: there is no such key; did you mean server.listen?"]),
        ("listen: [x]", ["FILE:1:1: listen: there is no such key; did you mean server.listen?"]),
        (
            "server.listen: ['a:1']\nserver.: 1",
            [
                "FILE:2:1: server.: there is no such key"
            ]
        ),
        ("server:\n  listen: 'a:1'", ["FILE:2:11: server.listen: must be a list"]),
        ("server:\n  listen: []", ["FILE:2:11: server.listen: must have at least 1 entry"]),
        (
            "server:\n  listen: [a]",
            [
                "FILE:2:11: server.listen: `a` is not HOST:PORT, [IPV6]:PORT or unix:PATH"
            ]
        ),
        ("server:\n  listen: [5]", ["FILE:2:11: server.listen: must be text: put `5` in quotes"]),
        ("server:\n  listen: [[a]]", ["FILE:2:11: server.listen: must be text"]),
        ("server: 5", ["FILE:1:9: server: must be a section of keys"]),
        ("- 5", ["FILE:1:1: must be a section of keys"]),
        ("data_dir: 12", ["FILE:1:11: data_dir: must be text: put `12` in quotes"]),
        ("data_dir: {a: b}", ["FILE:1:11: data_dir: must be one value"]),
        ("data_dir: ''", ["FILE:1:11: data_dir: must name a path"]),
        ("data_dir:", ["FILE:1:10: data_dir: has no value"]),
        ("drain:\n  timeout_seconds: '5'", ["FILE:2:20: drain.timeout_seconds: must not be in quotes"]),
        ("drain:\n  timeout_seconds: 1.5", ["FILE:2:20: drain.timeout_seconds: must be a whole number from 0 to 3600"]),
        ("drain:\n  timeout_seconds: 010", ["FILE:2:20: drain.timeout_seconds: must be a whole number from 0 to 3600"]),
        (
            "drain:\n  timeout_seconds: -1",
            [
                "FILE:2:20: drain.timeout_seconds: must be a whole number from 0 to 3600, not -1"
            ]
        ),
        (
            "drain:\n  timeout_seconds: 99999999999999999999",
            [
                "FILE:2:20: drain.timeout_seconds: must be a whole number from 0 to 3600, not 99999999999999999999"
            ]
        ),
        ("log:\n  access: yes", ["FILE:2:11: log.access: must be true or false"]),
        ("log:\n  format: xml", ["FILE:2:11: log.format: must be one of json, text"]),
        (
            "server:\n  socket_mode: '0999'",
            [
                "FILE:2:16: server.socket_mode: must be a file mode in octal digits such as 0660"
            ]
        ),
        ("aliases:\n  protected: [latest]", ["FILE:2:14: aliases.protected: `latest` is computed and cannot be moved"]),
        ("log:\n  level: info\nlog:\n  format: text", ["FILE:1:1: given more than once in one section: log"]),
        (
            "a: [1\nb: 2\n",
            [
                "FILE:2:2: is not YAML: while parsing a flow sequence, did not find expected ',' or ']'"
            ]
        ),
        (
            "log: {}\n---\nlog: {}\n",
            [
                "FILE:2:1: is not YAML: expected a single document in the stream, but found another document"
            ]
        ),
        (
            "server:\n  tls: {certificate: c.pem}",
            [
                "FILE:2:22: server.tls.certificate: needs server.tls.private_key as well"
            ]
        ),
        (
            "limits:\n  list_limit_max: 10",
            [
                "FILE:2:19: limits.list_limit_max: limits.list_limit_default (50) must not exceed limits.list_limit_max (10)"
            ]
        ),
        (
            "log:\n  level: loud\ndrain: []\nx: \"\\e[31m\"\n\"\\e\": 1",
            [
                "FILE:2:10: log.level: must be one of trace, debug, info, notice, warning, error, critical",
                "FILE:3:8: drain: must be a section of keys", "FILE:4:1: x: there is no such key",
                "FILE:5:1: \\u001b: there is no such key",
            ]
        ),
    ]

    @Test("faults name the place and the key, all at once", arguments: fileFaults)
    func faultsOfFiles(_ example: (text: String, faults: [String])) throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write(example.text, to: "a.yaml")
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationLoader.load(filePath: path) }
        let expected: [String] = example.faults.map { path + $0.dropFirst(4) }
        #expect(error?.description == expected.joined(separator: "\n"))
    }

    @Test("a file that cannot be read is blamed on who named it")
    func unreadable() throws {
        let byFlag = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(filePath: "/nowhere/a.yaml")
        }
        #expect(byFlag?.description == "--config: cannot read the file `/nowhere/a.yaml`: No such file or directory")
        let byVariable = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(environment: ["STEMMA_CONFIG": "/"])
        }
        #expect(byVariable?.description == "STEMMA_CONFIG: cannot read the file `/`: Is a directory")
    }

    @Test("variables and flags are named, together with the faults of the other layers")
    func otherLayers() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(
                environment: ["STEMMA_DRAIN_TIMEOUT_SECONDS": "", "STEMMA_SERVER_LISTEN": "a:1,,b:2"],
                flags: [
                    FlagValue(key: "server.listen", flag: "--listen", values: ["a:1", "nope"]),
                    FlagValue(key: "log.level", flag: "--log-level", values: ["info", "debug"]),
                    FlagValue(key: "server.tls.private_key", flag: "--tls-private-key", values: ["k"]),
                ])
        }
        let faults: [String] = error?.faults.map(\.description) ?? []
        #expect(
            faults == [
                "STEMMA_DRAIN_TIMEOUT_SECONDS: drain.timeout_seconds: must be a whole number from 0 to 3600",
                "STEMMA_SERVER_LISTEN: server.listen: `` is not HOST:PORT, [IPV6]:PORT or unix:PATH",
                "--listen: server.listen: `nope` is not HOST:PORT, [IPV6]:PORT or unix:PATH",
                "--log-level: log.level: may be given only once",
                "--tls-private-key: server.tls.private_key: needs server.tls.certificate as well",
            ])
    }

    @Test("a variable that sets nothing is warned about, but not those of Kubernetes or of the commands")
    func warnings() throws {
        let loaded = try ConfigurationLoader.load(environment: [
            "STEMMA_SERVER_LISTN": "x", "STEMMA_PORT": "tcp://10.0.0.1:8765", "STEMMA_SERVICE_HOST": "10.0.0.1",
            "STEMMA_PORT_8765_TCP_ADDR": "x", "STEMMA_TOKEN": "stm_x", "HOME": "/",
        ])
        #expect(
            loaded.warnings == [
                "the environment variable STEMMA_SERVER_LISTN sets nothing; did you mean STEMMA_SERVER_LISTEN?"
            ])
    }

    @Test("lists in variables")
    func lists() throws {
        let empty = try ConfigurationLoader.load(environment: ["STEMMA_ALIASES_PROTECTED": ""])
        #expect(empty.settings.protectedAliases == [])
        let two = try ConfigurationLoader.load(environment: ["STEMMA_ALIASES_PROTECTED": "gold , silver"])
        #expect(two.settings.protectedAliases == ["gold", "silver"])
    }
}

import Glibc
import StemmaJSON
import StemmaTesting
import Testing

/// What operators and their tools rely on (API.md, section 10).
@Suite struct OperationTests {
    @Test func probesNeedNoToken() async throws {
        let registry = try await Registry.shared()
        for target in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/version"] {
            #expect(try await registry.anonymous.get(target).status == 200, "\(target)")
            let head = try await registry.anonymous.head(target)
            #expect(head.status == 200 && head.body.isEmpty, "\(target)")
        }
        #expect(try await registry.anonymous.get("/version").json["version"]?.string?.isEmpty == false)
    }

    @Test func metricsAreInThePrometheusFormat() async throws {
        let registry = try await Registry.shared()
        let model = try await registry.model("secret_metric_name")
        _ = try await registry.admin.get("/v1/models/\(model)")
        let reply = try await registry.anonymous.get("/metrics")
        #expect(reply["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true, "\(reply["Content-Type"] ?? "")")
        let sample =
            /[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\.)*",?)*\})? (\+Inf|-Inf|NaN|[-+0-9.eE]+)/
        for line in reply.text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: sample) != nil, "\(line)")
        }
        #expect(reply.text.contains("/v1/models/{"), "routes are labelled by their pattern")
        #expect(!reply.text.contains(model), "a label with unbounded values")
        #expect(reply.text.contains("_bucket{") && reply.text.contains("le=\"+Inf\""))
        #expect(reply.text.contains("# TYPE ") && reply.text.contains(" histogram"))
    }

    @Test func histogramsAddUp() async throws {
        let text = try await Registry.shared().anonymous.get("/metrics").text
        var whole: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            guard let match = line.firstMatch(of: /^(.+)_bucket\{(.*)le="\+Inf"(.*)\} (.+)$/) else { continue }
            whole["\(match.1)_count{\(match.2)\(match.3)}".replacing(",}", with: "}")[...]] = match.4
        }
        #expect(!whole.isEmpty)
        for (name, value) in whole {
            #expect(text.contains("\(name) \(value)"), "\(name) \(value)")
        }
    }

    @Test func openAPIDocumentIsValid() async throws {
        let registry = try await Registry.shared()
        let reply = try await registry.anonymous.get("/openapi.json")
        #expect(reply.mediaType == "application/json" && reply.json["openapi"]?.string?.hasPrefix("3.1") == true)
        let paths = try #require(reply.json["paths"]?.object)
        for path in [
            "/v1/models", "/v1/models/{name}", "/v1/models/{name}/versions", "/v1/models/{name}/versions/{ref}",
            "/v1/models/{name}/aliases/{alias}", "/v1/blobs/{digest}", "/v1/uploads", "/v1/audit", "/v1/tokens",
            "/healthz",
        ] { #expect(paths[path] != nil, "\(path) is missing") }
        var names: [String] = []
        for path in paths.members {
            for operation in path.value.object?.members ?? [] {
                if let id = operation.value["operationId"]?.string { names.append(id) }
            }
        }
        #expect(Set(names).count == names.count && names.count > 25)
        let folder = try ScratchFolder("openapi")
        try FileAccess.write(reply.body, to: folder.file("openapi.json"))
        let python = Repository.root + "/.build-venv/bin/python"
        let run = try await ChildProcess.run(
            python, ["-m", "openapi_spec_validator", "--schema", "3.1", "openapi.json"], folder: folder.path)
        #expect(run.ending == .exited(0), "\(run.output)")
    }

    @Test(arguments: ["[::1]:0", "unix:socket"])
    func daemonListensElsewhereToo(place: String) async throws {
        var options = Registry.patient
        let folder = try ScratchFolder("socket")
        options.listen = place == "unix:socket" ? "unix:\(folder.path)/stemma.sock" : place
        let registry = try await Registry.fresh(options)
        let model = try await registry.model("elsewhere")
        #expect(try await registry.admin.get("/v1/models/\(model)").status == 200)
        #expect(try await registry.daemon.stop() == .exited(0))
        if case .unix(let path) = registry.daemon.endpoint {
            #expect(FileAccess.mode(path) == nil, "the socket is removed at the end")
        }
    }

    @Test func dataIsPrivateToItsOwner() async throws {
        let registry = try await Registry.shared()
        for path in FileAccess.files(below: registry.daemon.dataFolder) where !path.contains("/blobs/") {
            #expect((FileAccess.mode(path) ?? 0o777) & 0o077 == 0, "\(path) is open to others")
        }
    }

    @Test func stopLetsARunningDownloadEnd() async throws {
        let registry = try await Registry.fresh()
        let bytes = noise(24_000_000, seed: 15)
        let digest = try await registry.blob(bytes)
        let connection = try await WireConnection(registry.daemon.endpoint)
        defer { connection.close() }
        try await connection.send(registry.admin.head("GET", "/v1/blobs/\(digest)", length: nil))
        try await Patience.wait(for: "the download in the metrics or the first bytes") {
            connection.hasBytes() ? () : nil
        }
        registry.daemon.child.send(SIGTERM)
        let reply = try await connection.reply()
        #expect(reply.status == 200 && reply.carries(bytes))
        #expect(try await registry.daemon.child.ended() == .exited(0))
    }

    @Test func stopIsPromptWithIdleConnections() async throws {
        let registry = try await Registry.fresh()
        let idle = try await WireConnection(registry.daemon.endpoint)
        defer { idle.close() }
        try await idle.send(registry.admin.head("GET", "/v1/models", length: nil, keepOpen: true))
        _ = try await idle.reply()
        #expect(try await registry.daemon.stop(within: .seconds(5)) == .exited(0))
    }

    /// Streams that began before do not keep the daemon, however many there are.
    @Test func stopIsPromptWithSubscribers() async throws {
        let registry = try await Registry.fresh()
        var subscribers: [WireConnection] = []
        defer { for subscriber in subscribers { subscriber.close() } }
        for _ in 0..<8 {
            let subscriber = try await WireConnection(registry.daemon.endpoint)
            subscribers.append(subscriber)
            try await subscriber.send(
                registry.admin.head(
                    "GET", "/v1/events", length: nil, fields: ["Accept": "text/event-stream"], keepOpen: true))
            try await Patience.wait(for: "the first bytes of the stream") { subscriber.hasBytes() ? () : nil }
        }
        #expect(try await registry.daemon.stop(within: .seconds(10)) == .exited(0))
    }

    @Test func secondDaemonOnTheSameDataIsRefused() async throws {
        let registry = try await Registry.fresh()
        await #expect(throws: DaemonDidNotStart.self) {
            _ = try await DaemonProcess.start(in: registry.daemon.dataFolder)
        }
        #expect(try await registry.admin.get("/v1/models").status == 200)
        try await registry.daemon.stop()
    }

    @Test func restartKeepsTheTokenAndTheData() async throws {
        let first = try await Registry.fresh()
        let model = try await first.model("kept")
        try await first.version(model, "1.0.0")
        try await first.point(model, "champion", at: "1.0.0")
        let before = try await first.admin.get("/v1/models/\(model)/aliases/champion")
        #expect(try await first.daemon.stop() == .exited(0))
        let second = try await first.restarted()
        #expect(second.daemon.adminToken == first.daemon.adminToken)
        let after = try await second.admin.get("/v1/models/\(model)/aliases/champion")
        #expect(after.json == before.json && after.etag == before.etag)
        try await second.daemon.stop()
    }

    @Test func healthCheckCommandTellsWhetherTheDaemonIsReady() async throws {
        let registry = try await Registry.fresh()
        let binary = try DaemonBinary.path()
        let arguments = ["healthcheck", "--url", registry.daemon.endpoint.baseURL]
        let up = try await ChildProcess.run(binary, arguments)
        #expect(up.ending == .exited(0), "\(up.output)")
        try await registry.daemon.stop()
        let down = try await ChildProcess.run(binary, arguments)
        #expect(down.ending != .exited(0), "\(down.output)")
    }

    @Test(arguments: [
        ["serve", "--listen", "nowhere"], ["serve", "--listen", "127.0.0.1:99999"], ["serve", "--bogus"], ["bogus"],
        ["serve", "--data-dir", "/proc/none", "--listen", "127.0.0.1:0"],
    ])
    func badCommandLinesEndWithAReason(arguments: [String]) async throws {
        let folder = try ScratchFolder("cwd")
        let run = try await ChildProcess.run(
            try DaemonBinary.path(), arguments, folder: folder.path, within: .seconds(20))
        #expect(run.ending != .exited(0) && run.ending != .signalled(SIGILL) && run.ending != .signalled(SIGTRAP))
        #expect(!run.output.isEmpty && !run.output.contains("Fatal error"), "\(run.output)")
    }

    @Test func helpAndVersionAnswer() async throws {
        let binary = try DaemonBinary.path()
        for arguments in [["--help"], ["serve", "--help"], ["token", "--help"]] {
            let run = try await ChildProcess.run(binary, arguments)
            #expect(run.ending == .exited(0) && run.output.contains("stemma"), "\(arguments): \(run.output)")
        }
        let help = try await ChildProcess.run(binary, ["--help"])
        for command in ["serve", "token", "migrate", "version"] { #expect(help.output.contains(command)) }
        #expect(try await ChildProcess.run(binary, ["version"]).ending == .exited(0))
    }
}

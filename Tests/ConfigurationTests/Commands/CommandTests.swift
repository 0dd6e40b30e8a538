import Foundation
import StemmaConfiguration
import StemmaHTTP
import StemmaTesting
import Testing

@Suite("Commands", .timeLimit(.minutes(1)))
struct CommandTests {
    private static let token: String = "stm_" + String(repeating: "A", count: 43)

    @Test("help fits a terminal and names every subcommand")
    func help() async throws {
        for command in [
            [], ["serve"], ["token"], ["token", "create"], ["token", "list"], ["token", "revoke"],
            ["config"], ["migrate"], ["healthcheck"], ["version"],
        ] {
            let run = try await CommandRun(command + ["--help"])
            #expect(run.status == 0)
            let prose: Substring = run.output.prefix(
                upTo: run.output.range(of: "USAGE")?.lowerBound ?? run.output.startIndex)
            #expect(!prose.isEmpty)
            // A line of an example that had to be wrapped could not be copied.
            for line in prose.split(separator: "\n") where line.contains(" stemma ") { #expect(line.count <= 80) }
            for line in prose.split(separator: "\n") { #expect(!line.hasPrefix("--"), "\(line)") }
        }
    }

    @Test(
        "wrong usage exits with 64",
        arguments: [
            ["bogus"], ["serve", "--bogus"], ["token", "create"], ["token", "create", "--subject", "a"],
            ["token", "create", "--subject", "a", "--role", "king"],
            ["token", "create", "--subject", "a", "--role", "reader", "--expires", "soon"],
            ["token", "create", "--subject", "a", "--role", "reader", "--expires", "2001-01-01"],
            ["token", "list", "--server", "https://a"], ["token", "list", "--server", "http://127.0.0.1:1"],
            ["token", "revoke"], ["token", "revoke", token], ["healthcheck", "--url", "x"],
            ["healthcheck", "--timeout-ms", "0"],
        ])
    func usage(_ arguments: [String]) async throws {
        let run = try await CommandRun(arguments)
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(!run.errors.contains(Self.token))
    }

    @Test("a wrong configuration exits with 78 and one line for each fault")
    func configuration() async throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write("log:\n  level: loud\n  colour: red\n", to: "a.yaml")
        for command in [["serve"], ["config", "check"], ["migrate"], ["token", "list"], ["healthcheck"]] {
            let run = try await CommandRun(command + ["--config", path], environment: ["STEMMA_DATABASE_READERS": "0"])
            #expect(run.status == 78)
            #expect(
                run.errors == """
                    stemma: \(path):2:10: log.level: must be one of trace, debug, info, notice, warning, error, critical
                    stemma: \(path):3:3: log.colour: there is no such key
                    stemma: STEMMA_DATABASE_READERS: database.readers: must be a whole number from 1 to 64, not 0

                    """)
        }
    }

    @Test("the effective configuration names the source of each value")
    func effective() async throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write("log:\n  access: true\n", to: "a.yaml")
        let run = try await CommandRun(
            ["config", "check", "--data-dir", "/d"], environment: ["STEMMA_CONFIG": path, "STEMMA_LOG_LEVEL": "debug"])
        #expect(run.status == 0)
        for (line, source) in [
            ("data_dir: \"/d\"", "--data-dir"), ("log.access: true", path + ":2:11"),
            ("log.level: debug", "STEMMA_LOG_LEVEL"), ("drain.timeout_seconds: 30", "default"),
        ] {
            #expect(
                run.output.split(separator: "\n").contains { $0.hasPrefix(line + " ") && $0.hasSuffix("# " + source) })
        }
        #expect(try await CommandRun(["config", "example"]).output == ConfigurationExample.render())
    }

    @Test("without a data directory or a database, commands say so")
    func nothingThere() async throws {
        let directory = try TemporaryDirectory()
        let none: String = directory.path + "/none"
        for command in [["token", "list"], ["migrate"], ["migrate", "--check"], ["healthcheck"]] {
            let run = try await CommandRun(command + ["--data-dir", none])
            #expect(run.status == 1)
            #expect(run.errors.hasPrefix("stemma: ") && run.errors.split(separator: "\n").count == 1)
            #expect(run.errors.contains(none))
        }
    }

    @Test("healthcheck asks the daemon of the data directory, or the one it is told")
    func healthcheck() async throws {
        let well: [ScriptedServer.Step] = [
            .read(until: "\r\n\r\n"), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ]
        let ill: [ScriptedServer.Step] = [
            .read(until: "\r\n\r\n"),
            .send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\ndisk\u{1B}full"),
        ]
        let server = try ScriptedServer(well, well, ill)
        let directory = try TemporaryDirectory()
        _ = try directory.write(#"{"url":"\#(server.address)"}"#, to: "daemon.json")
        let byDirectory = try await CommandRun(["healthcheck", "--data-dir", directory.path])
        #expect(byDirectory.status == 0)
        #expect(byDirectory.output == "ok\n")
        #expect(try await CommandRun(["healthcheck", "--ready", "--url", "\(server.address)"]).status == 0)
        let bad = try await CommandRun(["healthcheck", "--url", "\(server.address)"])
        #expect(bad.status == 1)
        #expect(bad.errors == "stemma: \(server.address) answers 503 to /healthz: disk\\u001bfull\n")
        #expect(server.received.map { String($0.prefix(13)) } == ["GET /healthz ", "GET /readyz H", "GET /healthz "])
        _ = try directory.write("{}", to: "daemon.json")
        #expect(try await CommandRun(["healthcheck", "--data-dir", directory.path]).status == 1)
    }

    @Test("serve announces its addresses and ends with 0 after SIGTERM")
    func serve() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try ChildProcess(
            CommandRun.binary.path, ["serve", "--data-dir", directory.path + "/data", "--listen", "127.0.0.1:0"])
        let address = try await Patience.wait(for: "the address", limit: .seconds(30)) {
            daemon.output.line(after: "stemma listening on ")
        }
        #expect(address.hasPrefix("http://127.0.0.1:"))
        daemon.send(SIGTERM)
        #expect(try await daemon.ended() == .exited(0))
    }

    @Test("serve that cannot start ends with one line and 1")
    func cannotStart() async throws {
        let directory = try TemporaryDirectory()
        let file: String = try directory.write("", to: "file")
        let run = try await CommandRun([
            "serve", "--data-dir", file + "/data", "--listen", "127.0.0.1:0", "--log-level", "critical",
        ])
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("stemma: cannot start: ") && run.errors.split(separator: "\n").count == 1)
        #expect(run.output.isEmpty)
    }
}

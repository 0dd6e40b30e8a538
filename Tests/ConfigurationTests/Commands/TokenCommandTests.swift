import Foundation
import StemmaHTTP
import Testing

@Suite("Token commands", .timeLimit(.minutes(1)))
struct TokenCommandTests {
    private static let admin: String = "stm_" + String(repeating: "A", count: 43)
    private static let made: String = "stm_" + String(repeating: "B", count: 43)
    private static let listed: String =
        #"{"id":"tok_1","subject":"alice\u001b[31m","roles":["publisher","reader"],"models":["fraud_*"],"#
        + #""created_at":"2024-01-15T10:30:00.123Z","created_by":"admin","expires_at":null,"revoked_at":null}"#
    private static let ended: String =
        #"{"id":"tok_22","subject":"bob","roles":["admin"],"models":["*"],"created_at":"2024-01-15T10:30:00.000Z","#
        + #""created_by":null,"expires_at":"2024-01-16T00:00:00.000Z","revoked_at":null}"#

    private static func answer(_ status: String, _ body: String) -> ScriptedServer.Step {
        .send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
    }

    private static func script(_ status: String, _ body: String, until end: String = "\r\n\r\n") -> [ScriptedServer
        .Step]
    {
        [.read(until: end), answer(status, body)]
    }

    @Test("create goes through the daemon of the data directory")
    func create() async throws {
        let directory = try TemporaryDirectory()
        let server = try ScriptedServer(
            unixPath: directory.path + "/socket", Self.script("200 OK", "{}"),
            Self.script("201 Created", #"{"id":"tok_1","token":"\#(Self.made)"}"#, until: "}"))
        _ = try directory.write(#"{"url":"\#(server.address)"}"#, to: "daemon.json")
        _ = try directory.write(Self.admin + "\n", to: "admin.token")
        let run = try await CommandRun([
            "token", "create", "--data-dir", directory.path, "--subject", "alice", "--role", "publisher", "--role",
            "reader",
            "--model", "fraud_*", "--expires", "2999-12-31",
        ])
        #expect(run.status == 0)
        #expect(run.output == Self.made + "\n")
        #expect(
            run.errors
                == "for alice: publisher, reader; models fraud_*, until 2999-12-31T00:00:00.000Z. It is not shown again.\n"
        )
        let request: String = try #require(server.received.last)
        #expect(request.hasPrefix("POST /v1/tokens HTTP/1.1\r\nauthorization: Bearer \(Self.admin)\r\n"))
        #expect(
            request.hasSuffix(
                #"{"subject":"alice","roles":["publisher","reader"],"models":["fraud_*"],"expires_at":"2999-12-31T00:00:00.000Z"}"#
            ))
        // The secret that authenticates is not sent before it is known that somebody listens, and not to /healthz.
        #expect(server.received.first?.contains("stm_") == false)
    }

    @Test("create on a named server, with the token from the environment or a file, quietly")
    func createRemote() async throws {
        let directory = try TemporaryDirectory()
        let script: [ScriptedServer.Step] = Self.script("201 Created", #"{"token":"\#(Self.made)"}"#, until: "}")
        let server = try ScriptedServer(script, script)
        let arguments: [String] = [
            "token", "create", "--server", "\(server.address)", "--subject", "p", "--role", "reader", "-q", "--expires",
            "90d",
        ]
        let fromVariable = try await CommandRun(arguments, environment: ["STEMMA_TOKEN": Self.admin])
        #expect(fromVariable.output == Self.made + "\n")
        #expect(fromVariable.errors.isEmpty)
        let path: String = try directory.write(Self.admin + "\n", to: "t")
        #expect(try await CommandRun(arguments + ["--token-file", path]).status == 0)
        for request in server.received {
            #expect(request.contains("\r\nauthorization: Bearer \(Self.admin)\r\n"))
            #expect(request.contains(#""models":["*"],"expires_at":"2"#))
        }
    }

    @Test("list follows the pages and escapes what clients chose")
    func list() async throws {
        let pages: [[ScriptedServer.Step]] = [
            Self.script("200 OK", #"{"items":[\#(Self.listed)],"next_cursor":"a/b"}"#),
            Self.script("200 OK", #"{"items":[\#(Self.ended)],"next_cursor":null}"#),
        ]
        let server = try ScriptedServer(pages[0], pages[1], pages[0], pages[1])
        let arguments: [String] = ["token", "list", "--server", "\(server.address)"]
        let table = try await CommandRun(arguments, environment: ["STEMMA_TOKEN": Self.admin])
        #expect(
            table.output == """
                ID      SUBJECT          ROLES             MODELS   CREATED               EXPIRES               STATE
                tok_1   alice\\u001b[31m  publisher,reader  fraud_*  2024-01-15T10:30:00Z  never                 active
                tok_22  bob              admin             *        2024-01-15T10:30:00Z  2024-01-16T00:00:00Z  expired

                """)
        let json = try await CommandRun(arguments + ["--json"], environment: ["STEMMA_TOKEN": Self.admin])
        #expect(json.output == "[\(Self.listed),\(Self.ended)]\n")
        #expect(server.received[1].hasPrefix("GET /v1/tokens?limit=500&cursor=a%2Fb HTTP/1.1\r\n"))
    }

    @Test("revoke names the token's id, percent-encoded")
    func revoke() async throws {
        let server = try ScriptedServer([.read(until: "\r\n\r\n"), .send("HTTP/1.1 204 No Content\r\n\r\n")])
        let run = try await CommandRun(
            ["token", "revoke", "tok/1", "--server", "\(server.address)"], environment: ["STEMMA_TOKEN": Self.admin])
        #expect(run.status == 0)
        #expect(run.output.isEmpty)
        #expect(server.received.last?.hasPrefix("DELETE /v1/tokens/tok%2F1 HTTP/1.1\r\n") == true)
    }

    @Test(
        "refusals are one line, exit with 1, and tell no secret",
        arguments: [
            (
                "403 Forbidden", #"{"title":"Forbidden","detail":"the permission tokens:manage is missing"}"#,
                "the permission tokens:manage is missing"
            ),
            (
                "422 Unprocessable Content",
                #"{"detail":"the token is not valid","errors":[{"pointer":"/subject","detail":"must not be empty\n"}]}"#,
                #"the token is not valid; /subject must not be empty\n"#
            ),
            ("401 Unauthorized", #"{"detail":"unknown token \#(admin)"}"#, "unknown token stm_[redacted]"),
            ("502 Bad Gateway", "<html>", "the daemon answers 502"),
            ("200 OK", "[]", "ADDRESS answers with a list without items; is it a Stemma daemon of this version?"),
        ])
    func refusals(_ example: (status: String, body: String, line: String)) async throws {
        let server = try ScriptedServer(Self.script(example.status, example.body))
        let run = try await CommandRun(
            ["token", "list", "--server", "\(server.address)"], environment: ["STEMMA_TOKEN": Self.admin])
        #expect(run.status == 1)
        #expect(run.errors == "stemma: " + example.line.replacing("ADDRESS", with: "\(server.address)") + "\n")
    }

    @Test("a server that cannot be reached, and a token file that is none")
    func unreachable() async throws {
        let directory = try TemporaryDirectory()
        let socket: String = "unix:" + directory.path + "/none"
        let run = try await CommandRun(
            ["token", "list", "--server", socket], environment: ["STEMMA_TOKEN": Self.admin])
        #expect(run.status == 1)
        #expect(run.errors == "stemma: \(socket): nobody listens on \(socket)\n")
        let path: String = try directory.write("\n", to: "t")
        for file in [path, path + "x"] {
            let run = try await CommandRun(["token", "list", "--server", socket, "--token-file", file])
            #expect(run.status == 1)
            #expect(run.errors.contains(file))
        }
    }
}

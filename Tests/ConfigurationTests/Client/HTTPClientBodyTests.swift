import Glibc
import StemmaHTTP
import Testing

@Suite("HTTP client bodies", .timeLimit(.minutes(1)))
struct HTTPClientBodyTests {
    private static let headEnd: String = "\r\n\r\n"
    private static let created: String = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

    @Test("a file is sent from its position on")
    func file() throws {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write("skip" + String(repeating: "x", count: 300_000), to: "file")
        let descriptor: Int32 = open(path, O_RDONLY)
        defer { close(descriptor) }
        lseek(descriptor, 4, SEEK_SET)
        let server = try ScriptedServer([.read(until: Self.headEnd), .readBytes(300_000), .send(Self.created)])
        let request = HTTPClientRequest("PUT", "/f", body: .descriptor(descriptor, length: 300_000))
        #expect(try HTTPClient(server.address).send(request).status == 201)
        #expect(server.received.last == String(repeating: "x", count: 300_000))
    }

    @Test("a pipe is sent with a known length, or in chunks")
    func pipes() throws {
        for length in [5, nil] as [Int64?] {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            #expect(write(ends[1], "hello", 5) == 5)
            close(ends[1])
            defer { close(ends[0]) }
            let body: ScriptedServer.Step = length == nil ? .read(until: "0\r\n\r\n") : .readBytes(5)
            let server = try ScriptedServer([.read(until: Self.headEnd), body, .send(Self.created)])
            let request = HTTPClientRequest("PUT", "/f", body: .descriptor(ends[0], length: length))
            #expect(try HTTPClient(server.address).send(request).status == 201)
            #expect(server.received.last == (length == nil ? "5\r\nhello\r\n0\r\n\r\n" : "hello"))
        }
    }

    @Test("a file shorter than promised is an error")
    func short() throws {
        let directory = try TemporaryDirectory()
        let descriptor: Int32 = open(try directory.write("abc", to: "file"), O_RDONLY)
        defer { close(descriptor) }
        let server = try ScriptedServer([.read(until: Self.headEnd), .waitForClose])
        #expect(throws: HTTPClientError.badRequest("the descriptor ended before 9 bytes")) {
            try HTTPClient(server.address).send(
                HTTPClientRequest("PUT", "/", body: .descriptor(descriptor, length: 9)))
        }
    }

    @Test("an answer before the end of a large body is read, and the connection given up", arguments: [false, true])
    func earlyAnswer(_ isHeldBack: Bool) throws {
        let refused: String = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
        let next: [ScriptedServer.Step] = [.read(until: Self.headEnd), .send(Self.created)]
        let server = try ScriptedServer([.read(until: Self.headEnd), .send(refused), .waitForClose], next)
        let client = HTTPClient(server.address)
        // More than the sockets' buffers take.
        let body = [UInt8](repeating: 0, count: 64 << 20)
        let fields = HTTPFields(isHeldBack ? [("expect", "100-continue")] : [])
        let response: HTTPClientResponse = try client.send(
            HTTPClientRequest("PUT", "/", fields: fields, body: .bytes(body)))
        #expect(response.status == 413)
        #expect(response.text == "big")
        #expect(try client.send(HTTPClientRequest("GET", "/")).status == 201)
        #expect(client.connectionCount == 2)
    }

    @Test("a body waits for 100 Continue")
    func expectContinue() throws {
        let server = try ScriptedServer([
            .read(until: Self.headEnd), .send("HTTP/1.1 100 Continue\r\n\r\n"), .readBytes(4), .send(Self.created),
        ])
        let request = HTTPClientRequest(
            "PUT", "/", fields: HTTPFields([("expect", "100-continue")]), body: .bytes(Array("body".utf8)))
        #expect(try HTTPClient(server.address).send(request).status == 201)
        #expect(server.received.last == "body")
    }

    @Test("a download is handed over piece by piece, and can be ended")
    func download() throws {
        let size: Int = 1 << 20
        let script: [ScriptedServer.Step] = [
            .read(until: Self.headEnd),
            .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n" + String(repeating: "y", count: size)),
        ]
        let server = try ScriptedServer(script, script)
        let client = HTTPClient(server.address)
        var count: Int = 0
        _ = try client.send(HTTPClientRequest("GET", "/")) { piece in
            count += piece.count
            return piece.allSatisfy { $0 == UInt8(ascii: "y") }
        }
        #expect(count == size)
        count = 0
        _ = try client.send(HTTPClientRequest("GET", "/")) { piece in
            count += piece.count
            return false
        }
        #expect(count > 0 && count <= size)
    }
}

import Glibc
import StemmaHTTP
import StemmaTesting
import Testing

@Suite struct ListenTests {
    private static let request = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: [
        ("127.0.0.1:80", ListenAddress.tcp(host: "127.0.0.1", port: 80)),
        ("localhost:0", .tcp(host: "localhost", port: 0)),
        ("[::1]:65535", .tcp(host: "::1", port: 65_535)),
        ("unix:/run/a.sock", .unix(path: "/run/a.sock", mode: 0o600)),
    ]) func parses(_ text: String, _ expected: ListenAddress) throws {
        #expect(try ListenAddress(text) == expected)
    }

    @Test(arguments: [
        "", "80", ":80", "host", "host:", "host:65536", "host:-1", "host:+1", "host:1x", "::1:80", "[]:80", "unix:",
        "a b:80",
        "unix:/" + String(repeating: "a", count: 107),
    ]) func refuses(_ text: String) {
        #expect(throws: ListenError.malformedAddress(text)) { try ListenAddress(text) }
    }

    @Test func ipv6() async throws {
        let listeners = [ListenerConfiguration(address: try ListenAddress("[::1]:0"))]
        let records = Gathered<AccessRecord>()
        try await LiveServer.run([hello], listeners: listeners, log: ServerLog(accessLog: { records.add($0) })) {
            live in
            #expect(live.address.description == "http://[::1]:\(live.address.port ?? 0)")
            try await live.talk { client in
                try client.send(Self.request)
                #expect(try client.readResponse()?.text == "hello")
            }
        }
        #expect(records.all.map(\.remoteAddress) == ["::1"])
    }

    @Test func bothFamilies() async throws {
        let listeners = [ListenerConfiguration(address: try ListenAddress("[::]:0"))]
        let records = Gathered<AccessRecord>()
        try await LiveServer.run([hello], listeners: listeners, log: ServerLog(accessLog: { records.add($0) })) {
            live in
            let port = live.address.port ?? 0
            let address = BoundAddress(address: .tcp(host: "127.0.0.1", port: port), isTLS: false)
            try await RawConnection.use(address) { client in
                try client.send(Self.request)
                #expect(try client.readResponse()?.text == "hello")
            }
        }
        #expect(records.all.map(\.remoteAddress) == ["127.0.0.1"])
    }

    @Test func unixDomainSockets() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.sock"
            let listeners = [ListenerConfiguration(address: try ListenAddress("unix:" + path))]
            let records = Gathered<AccessRecord>()
            try await LiveServer.run([hello], listeners: listeners, log: ServerLog(accessLog: { records.add($0) })) {
                live in
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
                try await live.talk { client in
                    try client.send(Self.request)
                    #expect(try client.readResponse()?.text == "hello")
                }
                // A socket that someone listens on is not taken over.
                #expect(throws: ListenError.inUse("unix:" + path)) { try LiveServer([hello], listeners: listeners) }
                try await live.talk { client in
                    try client.send(Self.request)
                    #expect(try client.readResponse()?.text == "hello")
                }
            }
            #expect(records.all.allSatisfy { $0.remoteAddress == "unix" } && records.all.count == 2)
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func aStaleSocketIsReplacedAndAFileIsNot() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a.sock"
            // A socket that its process has left behind.
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0)
            close(descriptor)
            let listeners = [ListenerConfiguration(address: .unix(path: path, mode: 0o660))]
            try await LiveServer.run([hello], listeners: listeners) { live in
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
                try await live.talk { client in
                    try client.send(Self.request)
                    #expect(try client.readResponse()?.text == "hello")
                }
            }
            write([1], to: path)
            #expect(throws: ListenError.notASocket(path)) { try LiveServer([hello], listeners: listeners) }
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func aPortInUseIsSaidSo() async throws {
        try await LiveServer.run([hello]) { live in
            let port = live.address.port ?? 0
            let listeners = [ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: port))]
            #expect(throws: ListenError.inUse("127.0.0.1:\(port)")) { try LiveServer([hello], listeners: listeners) }
            #expect(throws: ListenError.alreadyStarted) { try live.server.start() }
        }
    }

    @Test func connectionsAreDealtToAllLoops() async throws {
        try await LiveServer.run([hello], change: { $0.eventLoopCount = 3 }) { live in
            let clients = Unshared(try (0..<6).map { _ in try RawConnection(live.address) })
            try await OffPool.run {
                var prefixes: [Substring: Int] = [:]
                for client in clients.value {
                    try client.send(Self.request)
                    let id = try #require(try client.readResponse()?["x-request-id"])
                    prefixes[id.prefix(8), default: 0] += 1
                }
                // Each loop makes its own request ids.
                #expect(Array(prefixes.values) == [2, 2, 2])
            }
        }
    }
}

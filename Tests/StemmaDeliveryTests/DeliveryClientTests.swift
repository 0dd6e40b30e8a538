import Foundation
import Glibc
import StemmaDigest
import StemmaTesting
import Testing

@testable import StemmaDelivery

@Suite struct DeliveryClientTests {
    private static let secrets: [WebhookSecret] = [
        try! WebhookSecret(randomBytes: [UInt8](0..<32)), try! WebhookSecret(randomBytes: [UInt8](32..<64)),
    ]
    private static let body: [UInt8] = Array(#"{"type":"model.created"}"#.utf8)
    private static let ok: String = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"

    private static func loopbackOnly() throws -> AddressPolicy {
        AddressPolicy(allowing: [try Network("127.0.0.0/8")])
    }

    /// One attempt; `change` alters what is usual.
    private func deliver(
        _ url: String, policy: AddressPolicy? = nil, resolver: any AddressResolver = ScriptedResolver(),
        limits: DeliveryLimits = DeliveryLimits(totalMilliseconds: 60_000, connectMilliseconds: 60_000),
        body: [UInt8] = Self.body
    ) async throws -> DeliveryResult {
        let client = try DeliveryClient(
            policy: policy ?? Self.loopbackOnly(), limits: limits, resolver: resolver, userAgent: "stemma/test")
        let target = try DeliveryTarget(url)
        let message = try WebhookMessage(id: "msg_1", timestamp: 1_700_000_000, body: body)
        return try await onThread { client.deliver(message, to: target, secrets: Self.secrets) }
    }

    private func withServer<Value: Sendable>(
        _ handler: @escaping LoopbackServer.Handler, _ body: (LoopbackServer) async throws -> Value
    ) async throws -> Value {
        let server = try LoopbackServer(handler)
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try await onThread { server.stop() }
        return try result.get()
    }

    @Test func theRequestIsWhole() async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            let result: DeliveryResult = try await deliver("http://127.0.0.1:\(server.port)/hooks/a%20b?key=v")
            #expect(result == .delivered(status: 200))
            #expect(server.requests.count == 1 && server.connectionCount == 1)
            let request = try #require(server.requests.first)
            #expect(request.line == "POST /hooks/a%20b?key=v HTTP/1.1")
            #expect(request["host"] == "127.0.0.1:\(server.port)")
            #expect(request["user-agent"] == "stemma/test")
            #expect(request["content-type"] == "application/json")
            #expect(request["content-length"] == "\(Self.body.count)")
            #expect(request["connection"] == "close")
            #expect(request["webhook-id"] == "msg_1")
            #expect(request["webhook-timestamp"] == "1700000000")
            #expect(request["transfer-encoding"] == nil)
            #expect(request.body == Self.body)
            for secret in Self.secrets {
                try WebhookSignature.verify(
                    id: "msg_1", timestamp: "1700000000", signature: try #require(request["webhook-signature"]),
                    body: request.body, secrets: [secret], now: 1_700_000_000)
            }
        }
    }

    private static let answers: [(String, DeliveryResult)] = [
        ("HTTP/1.1 200 OK\r\n\r\n", .delivered(status: 200)),
        ("HTTP/1.1 204 No Content\r\n\r\n", .delivered(status: 204)),
        ("HTTP/1.0 299 x\r\n\r\n", .delivered(status: 299)),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 x\r\n\r\n", .delivered(status: 202)),
        ("HTTP/1.1 300 x\r\n\r\n", .refused(status: 300, retryAfterSeconds: nil)),
        ("HTTP/1.1 404 x\r\n\r\n", .refused(status: 404, retryAfterSeconds: nil)),
        ("HTTP/1.1 410 Gone\r\n\r\n", .refused(status: 410, retryAfterSeconds: nil)),
        ("HTTP/1.1 500 x\r\nContent-Length: 5\r\n\r\nerror", .refused(status: 500, retryAfterSeconds: nil)),
        ("HTTP/1.1 503 x\r\nRetry-After: 120\r\n\r\n", .refused(status: 503, retryAfterSeconds: 120)),
        ("HTTP/1.1 200 OK\r\nX: y\r\n", .failed(.protocol)),
        ("HTTP/1.1 200", .failed(.protocol)),
        ("", .failed(.protocol)),
        ("garbage\r\n\r\n", .failed(.protocol)),
        ("-ERR unknown command 'POST'\r\n", .failed(.protocol)),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .failed(.protocol)),
    ]

    @Test(arguments: answers)
    func theStatusDecides(answer: String, expected: DeliveryResult) async throws {
        try await withServer(LoopbackServer.answering(answer)) { (server) async throws in
            #expect(try await deliver("http://127.0.0.1:\(server.port)/") == expected)
            #expect(server.requests.count == 1)
        }
        #expect(expected.isGone == answer.contains("410"))
    }

    /// One endless field, and fields without end.
    @Test func aHugeHeadIsRefused() async throws {
        let long: String = "X: " + String(repeating: "x", count: DeliveryLimits.answerHeadMaxBytes) + "\r\n\r\n"
        let many: String = String(repeating: "X: y\r\n", count: 100_000)
        for fields in [long, many] {
            try await withServer(LoopbackServer.answering("HTTP/1.1 200 OK\r\n" + fields)) { (server) async throws in
                #expect(try await deliver("http://127.0.0.1:\(server.port)/") == .failed(.protocol))
            }
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func redirectsAreNotFollowed(status: Int) async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (inner) async throws in
            let answer: String =
                "HTTP/1.1 \(status) x\r\nLocation: http://127.0.0.1:\(inner.port)/\r\nContent-Length: 0\r\n\r\n"
            try await withServer(LoopbackServer.answering(answer)) { (outer) async throws in
                let result: DeliveryResult = try await deliver("http://127.0.0.1:\(outer.port)/")
                #expect(result == .refused(status: status, retryAfterSeconds: nil))
                #expect(outer.requests.count == 1)
            }
            #expect(inner.connectionCount == 0)
        }
    }

    // MARK: Time

    @Test func silenceTimesOut() async throws {
        try await withServer(LoopbackServer.silent) { (server) async throws in
            let limits = DeliveryLimits(totalMilliseconds: 200)
            #expect(try await deliver("http://127.0.0.1:\(server.port)/", limits: limits) == .failed(.timeout))
        }
    }

    /// Half a head counts as silence.
    @Test func aHeadThatDoesNotEndTimesOut() async throws {
        let handler: LoopbackServer.Handler = { _, connection in
            LoopbackServer.send(connection, Array("HTTP/1.1 200 OK\r\nX: ".utf8))
            while !LoopbackServer.receive(connection).isEmpty {}
        }
        try await withServer(handler) { (server) async throws in
            let limits = DeliveryLimits(totalMilliseconds: 200)
            #expect(try await deliver("http://127.0.0.1:\(server.port)/", limits: limits) == .failed(.timeout))
        }
    }

    /// A peer that sends without end, and so keeps the socket readable, gains no time.
    @Test func theDeadlineHoldsWhileBytesArrive() async throws {
        let session: [UInt8] = Array("HTTP/1.1 200 OK\r\n".utf8)
        try await withServer({ _, connection in
            LoopbackServer.send(connection, session)
            while !LoopbackServer.receive(connection).isEmpty {}
        }) { (server) async throws in
            let pinned = SocketAddress(address: try #require(IPAddress("127.0.0.1")), port: server.port)
            try await onThread {
                let socket: DeliverySocket = try .connect(to: pinned, by: Deadline(milliseconds: 60_000))
                #expect(try socket.wait(for: POLLIN, by: Deadline(milliseconds: 60_000)) & POLLIN != 0)
                #expect(throws: DeliveryFailure.timeout) { try socket.wait(for: POLLIN, by: Deadline(milliseconds: 0)) }
            }
        }
    }

    /// Runs `body` with the port of a listener on 127.0.0.1 that never accepts and whose queue is full, so that the system
    /// answers no more connections.
    private func withFullListener(_ body: (UInt16) async throws -> Void) async throws {
        let (listener, port): (Int32, UInt16) = try LoopbackServer.bind("127.0.0.1", port: 0)
        defer { close(listener) }
        #expect(listen(listener, 0) == 0)
        let name = SocketAddress(address: try #require(IPAddress("127.0.0.1")), port: port)
        let fillers: [Int32] = (0..<8).map { _ in
            let filler: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = name.withSystemAddress { connect(filler, $0, $1) }
            return filler
        }
        defer { fillers.forEach { close($0) } }
        try await body(port)
    }

    /// Were it not for the limit on connecting, this would take an hour.
    @Test func connectingTimesOutByItself() async throws {
        try await withFullListener { (port) async throws in
            let limits = DeliveryLimits(totalMilliseconds: 3_600_000, connectMilliseconds: 100)
            #expect(try await deliver("http://127.0.0.1:\(port)/", limits: limits) == .failed(.timeout))
        }
    }

    /// An address that does not answer leaves time for the next one.
    @Test func theTimeToConnectIsShared() async throws {
        try await withFullListener { (port) async throws in
            let server = try LoopbackServer(address: "127.0.0.2", port: port, LoopbackServer.answering(Self.ok))
            let limits = DeliveryLimits(totalMilliseconds: 60_000, connectMilliseconds: 1_000)
            let resolver = ScriptedResolver(["127.0.0.1", "127.0.0.2"])
            let url: String = "http://two.example.test:\(port)/"
            #expect(try await deliver(url, resolver: resolver, limits: limits) == .delivered(status: 200))
            try await onThread { server.stop() }
        }
    }

    @Test func nobodyListens() async throws {
        let (closed, port): (Int32, UInt16) = try LoopbackServer.bind("127.0.0.1", port: 0)
        defer { close(closed) }
        #expect(try await deliver("http://127.0.0.1:\(port)/") == .failed(.connect))
    }

    // MARK: Bodies

    @Test func theLargestBodyArrives() async throws {
        let body = [UInt8](repeating: 0x20, count: DeliveryLimits.bodyMaxBytes)
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            #expect(try await deliver("http://127.0.0.1:\(server.port)/", body: body) == .delivered(status: 200))
            #expect(server.requests.first?.body == body)
        }
    }

    /// The answer is read before the body is sent whole.
    @Test func anEarlyAnswerCounts() async throws {
        let handler: LoopbackServer.Handler = { _, connection in
            LoopbackServer.send(connection, Array("HTTP/1.1 413 x\r\nConnection: close\r\n\r\n".utf8))
            shutdown(connection, Int32(SHUT_WR))
            while !LoopbackServer.receive(connection).isEmpty {}
        }
        try await withServer(handler) { (server) async throws in
            let body = [UInt8](repeating: 0x20, count: DeliveryLimits.bodyMaxBytes)
            let result: DeliveryResult = try await deliver("http://127.0.0.1:\(server.port)/", body: body)
            #expect(result == .refused(status: 413, retryAfterSeconds: nil))
        }
    }

    /// The peer has answered and reset the connection before anything was sent: the answer counts, and writing must not
    /// end the process (SIGPIPE).
    @Test func anAnswerSurvivesABrokenConnection() async throws {
        let isConnected = DispatchSemaphore(value: 0)
        let handler: LoopbackServer.Handler = { _, connection in
            isConnected.wait()
            LoopbackServer.send(connection, Array("HTTP/1.1 429 x\r\nRetry-After: 9\r\n\r\n".utf8))
            // To close with a reset.
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        try await withServer(handler) { (server) async throws in
            let pinned = SocketAddress(address: try #require(IPAddress("127.0.0.1")), port: server.port)
            let head: AnswerHead = try await onThread {
                let deadline = Deadline(milliseconds: 60_000)
                let socket: DeliverySocket = try .connect(to: pinned, by: deadline)
                isConnected.signal()
                // No event but the end of the connection.
                _ = try socket.wait(for: 0, by: deadline)
                // The first attempt gets the reset, the next ones a broken pipe.
                #expect(socket.send([0]) == nil)
                #expect(socket.send([0]) == nil)
                var exchange = DeliveryExchange(socket, tls: nil, deadline: deadline)
                return try exchange.run(Array("POST / HTTP/1.1\r\n\r\n".utf8))
            }
            #expect(head == AnswerHead(status: 429, retryAfterSeconds: 9))
        }
    }

    @Test func aPeerThatHangsUpIsAFailure() async throws {
        try await withServer({ _, _ in }) { (server) async throws in
            let body = [UInt8](repeating: 0x20, count: DeliveryLimits.bodyMaxBytes)
            #expect(try await deliver("http://127.0.0.1:\(server.port)/", body: body) == .failed(.protocol))
        }
    }

    // MARK: Addresses

    @Test func namesAreLookedUpOnce() async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            let resolver = ScriptedResolver(["127.0.0.1"])
            let url: String = "http://Hooks.Example.Test:\(server.port)/"
            #expect(try await deliver(url, resolver: resolver) == .delivered(status: 200))
            #expect(resolver.names == ["hooks.example.test"])
            #expect(server.requests.first?["host"] == "hooks.example.test:\(server.port)")
        }
    }

    /// DNS rebinding: the second answer would lead to another server, but nobody asks for it.
    @Test func aChangingAnswerLeadsNowhereElse() async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (outer) async throws in
            let inner = try LoopbackServer(
                address: "127.0.0.2", port: outer.port, LoopbackServer.answering(Self.ok))
            let resolver = ScriptedResolver(["127.0.0.1"], ["127.0.0.2"])
            let policy = AddressPolicy(allowing: [try Network("127.0.0.1/32")])
            let url: String = "http://rebind.example.test:\(outer.port)/"
            #expect(try await deliver(url, policy: policy, resolver: resolver) == .delivered(status: 200))
            #expect(resolver.names.count == 1)
            #expect(outer.requests.count == 1)
            // The next delivery asks again, and is refused.
            #expect(try await deliver(url, policy: policy, resolver: resolver) == .failed(.forbiddenAddress))
            #expect(inner.connectionCount == 0 && outer.connectionCount == 1)
            try await onThread { inner.stop() }
        }
    }

    @Test(arguments: [
        ["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "93.184.215.14", "::1"],
        ["127.0.0.1", "::ffff:10.0.0.1"], ["127.0.0.1", "64:ff9b::a9fe:a9fe"], ["127.0.0.1", "fd00::1"],
        ["169.254.169.254"], ["93.184.215.14", "192.168.0.1"],
    ])
    func oneForbiddenAddressIsEnough(addresses: [String]) async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            let resolver = ScriptedResolver(addresses)
            let url: String = "http://mixed.example.test:\(server.port)/"
            #expect(try await deliver(url, resolver: resolver) == .failed(.forbiddenAddress))
            #expect(server.connectionCount == 0)
        }
    }

    /// A ninth address is not tried, but it is vetted.
    @Test func allAnswersAreVetted() async throws {
        let (closed, port): (Int32, UInt16) = try LoopbackServer.bind("127.0.0.1", port: 0)
        defer { close(closed) }
        let many: [String] = (1...40).map { "127.0.0.\($0)" }
        let url: String = "http://many.example.test:\(port)/"
        #expect(try await deliver(url, resolver: ScriptedResolver(many)) == .failed(.connect))
        #expect(try await deliver(url, resolver: ScriptedResolver(many + ["10.0.0.1"])) == .failed(.forbiddenAddress))
    }

    @Test(arguments: ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "10.0.0.1", "169.254.169.254"])
    func literalsAreVettedToo(host: String) async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            let result: DeliveryResult = try await deliver("http://\(host):\(server.port)/", policy: AddressPolicy())
            #expect(result == .failed(.forbiddenAddress))
            #expect(server.connectionCount == 0)
        }
    }

    /// The system connects such an address over IPv4.
    @Test func aMappedLiteralReachesAnAllowedNetwork() async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            let url: String = "http://[::ffff:127.0.0.1]:\(server.port)/"
            #expect(try await deliver(url) == .delivered(status: 200))
        }
    }

    @Test func theNextAddressIsTried() async throws {
        try await withServer(LoopbackServer.answering(Self.ok)) { (server) async throws in
            // Nobody listens at that port of the first.
            let resolver = ScriptedResolver(["127.0.0.3", "127.0.0.1"])
            let url: String = "http://two.example.test:\(server.port)/"
            #expect(try await deliver(url, resolver: resolver) == .delivered(status: 200))
            #expect(server.connectionCount == 1)
        }
    }

    @Test func thePeerMustBeTheOneThatWasMeant() throws {
        let client = try DeliveryClient(policy: Self.loopbackOnly())
        func address(_ text: String, _ port: UInt16) throws -> SocketAddress {
            SocketAddress(address: try #require(IPAddress(text)), port: port)
        }
        let pinned: SocketAddress = try address("127.0.0.1", 80)
        try client.vetPeer(pinned, is: pinned)
        #expect(throws: DeliveryFailure.connect) { try client.vetPeer(nil, is: pinned) }
        for (text, port) in [("127.0.0.2", UInt16(80)), ("127.0.0.1", 81), ("::ffff:127.0.0.1", 80)] {
            #expect(throws: DeliveryFailure.forbiddenAddress) { try client.vetPeer(address(text, port), is: pinned) }
        }
        let inner: SocketAddress = try address("10.0.0.1", 80)
        #expect(throws: DeliveryFailure.forbiddenAddress) { try client.vetPeer(inner, is: inner) }
    }

    @Test func theSystemNamesThePeer() async throws {
        try await withServer({ _, connection in _ = LoopbackServer.receive(connection) }) { (server) async throws in
            let pinned = SocketAddress(address: try #require(IPAddress("127.0.0.1")), port: server.port)
            try await onThread {
                let socket: DeliverySocket = try .connect(to: pinned, by: Deadline(milliseconds: 60_000))
                #expect(socket.peer() == pinned)
            }
        }
    }

    // MARK: Lookups

    @Test func unknownHosts() async throws {
        #expect(try await deliver("http://nowhere.example.test/") == .failed(.resolve))
        #expect(try await deliver("http://nowhere.example.test/", resolver: ScriptedResolver([])) == .failed(.resolve))
    }

    /// Waits until it is told to answer.
    private final class StuckResolver: AddressResolver {
        private let gate = DispatchSemaphore(value: 0)

        func open(_ count: Int) { for _ in 0..<count { gate.signal() } }

        func addresses(of host: String) throws(ResolutionError) -> [IPAddress] {
            gate.wait()
            return [.v4(0x7F00_0001)]
        }
    }

    @Test func aLookupThatHangsTimesOut() async throws {
        let resolver = StuckResolver()
        let limits = DeliveryLimits(totalMilliseconds: 100)
        #expect(try await deliver("http://slow.example.test/", resolver: resolver, limits: limits) == .failed(.timeout))
        resolver.open(1)
    }

    @Test func lookupsThatHangDoNotGather() async throws {
        let resolver = StuckResolver()
        let lookup = BoundedLookup(resolver)
        try await onThread { () throws in
            for _ in 0..<BoundedLookup.concurrentMax + 3 {
                #expect(throws: DeliveryFailure.timeout) {
                    try lookup.addresses(of: "a", by: Deadline(milliseconds: 1))
                }
            }
            // Those that ran; the three others never began.
            resolver.open(BoundedLookup.concurrentMax)
            resolver.open(1)
            #expect(try lookup.addresses(of: "a", by: Deadline(milliseconds: 60_000)) == [.v4(0x7F00_0001)])
        }
    }

    /// With the hosts file of the machine, or what the system knows by itself.
    @Test func theSystemKnowsLocalhost() async throws {
        let addresses: [IPAddress] = try await onThread { try SystemResolver().addresses(of: "localhost") }
        #expect(!addresses.isEmpty && Set(addresses).count == addresses.count)
        #expect(addresses.allSatisfy { [.v4(0x7F00_0001), .v6(1)].contains($0) })
        #expect(
            try await deliver("http://localhost/", policy: AddressPolicy(), resolver: SystemResolver())
                == .failed(.forbiddenAddress))
    }

    @Test func theStoredReasons() {
        let expected: [String] = ["resolve", "forbidden_address", "connect", "tls", "timeout", "protocol"]
        #expect(DeliveryFailure.allCases.map(\.rawValue) == expected)
    }
}

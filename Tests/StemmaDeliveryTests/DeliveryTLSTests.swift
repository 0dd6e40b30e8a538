import COpenSSL
import Foundation
import StemmaDelivery
import StemmaTesting
import Synchronization
import Testing

/// Answers over TLS with a certificate of its own.
private final class TLSServer: Sendable {
    struct Greeting: Sendable, Equatable {
        /// What the client named (SNI).
        let name: String?
        let version: Int32
    }

    private let server: LoopbackServer
    private let greetings: Mutex<[Greeting]>.Box

    init(
        certificate: Certificate, minimum: Int32 = TLS1_2_VERSION, maximum: Int32 = TLS1_3_VERSION,
        answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
    ) throws {
        let context = try #require(SSL_CTX_new(TLS_server_method()))
        // Level 0, or the old versions would not work even where they are wanted.
        SSL_CTX_set_security_level(context, 0)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(minimum), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(maximum), nil)
        try #require(SSL_CTX_use_certificate_chain_file(context, certificate.path) == 1)
        try #require(SSL_CTX_use_PrivateKey_file(context, certificate.keyPath, SSL_FILETYPE_PEM) == 1)
        let greetings = Mutex<[Greeting]>.Box()
        self.greetings = greetings
        // Read by the one thread of the server only.
        nonisolated(unsafe) let shared: OpaquePointer = context
        server = try LoopbackServer { server, connection in
            guard let ssl = SSL_new(shared) else { return }
            defer { SSL_free(ssl) }
            SSL_set_fd(ssl, connection)
            guard SSL_accept(ssl) == 1 else { return }
            let name: String? = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
            greetings.add(Greeting(name: name, version: SSL_version(ssl)))
            let request: ReceivedRequest? = ReceivedRequest.read {
                [UInt8](unsafeUninitializedCapacity: 1 << 14) { target, count in
                    count = Int(max(0, SSL_read(ssl, target.baseAddress, 1 << 14)))
                }
            }
            guard let request else { return }
            server.record(request)
            guard !answer.isEmpty else { return }
            SSL_write(ssl, answer, Int32(answer.utf8.count))
            SSL_shutdown(ssl)
        }
    }

    var port: UInt16 { server.port }
    var requests: [ReceivedRequest] { server.requests }
    var shown: [Greeting] { greetings.all }

    func stop() { server.stop() }
}

extension Mutex where Value == [TLSServer.Greeting] {
    fileprivate final class Box: Sendable {
        private let list = Mutex<[TLSServer.Greeting]>([])

        func add(_ greeting: TLSServer.Greeting) { list.withLock { $0.append(greeting) } }

        var all: [TLSServer.Greeting] { list.withLock { $0 } }
    }
}

/// A self-signed certificate in files.
private struct Certificate: Sendable {
    let path: String
    let keyPath: String

    /// Made by the `openssl` command. `alternativeName` is e.g. `DNS:a.example` or `IP:127.0.0.1`.
    init(in folder: URL, commonName: String = "test", alternativeName: String?) throws {
        let name: String = UUID().uuidString
        path = folder.appendingPathComponent(name + ".pem").path
        keyPath = folder.appendingPathComponent(name + ".key").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(separator: " ")
            .map(String.init) + ["-subj", "/CN=\(commonName)", "-keyout", keyPath, "-out", path]
            + (alternativeName.map { ["-addext", "subjectAltName=\($0)"] } ?? [])
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}

@Suite struct DeliveryTLSTests {
    private static let host: String = "hooks.example.test"

    /// What differs from a delivery that works.
    private struct Scene: Sendable {
        var host: String = DeliveryTLSTests.host
        var commonName: String = "test"
        var alternativeName: String? = "DNS:\(DeliveryTLSTests.host)"
        var isTrusted: Bool = true
        var minimum: Int32 = TLS1_2_VERSION
        var maximum: Int32 = TLS1_3_VERSION
        var answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
        var body: [UInt8] = Array("{}".utf8)
    }

    private func play(_ scene: Scene) async throws -> (DeliveryResult, [ReceivedRequest], [TLSServer.Greeting]) {
        try await onThread {
            let folder: URL = FileManager.default.temporaryDirectory
                .appendingPathComponent("stemma-delivery-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            let certificate = try Certificate(
                in: folder, commonName: scene.commonName, alternativeName: scene.alternativeName)
            let server = try TLSServer(
                certificate: certificate, minimum: scene.minimum, maximum: scene.maximum, answer: scene.answer)
            defer { server.stop() }
            let client = try DeliveryClient(
                policy: AddressPolicy(allowing: [try Network("127.0.0.0/8")]),
                limits: DeliveryLimits(totalMilliseconds: 60_000, connectMilliseconds: 60_000),
                resolver: ScriptedResolver(["127.0.0.1"]),
                additionalAuthoritiesPath: scene.isTrusted ? certificate.path : nil)
            let result: DeliveryResult = client.deliver(
                try WebhookMessage(id: "msg_1", timestamp: 1_700_000_000, body: scene.body),
                to: try DeliveryTarget("https://\(scene.host):\(server.port)/hook?a=b"),
                secrets: [try WebhookSecret(randomBytes: [UInt8](0..<32))])
            return (result, server.requests, server.shown)
        }
    }

    @Test func aTrustedCertificateForTheHost() async throws {
        let (result, requests, shown) = try await play(Scene())
        #expect(result == .delivered(status: 200))
        #expect(requests.first?.line == "POST /hook?a=b HTTP/1.1")
        #expect(requests.first?.body == Array("{}".utf8))
        #expect(shown == [TLSServer.Greeting(name: Self.host, version: TLS1_3_VERSION)])
    }

    @Test func bodiesLargerThanARecord() async throws {
        var scene = Scene()
        scene.body = [UInt8](repeating: 0x20, count: DeliveryLimits.bodyMaxBytes)
        for maximum in [TLS1_2_VERSION, TLS1_3_VERSION] {
            scene.maximum = maximum
            let (result, requests, shown) = try await play(scene)
            #expect(result == .delivered(status: 200))
            #expect(requests.first?.body == scene.body)
            #expect(shown.first?.version == maximum)
        }
    }

    @Test func addressesHaveCertificatesToo() async throws {
        var scene = Scene()
        scene.host = "127.0.0.1"
        scene.alternativeName = "IP:127.0.0.1"
        let (result, _, shown) = try await play(scene)
        #expect(result == .delivered(status: 200))
        // Only names are named.
        #expect(shown.map(\.name) == [nil])
    }

    @Test func anUntrustedCertificate() async throws {
        var scene = Scene()
        scene.isTrusted = false
        let (result, requests, _) = try await play(scene)
        #expect(result == .failed(.tls) && requests.isEmpty)
    }

    @Test(arguments: [
        "DNS:other.example.test", "DNS:example.test", "DNS:a.hooks.example.test", "DNS:h*.example.test", "DNS:*.test",
        "IP:127.0.0.1",
    ])
    func theWrongName(alternativeName: String) async throws {
        var scene = Scene()
        scene.alternativeName = alternativeName
        let (result, requests, _) = try await play(scene)
        #expect(result == .failed(.tls) && requests.isEmpty)
    }

    @Test func aWildcardForOneLabel() async throws {
        var scene = Scene()
        scene.alternativeName = "DNS:*.example.test"
        #expect(try await play(scene).0 == .delivered(status: 200))
    }

    @Test func theWrongAddress() async throws {
        var scene = Scene()
        scene.host = "127.0.0.1"
        for name in ["IP:127.0.0.2", "DNS:127.0.0.1"] {
            scene.alternativeName = name
            #expect(try await play(scene).0 == .failed(.tls))
        }
    }

    /// The common name is not a host name (RFC 9525 section 2).
    @Test func theCommonNameDoesNotCount() async throws {
        var scene = Scene()
        scene.commonName = Self.host
        scene.alternativeName = nil
        let (result, requests, _) = try await play(scene)
        #expect(result == .failed(.tls) && requests.isEmpty)
    }

    @Test func oldVersionsAreRefused() async throws {
        var scene = Scene()
        scene.minimum = TLS1_VERSION
        scene.maximum = TLS1_1_VERSION
        let (result, requests, _) = try await play(scene)
        #expect(result == .failed(.tls) && requests.isEmpty)
    }

    private static let answers: [(String, DeliveryResult)] = [
        ("HTTP/1.1 302 x\r\nLocation: https://127.0.0.1/\r\n\r\n", .refused(status: 302, retryAfterSeconds: nil)),
        ("HTTP/1.1 503 x\r\nRetry-After: 7\r\n\r\n", .refused(status: 503, retryAfterSeconds: 7)),
        ("HTTP/1.1 200 OK\r\n", .failed(.protocol)),
        ("garbage", .failed(.protocol)),
        ("", .failed(.protocol)),
    ]

    @Test(arguments: answers)
    func theStatusDecides(answer: String, expected: DeliveryResult) async throws {
        var scene = Scene()
        scene.answer = answer
        let (result, requests, _) = try await play(scene)
        #expect(result == expected && requests.count == 1)
    }

    @Test func aHugeHeadIsRefused() async throws {
        var scene = Scene()
        scene.answer = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 10_000)
        #expect(try await play(scene).0 == .failed(.protocol))
    }

    /// Plain text where TLS is meant, silence in the handshake, and the other way round.
    @Test func aPeerThatSpeaksNoTLS() async throws {
        let client = try DeliveryClient(
            policy: AddressPolicy(allowing: [try Network("127.0.0.0/8")]),
            limits: DeliveryLimits(totalMilliseconds: 60_000))
        let hasty = try DeliveryClient(
            policy: AddressPolicy(allowing: [try Network("127.0.0.0/8")]),
            limits: DeliveryLimits(totalMilliseconds: 200))
        let message = try WebhookMessage(id: "msg_1", timestamp: 1, body: [])
        let secret = try WebhookSecret(randomBytes: [UInt8](0..<32))
        let silent: LoopbackServer.Handler = { _, connection in
            while !LoopbackServer.receive(connection).isEmpty {}
        }
        let chatty: LoopbackServer.Handler = { _, connection in
            LoopbackServer.send(connection, Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            while !LoopbackServer.receive(connection).isEmpty {}
        }
        let cases: [(LoopbackServer.Handler, DeliveryClient, DeliveryFailure)] = [
            (chatty, client, .tls), ({ _, _ in }, client, .tls), (silent, hasty, .timeout),
        ]
        for (handler, client, expected) in cases {
            let server = try LoopbackServer(handler)
            let target = try DeliveryTarget("https://127.0.0.1:\(server.port)/")
            let result: DeliveryResult = try await onThread {
                defer { server.stop() }
                return client.deliver(message, to: target, secrets: [secret])
            }
            #expect(result == .failed(expected))
        }
        var scene = Scene()
        scene.alternativeName = "IP:127.0.0.1"
        #expect(try await play(scene).0 == .failed(.tls))
    }

    @Test func authoritiesThatCannotBeRead() throws {
        #expect {
            try DeliveryClient(policy: AddressPolicy(), additionalAuthoritiesPath: "/nonexistent.pem")
        } throws: { error in
            guard case .authorities(path: "/nonexistent.pem", _)? = error as? DeliverySetupError else { return false }
            return "\(error)".contains("/nonexistent.pem")
        }
    }
}

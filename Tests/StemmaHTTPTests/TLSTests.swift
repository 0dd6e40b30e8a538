import COpenSSL
import Foundation
import StemmaHTTP
import StemmaTesting
import Testing

/// A blocking TLS client on a raw connection.
private final class TLSClient {
    private let raw: RawConnection
    private let context: OpaquePointer
    private let ssl: OpaquePointer

    init(_ address: BoundAddress, maximumVersion: Int32 = TLS1_3_VERSION, protocols: [UInt8] = []) throws {
        raw = try RawConnection(address)
        context = try #require(SSL_CTX_new(TLS_client_method()))
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(maximumVersion), nil)
        ssl = try #require(SSL_new(context))
        SSL_set_fd(ssl, raw.rawDescriptor)
        if !protocols.isEmpty { SSL_set_alpn_protos(ssl, protocols, UInt32(protocols.count)) }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    func shakeHands() -> Bool { SSL_connect(ssl) == 1 }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                SSL_write(ssl, $0.baseAddress! + sent, Int32(min(bytes.count - sent, 1 << 20)))
            }
            try #require(count > 0)
            sent += Int(count)
        }
    }

    /// The status and body of an answer with a length.
    func readResponse() throws -> (status: String, body: [UInt8]) {
        var received: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        var head: String?
        var bodyStart = 0
        while true {
            if head == nil, let found = received.firstRange(of: end) {
                head = String(decoding: received[..<found.lowerBound], as: UTF8.self)
                bodyStart = found.upperBound
            }
            if let head, let line = head.split(separator: "\r\n").first(where: { $0.hasPrefix("Content-Length: ") }),
                let length = Int(line.dropFirst(16)), received.count >= bodyStart + length
            {
                return (String(head.split(separator: " ")[1]), Array(received[bodyStart...]))
            }
            let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { target, count in
                count = Int(max(0, SSL_read(ssl, target.baseAddress, 1 << 16)))
            }
            try #require(!piece.isEmpty)
            received += piece
        }
    }

    /// The serial number of the certificate that the server showed.
    var serial: Int {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return -1 }
        defer { X509_free(certificate) }
        return ASN1_INTEGER_get(X509_get0_serialNumber(certificate))
    }

    var version: Int32 { SSL_version(ssl) }

    var chosenProtocol: String {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }
}

/// Makes a self-signed certificate with the `openssl` command.
private func makeCertificate(in directory: String, serial: Int) async throws -> TLSConfiguration {
    let (certificate, key) = (directory + "/cert.pem", directory + "/key.pem")
    let words: [String] =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        .split(separator: " ").map(String.init) + ["-keyout", key, "-out", certificate, "-set_serial", "\(serial)"]
    let run = try await ChildProcess.run("/usr/bin/env", words)
    try #require(run.ending == .exited(0), "\(run.output)")
    return TLSConfiguration(certificatePath: certificate, privateKeyPath: key)
}

@Suite struct TLSTests {
    private static func get(_ target: String) -> [UInt8] {
        Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    }

    private func run(
        _ routes: [Route], _ body: @escaping @Sendable (LiveServer, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let tls = try await makeCertificate(in: directory, serial: 1)
            let listeners = [
                ListenerConfiguration(address: try ListenAddress("127.0.0.1:0"), tls: tls),
                ListenerConfiguration(address: try ListenAddress("127.0.0.1:0")),
            ]
            try await LiveServer.run(routes, listeners: listeners) { live in try await body(live, directory) }
        }
    }

    @Test func requestsAndPipelines() async throws {
        try await run([hello, inlineHello]) { live, _ in
            #expect(live.address.description.hasPrefix("https://127.0.0.1:"))
            try await OffPool.run {
                let client = try TLSClient(
                    live.address, protocols: [2] + Array("h2".utf8) + [8] + Array("http/1.1".utf8))
                #expect(client.shakeHands())
                #expect(client.version == TLS1_3_VERSION && client.chosenProtocol == "http/1.1")
                for target in ["/hello", "/inline/x"] {
                    try client.send(Self.get(target))
                    #expect(try client.readResponse().status == "200")
                }
            }
            // The plain listener beside it.
            try await RawConnection.use(live.addresses[1]) { client in
                try client.send(Self.get("/hello"))
                #expect(try client.readResponse()?.text == "hello")
            }
        }
    }

    @Test func largeBodiesBothWays() async throws {
        let bytes = patterned(3_000_000)
        let upload = Route(method: .put, pattern: "/up", access: "test") { request in
            let body = try await request.body.collect(limit: bytes.count)
            return HTTPResponse(status: isSame(body, bytes) ? 200 : 422, body: .bytes(body))
        }
        try await run([upload]) { live, _ in
            try await OffPool.run {
                let client = try TLSClient(live.address)
                #expect(client.shakeHands())
                for _ in 0..<2 {
                    try client.send(Array("PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8))
                    try client.send(bytes)
                    let response = try client.readResponse()
                    #expect(response.status == "200" && isSame(response.body, bytes))
                }
            }
        }
    }

    @Test func filesAreCopiedThrough() async throws {
        try await withTemporaryDirectory { files in
            let path = files + "/blob"
            let bytes = patterned(2_000_000)
            write(bytes, to: path)
            let file = Route(method: .get, pattern: "/file", access: "test") { _ in
                HTTPResponse(status: 200, body: .file(TestRegion(path, offset: 5, length: 1_999_990)))
            }
            try await run([file]) { live, _ in
                try await OffPool.run {
                    let client = try TLSClient(live.address)
                    #expect(client.shakeHands())
                    try client.send(Self.get("/file"))
                    let response = try client.readResponse()
                    #expect(response.body.count == 1_999_990 && isSame(response.body, bytes, from: 5))
                }
            }
        }
    }

    @Test func oldVersionsAndPlainTextAreRefused() async throws {
        try await run([hello]) { live, _ in
            try await OffPool.run { () throws in
                #expect(try !TLSClient(live.address, maximumVersion: TLS1_1_VERSION).shakeHands())
                #expect(try TLSClient(live.address, maximumVersion: TLS1_2_VERSION).shakeHands())
            }
            try await RawConnection.use(live.address) { client in
                try client.send(Self.get("/hello"))
                _ = try client.readToEnd()
            }
        }
    }

    @Test func aNewCertificateIsForNewConnections() async throws {
        try await run([hello]) { live, directory in
            let old = Unshared(try TLSClient(live.address))
            try await OffPool.run {
                #expect(old.value.shakeHands())
                #expect(old.value.serial == 1)
            }
            _ = try await makeCertificate(in: directory, serial: 2)
            try live.server.reloadTLS()
            try await OffPool.run {
                let new = try TLSClient(live.address)
                #expect(new.shakeHands() && new.serial == 2)
                try old.value.send(Self.get("/hello"))
                #expect(try old.value.readResponse().status == "200")
            }
            // What cannot be used is refused, and the last good certificate stays.
            write(Array("nonsense".utf8), to: directory + "/cert.pem")
            #expect(throws: ListenError.self) { try live.server.reloadTLS() }
            try await OffPool.run {
                let new = try TLSClient(live.address)
                #expect(new.shakeHands() && new.serial == 2)
            }
        }
    }

    @Test func aMissingCertificateIsSaidSo() throws {
        let tls = TLSConfiguration(certificatePath: "/nonexistent.pem", privateKeyPath: "/nonexistent.pem")
        let listeners = [ListenerConfiguration(address: try ListenAddress("127.0.0.1:0"), tls: tls)]
        #expect { try LiveServer([hello], listeners: listeners) } throws: { error in
            "\(error)".contains("/nonexistent.pem")
        }
    }
}

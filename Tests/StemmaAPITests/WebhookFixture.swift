import StemmaDelivery
import StemmaDigest
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Synchronization
import Testing

/// A webhook's receiver on a loopback address, and the transport that may reach it.
struct WebhookReceiver {
    let server: LoopbackServer

    /// Answers each request with what `answer` says of it and of how many came before.
    init(_ answer: @escaping @Sendable (ReceivedRequest, Int) -> String = { _, _ in ok }) throws {
        server = try LoopbackServer { server, connection in
            guard let request = ReceivedRequest.read({ LoopbackServer.receive(connection) }) else { return }
            let count: Int = server.requests.count
            server.record(request)
            LoopbackServer.send(connection, Array(answer(request, count).utf8))
        }
    }

    static let ok: String = "HTTP/1.1 204 No Content\r\n\r\n"
    static let broken: String = "HTTP/1.1 500 Oh\r\nContent-Length: 10\r\n\r\nsecret ten"
    static let gone: String = "HTTP/1.1 410 Gone\r\n\r\n"

    var url: String { "http://127.0.0.1:\(server.port)/hook?key=of-its-own" }
    var requests: [ReceivedRequest] { server.requests }
    /// The sequences of the events that it was told of, in order.
    var sequences: [Int64] { requests.compactMap { WebhookReceiver.body($0)["data"]?["sequence"]?.integer } }
    var ids: [String] { requests.compactMap { $0["webhook-id"] } }

    static func body(_ request: ReceivedRequest) -> JSONValue { (try? JSONParser.parse(request.body)) ?? .null }

    func stop() async throws { try await OffPool.run { [server] in server.stop() } }

    /// May reach loopback addresses.
    static func transport(
        resolver: any AddressResolver = ScriptedResolver(), timeout: Int = 60_000
    ) throws -> WebhookDelivery {
        let policy = AddressPolicy(allowing: [try Network("127.0.0.0/8")])
        let limits = DeliveryLimits(totalMilliseconds: timeout, connectMilliseconds: timeout)
        return WebhookDelivery(
            client: try DeliveryClient(policy: policy, limits: limits, resolver: resolver), policy: policy)
    }

    /// What the signature of a request must be, worked out from the specification's words alone.
    static func signature(_ request: ReceivedRequest, secret: String) throws -> String {
        let key: [UInt8] = try #require(Base64.decode(String(secret.dropFirst("whsec_".count))))
        let signed: String = try "\(#require(request["webhook-id"])).\(#require(request["webhook-timestamp"]))."
        return "v1," + Base64.encode(HMACSHA256.code(key: key, message: Array(signed.utf8) + request.body))
    }
}

extension APIHarness {
    /// Makes a webhook; answers its path, its id and its secret.
    func webhook(
        _ url: String, _ more: String = "", token: Token = .admin
    ) async throws -> (path: String, id: String, secret: String) {
        let reply: Reply = await send(.post, "/v1/webhooks", #"{"url":"\#(url)"\#(more)}"#, token: token)
        try #require(reply.status == 201, "\(reply.text)")
        return (
            try #require(reply.headers["location"]), try #require(reply.json["id"]?.string),
            try #require(reply.json["secret"]?.string)
        )
    }

    func makeModels(_ names: [String]) async {
        for name in names {
            let reply: Reply = await send(.post, "/v1/models", #"{"name":"\#(name)","owner":"Ada Private"}"#)
            #expect(reply.status == 201)
        }
    }

    /// Sequences of the feed's events of these types.
    func feed(_ type: String = "register_model") async -> [Int64] {
        let events: [JSONValue] = await ask(.get, "/v1/events").json["items"]?.array ?? []
        return events.filter { $0["type"]?.string == type }.compactMap { $0["sequence"]?.integer }
    }

    func dispatcher(_ transport: any WebhookTransport) -> WebhookDispatcher {
        WebhookDispatcher(
            core: registry.core, transport: transport,
            report: { event in
                if case .failed(let error) = event { Issue.record("\(error)") }
            })
    }

    /// Status of each delivery by its event.
    func deliveries(_ path: String) async -> [(sequence: Int64, status: String, attempts: [String])] {
        let items: [JSONValue] = await ask(.get, path + "/deliveries").json["items"]?.array ?? []
        return items.map { item in
            (
                item["sequence"]?.integer ?? -1, item["status"]?.string ?? "",
                (item["attempts"]?.array ?? []).compactMap { $0["outcome"]?.string }
            )
        }
    }
}

import StemmaDigest
import StemmaJSON
import StemmaTesting
import Synchronization
import Testing

/// A running daemon with the requests that many tests begin with.
struct Registry: Sendable {
    let daemon: DaemonProcess

    var admin: DaemonClient { daemon.admin }
    var anonymous: DaemonClient { daemon.anonymous }

    private static let sharedStart = Task { () async throws -> Registry in
        var options = patient
        options.environment["STEMMA_LOG_ACCESS"] = "true"
        return Registry(daemon: try await DaemonProcess.start(options))
    }

    /// Options of a daemon with long time limits, for a busy machine may hold up a test between two steps.
    static var patient: DaemonProcess.Options {
        var options = DaemonProcess.Options()
        options.environment["STEMMA_SERVER_HEAD_TIMEOUT_MS"] = "60000"
        options.environment["STEMMA_SERVER_IDLE_TIMEOUT_MS"] = "120000"
        return options
    }
    private static let counter = Mutex(0)

    /// The daemon that most tests share; each works on models of its own.
    static func shared() async throws -> Registry { try await sharedStart.value }

    /// A daemon of one test's own.
    static func fresh(_ options: DaemonProcess.Options = patient) async throws -> Registry {
        Registry(daemon: try await DaemonProcess.start(options))
    }

    /// The same data directory under a new daemon; the old one must have ended.
    func restarted() async throws -> Registry {
        Registry(daemon: try await DaemonProcess.start(in: daemon.dataFolder, Self.patient))
    }

    /// A name that no other test of the run uses.
    static func name(_ purpose: String) -> String {
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        return "\(purpose)_\(number)"
    }

    /// Registers a model of a new name and answers the name.
    func model(_ purpose: String, _ fields: JSONObject = [:]) async throws -> String {
        let name = Self.name(purpose)
        let reply = try await admin.post("/v1/models", .object((["name": .string(name)] as JSONObject).with(fields)))
        try #require(reply.status == 201, "\(reply)")
        return name
    }

    /// Stores bytes and answers their digest.
    func blob(_ bytes: [UInt8]) async throws -> String {
        let digest = SHA256Hasher.digest(bytes).description
        let reply = try await admin.upload("/v1/blobs/\(digest)", bytes)
        try #require(reply.status == 201 || reply.status == 200, "\(reply)")
        return digest
    }

    /// Registers a version with the specification's metadata and one small artifact, changed by `fields`; answers the version.
    @discardableResult
    func version(_ model: String, _ version: String, _ fields: JSONObject = [:]) async throws -> JSONValue {
        let reply = try await register(model, (["version": .string(version)] as JSONObject).with(fields))
        try #require(reply.status == 201, "\(reply)")
        return reply.json
    }

    /// Sends a registration with the specification's metadata and one small artifact, changed by `fields`.
    func register(_ model: String, _ fields: JSONObject, query: String = "") async throws -> WireReply {
        let digest = try await blob(Array("weights of \(model)".utf8))
        let body = Metadata.specification.with(["artifacts": Metadata.artifacts(["model.pkl": digest])]).with(fields)
        return try await admin.post("/v1/models/\(DaemonClient.encode(model))/versions\(query)", .object(body))
    }

    /// Moves an alias and answers the reply.
    @discardableResult
    func point(_ model: String, _ alias: String, at version: String) async throws -> WireReply {
        let reply = try await admin.put(
            "/v1/models/\(model)/aliases/\(alias)", ["version": .string(version), "rationale": "test"])
        try #require(reply.isSuccess, "\(reply)")
        return reply
    }

    /// Moves a version from development to staging.
    func stage(_ model: String, _ version: String) async throws {
        for state in ["validation", "staging"] {
            let reply = try await admin.post(
                "/v1/models/\(model)/versions/\(version)/transitions", ["to": .string(state), "rationale": "test"])
            try #require(reply.isSuccess, "\(reply)")
        }
    }

    /// Makes a token and answers a client that uses it.
    func client(roles: [String], models: [String] = ["*"], subject: String? = nil) async throws -> DaemonClient {
        let reply = try await tokenReply(roles: roles, models: models, subject: subject)
        try #require(reply.status == 201, "\(reply)")
        return daemon.client(token: try #require(reply.json["token"]?.string))
    }

    func tokenReply(
        roles: [String], models: [String] = ["*"], subject: String? = nil, expires: String? = nil
    ) async throws -> WireReply {
        var body: JSONObject = [
            "subject": .string(subject ?? Self.name("subject")), "roles": .array(roles.map(JSONValue.string)),
            "models": .array(models.map(JSONValue.string)),
        ]
        if let expires { body.set("expires_at", .string(expires)) }
        return try await admin.post("/v1/tokens", .object(body))
    }

    /// The items of a list that fits one page.
    func list(_ target: String) async throws -> [JSONValue] {
        let reply = try await admin.get(target)
        try #require(reply.status == 200, "\(reply)")
        #expect(reply.json["next_cursor"]?.isNull == true)
        return try #require(reply.json["items"]?.array)
    }

    /// All items of a list, page by page.
    func all(_ target: String, limit: Int = 500, as client: DaemonClient? = nil) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var cursor: String?
        repeat {
            let mark = target.contains("?") ? "&" : "?"
            let page = cursor.map { "&cursor=\(DaemonClient.encode($0))" } ?? ""
            let reply = try await (client ?? admin).get("\(target)\(mark)limit=\(limit)\(page)")
            try #require(reply.status == 200, "\(reply)")
            items += try #require(reply.json["items"]?.array)
            cursor = reply.json["next_cursor"]?.string
        } while cursor != nil
        return items
    }
}

extension JSONObject {
    /// These members with those of `other` put over them.
    func with(_ other: JSONObject) -> JSONObject {
        var merged = self
        for member in other.members { merged.set(member.name, member.value) }
        return merged
    }

    func without(_ names: String...) -> JSONObject {
        var rest = self
        for name in names { rest.remove(name) }
        return rest
    }
}

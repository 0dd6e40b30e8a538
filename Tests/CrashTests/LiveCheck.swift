import StemmaJSON
import StemmaTesting

/// Asks a daemon that was started anew whether everything acknowledged is there.
struct LiveCheck {
    let client: DaemonClient
    let ledger: Ledger
    var problems: [String] = []

    static func problems(_ client: DaemonClient, _ ledger: Ledger) async throws -> [String] {
        var check = LiveCheck(client: client, ledger: ledger)
        try await check.run()
        return check.problems
    }

    private mutating func run() async throws {
        let ready: WireReply = try await client.get("/readyz")
        require(ready.status == 200, "/readyz: \(ready)")
        let models: WireReply = try await client.get("/v1/models")
        require(models.status == 200, "the admin token does not work: \(models)")
        try await checkSights()
        try await checkAlias()
        try await checkUploads()
        try await checkToken()
        try await checkReplays()
    }

    private mutating func require(_ holds: Bool, _ text: String) {
        if !holds { problems.append(text) }
    }

    /// Every representation that was answered or read before is the same, to the byte.
    private mutating func checkSights() async throws {
        for (target, sight) in ledger.sights.sorted(by: { $0.key < $1.key }) {
            let reply: WireReply = try await client.get(target)
            require(
                Ledger.Sight(reply) == sight, "\(target) changed from \(sight.status) \(sight.etag ?? "") to \(reply)")
        }
        for target in ledger.uncertain.flatMap(\.observed) {
            let reply: WireReply = try await client.get(target)
            require([200, 404].contains(reply.status), "\(target): \(reply)")
            if target.hasPrefix("/v1/blobs/"), reply.status == 200 {
                require(digest(of: reply.body) == target.dropFirst(10), "\(target) has other bytes")
            }
        }
    }

    /// The alias points where the last acknowledged request pointed it, or the one under way.
    private mutating func checkAlias() async throws {
        let reply: WireReply = try await client.get("\(Workload.model)/aliases/champion")
        let found: String? = reply.status == 404 ? nil : reply.json["version"]?.string ?? "nothing"
        let allowed: [String?] = [ledger.alias] + ledger.uncertain.compactMap(Ledger.aliasVersion)
        require(allowed.contains(found), "the alias points at \(found ?? "nothing") instead of one of \(allowed)")
    }

    /// No acknowledged byte of an upload is lost.
    private mutating func checkUploads() async throws {
        for (target, offset) in ledger.offsets {
            let head: WireReply = try await client.head(target)
            let found: Int = head["Upload-Offset"].flatMap { Int($0) } ?? -1
            let sent: Int = ledger.uncertain.filter { ledger.target($0) == target }.compactMap(\.body?.count).max() ?? 0
            require(
                head.isSuccess && (offset...offset + sent).contains(found),
                "\(target) stands at \(found) after \(offset) bytes were acknowledged and \(sent) more sent: \(head)")
        }
    }

    /// A token works from its creation to its revocation.
    private mutating func checkToken() async throws {
        guard let secret = ledger.variables["secret"], !ledger.uncertain.contains(where: { $0.name == "revoke" }) else {
            return
        }
        let reply: WireReply = try await DaemonClient(endpoint: client.endpoint, token: secret).get("/v1/models")
        let expected: Int = ledger.answers["revoke"] == nil ? 200 : 401
        require(reply.status == expected, "the token's answer is \(reply.status), not \(expected)")
    }

    /// Every acknowledged POST that had a key is answered again with the same body. That it makes no second event is
    /// checked in the database.
    private mutating func checkReplays() async throws {
        for step in Workload.stages.joined() {
            guard let answer = ledger.answers[step.name], let key = step.key else { continue }
            var fields: WireFields = step.fields
            fields.pairs.append(.init(name: "Idempotency-Key", value: key))
            fields.pairs.append(.init(name: "X-Request-Id", value: "\(step.name).replay"))
            let reply: WireReply = try await client.send(
                step.method, ledger.target(step), body: step.body, fields: fields)
            require(
                reply.isSuccess && reply.body == answer.body,
                "\(step.name) is replayed as \(reply)\n\ninstead of \(answer)")
        }
    }
}

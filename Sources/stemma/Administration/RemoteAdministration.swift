internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// Administers the tokens of a running daemon over HTTP.
final class RemoteAdministration: TokenAdministration {
    private let address: HTTPClientAddress
    private let token: String
    private let host: String?

    /// `host` is the name to ask for where the daemon answers to certain names only; nil for the address itself.
    init(address: HTTPClientAddress, token: String, host: String? = nil) {
        self.address = address
        self.token = token
        self.host = host
    }

    func create(subject: String, roles: [String], models: [String], expires: String?) async throws -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("subject", subject)
            writer.field("roles", roles)
            writer.field("models", models)
            if let expires { writer.field("expires_at", expires) }
        }
        let answer: JSONValue? = try call("POST", "/v1/tokens", body: writer.finish())
        guard let secret = answer?["token"]?.string else { throw unexpected("a token without its secret") }
        return secret
    }

    func list() async throws -> [TokenSummary] {
        var summaries: [TokenSummary] = []
        var cursor: String?
        repeat {
            let query: String = "?limit=500" + (cursor.map { "&cursor=" + ResourcePath.segment($0) } ?? "")
            let page: JSONValue? = try call("GET", "/v1/tokens" + query)
            guard let items = page?["items"]?.array else { throw unexpected("a list without items") }
            summaries += try items.map(summary)
            let next: String? = page?["next_cursor"]?.string
            guard next == nil || next != cursor else { throw unexpected("a list that does not end") }
            cursor = next
        } while cursor != nil
        return summaries
    }

    func revoke(_ id: String) async throws {
        _ = try call("DELETE", "/v1/tokens/" + ResourcePath.segment(id))
    }

    /// Throws `CommandFailure` for every answer but a success.
    private func call(_ method: String, _ target: String, body: [UInt8]? = nil) throws -> JSONValue? {
        var fields = HTTPFields([("authorization", "Bearer " + token), ("accept", "application/json")])
        if body != nil { fields["content-type"] = "application/json" }
        if let host { fields["host"] = host }
        let request = HTTPClientRequest(method, target, fields: fields, body: body.map { .bytes($0) } ?? .none)
        let answer: HTTPClientResponse
        do {
            answer = try HTTPClient(address).send(request)
        } catch {
            throw CommandFailure("\(address): \(error)")
        }
        let document: JSONValue? = answer.body.isEmpty ? nil : try? JSONParser.parse(answer.body)
        guard (200..<300).contains(answer.status) else {
            throw CommandFailure(RemoteAdministration.reason(answer.status, document))
        }
        return document
    }

    /// What a problem document (RFC 9457) says, in one line.
    private static func reason(_ status: Int, _ problem: JSONValue?) -> String {
        var text: String = problem?["detail"]?.string ?? problem?["title"]?.string ?? "the daemon answers \(status)"
        for fault in problem?["errors"]?.array ?? [] {
            guard let detail = fault["detail"]?.string else { continue }
            text += "; " + (fault["pointer"]?.string.map { $0 + " " } ?? "") + detail
        }
        return text
    }

    private func summary(_ item: JSONValue) throws -> TokenSummary {
        guard let summary = TokenSummary(item) else { throw unexpected("a token without id") }
        return summary
    }

    private func unexpected(_ what: String) -> CommandFailure {
        CommandFailure("\(address) answers with \(what); is it a Stemma daemon of this version?")
    }
}

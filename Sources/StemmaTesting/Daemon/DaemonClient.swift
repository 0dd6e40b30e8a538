package import StemmaJSON

/// A client of the daemon that opens a connection for each request.
package struct DaemonClient: Sendable {
    /// Where the daemon listens.
    package let endpoint: DaemonEndpoint
    /// Sent as a bearer token; none where nil.
    package var token: String?

    /// A client that has not connected yet.
    package init(endpoint: DaemonEndpoint, token: String?) {
        self.endpoint = endpoint
        self.token = token
    }

    /// Sends one request and reads its answer. A body that the daemon stops reading is no error: its answer counts.
    ///
    /// - Parameter target: As it stands in the request line; percent-encode with `encode` where needed.
    /// - Throws: `SystemFailure` without a connection, `WireError` without a whole answer.
    package func send(
        _ method: String, _ target: String, body: [UInt8]? = nil, fields: WireFields = [:]
    ) async throws -> WireReply {
        let request = head(method, target, length: body?.count, fields: fields) + (body ?? [])
        return try await exchange(request, method: method)
    }

    /// Sends bytes on a connection of their own and reads one final answer, all on one thread.
    package func exchange(_ request: [UInt8], method: String) async throws -> WireReply {
        try await Blocking.run { [endpoint] in
            let descriptor = try WireSocket.connect(endpoint, timeoutSeconds: 60)
            defer { WireSocket.close(descriptor) }
            do { try WireSocket.send(request, on: descriptor) } catch is SystemFailure {}
            var reader = WireReader(descriptor: descriptor, buffer: [])
            while true {
                let reply = try reader.reply(to: method)
                if reply.status >= 200 { return reply }
            }
        }
    }

    /// The head of a request with `Host`, credentials and `Connection: close`, ready to be sent.
    ///
    /// - Parameter length: The value of `Content-Length`; no such field where nil.
    package func head(
        _ method: String, _ target: String, length: Int?, fields: WireFields = [:], keepOpen: Bool = false
    ) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(endpoint.authority)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if !keepOpen { text += "Connection: close\r\n" }
        if let length { text += "Content-Length: \(length)\r\n" }
        for field in fields.pairs { text += "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Sends a GET; for errors see `send`.
    package func get(_ target: String, _ fields: WireFields = [:]) async throws -> WireReply {
        try await send("GET", target, fields: fields)
    }

    /// Sends a HEAD; for errors see `send`.
    package func head(_ target: String, _ fields: WireFields = [:]) async throws -> WireReply {
        try await send("HEAD", target, fields: fields)
    }

    /// Sends a DELETE; for errors see `send`.
    package func delete(_ target: String, _ fields: WireFields = [:]) async throws -> WireReply {
        try await send("DELETE", target, fields: fields)
    }

    /// Sends JSON with POST; for errors see `send`.
    package func post(
        _ target: String, _ body: JSONValue, _ fields: WireFields = [:]
    ) async throws -> WireReply {
        try await send("POST", target, body: Array("\(body)".utf8), fields: fields.typed("application/json"))
    }

    /// Sends JSON with PUT; for errors see `send`.
    package func put(
        _ target: String, _ body: JSONValue, _ fields: WireFields = [:]
    ) async throws -> WireReply {
        try await send("PUT", target, body: Array("\(body)".utf8), fields: fields.typed("application/json"))
    }

    /// Sends a JSON Merge Patch (RFC 7396).
    package func patch(
        _ target: String, _ body: JSONValue, _ fields: WireFields = [:]
    ) async throws -> WireReply {
        try await send(
            "PATCH", target, body: Array("\(body)".utf8), fields: fields.typed("application/merge-patch+json"))
    }

    /// Sends bytes as they are.
    package func upload(
        _ target: String, _ bytes: [UInt8], _ fields: WireFields = [:]
    ) async throws -> WireReply {
        try await send("PUT", target, body: bytes, fields: fields.typed("application/octet-stream"))
    }

    /// Percent-encodes everything that is not unreserved (RFC 3986, section 2.3), so that any text fits one path segment or
    /// one query value.
    package static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", "~": encoded.unicodeScalars.append(scalar)
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

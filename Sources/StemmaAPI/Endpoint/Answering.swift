internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// Turns what services return into HTTP answers.
enum Answering {
    static let json: String = "application/json"

    /// A representation, or 304 where the client has it already.
    /// Throws `staleETag` where the client insists on another one.
    static func read(
        _ representation: Representation, _ call: Call, location: String? = nil
    ) throws(StemmaError) -> HTTPResponse {
        try Conditional.requireMatch(call.request, etag: representation.etag)
        var headers = HTTPFields([("etag", representation.etag), ("cache-control", "no-cache")])
        if let location { headers.append("content-location", location) }
        if Conditional.isUnmodified(call.request, etag: representation.etag) {
            return HTTPResponse(status: 304, headers: headers)
        }
        headers.append("content-type", json)
        return HTTPResponse(status: 200, headers: headers, body: .bytes(representation.body))
    }

    /// A mutation's answer. `accepted` is the status of one whose effect is still to come.
    static func mutation(_ answer: Answer, status accepted: Int? = nil) -> HTTPResponse {
        var headers = HTTPFields([("cache-control", "no-store")])
        if let etag = answer.etag { headers.append("etag", etag) }
        if answer.isReplay { headers.append("idempotent-replayed", "true") }
        let status: Int
        switch answer.outcome {
        case .created:
            status = 201
            if !answer.location.isEmpty { headers.append("location", answer.location) }
        case .updated, .unchanged:
            status = 200
            if !answer.location.isEmpty { headers.append("content-location", answer.location) }
        case .removed:
            return HTTPResponse(status: 204, headers: headers)
        }
        headers.append("content-type", json)
        return HTTPResponse(status: accepted ?? status, headers: headers, body: .bytes(answer.body))
    }

    /// JSON that has no entity tag.
    static func plain(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: HTTPFields([("content-type", json), ("cache-control", "no-store")]),
            body: .bytes(body))
    }

    /// A version as it was, with where it is read. Not to be kept: what it tells may be erased.
    static func past(_ found: (location: String, body: [UInt8]), _ moment: Timestamp) -> HTTPResponse {
        var response: HTTPResponse = plain(found.body)
        response.headers.append("content-location", "\(found.location)?as_of=\(moment)")
        return response
    }

    /// A page with its `Link` to the next one.
    static func list(_ answer: ListAnswer, _ call: Call) -> HTTPResponse {
        var writer = JSONWriter(capacity: answer.items.reduce(256) { $0 + $1.count + 1 })
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in answer.items { writer.raw(item) }
        writer.endArray()
        writer.field("next_cursor", answer.nextCursor)
        writer.endObject()
        var response: HTTPResponse = plain(writer.finish())
        if let cursor = answer.nextCursor {
            response.headers.append("link", "<\(nextTarget(call, cursor))>; rel=\"next\"")
        }
        return response
    }

    private static func nextTarget(_ call: Call, _ cursor: String) -> String {
        let kept: [Substring] = (call.request.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }
        let query: String = (kept.map(String.init) + ["cursor=" + cursor]).joined(separator: "&")
        return call.request.path + "?" + query
    }
}

/// Conditional reads (RFC 9110 section 13).
enum Conditional {
    /// Throws `staleETag` where the read asks for another representation than the present one (`If-Match`, strong).
    static func requireMatch(_ request: HTTPRequest, etag: String) throws(StemmaError) {
        let wanted = Preconditions(ifMatch: EntityTags.parse(request.headers.values(of: "if-match")))
        try wanted.check(current: etag)
    }

    /// Whether `If-None-Match` names the present entity tag; the comparison is weak, as for caches.
    static func isUnmodified(_ request: HTTPRequest, etag: String) -> Bool {
        let fields: [String] = request.headers.values(of: "if-none-match")
        for field in fields {
            for part in field.split(separator: ",") {
                var tag: Substring = part.trimmingPrefix(while: { $0 == " " })
                while tag.last == " " { tag.removeLast() }
                if tag == "*" || tag == etag || tag == "W/" + etag { return true }
            }
        }
        return false
    }
}

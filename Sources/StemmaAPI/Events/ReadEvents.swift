internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// The operations on the change feed.
let eventRoutes: [Endpoint] = [.readEvents]

extension Endpoint {
    static let readEvents = Endpoint(
        "ReadEvents", .get, "/v1/events", "The ordered feed of changes: a page, a long poll, or server-sent events",
        access: .permission(.readModels),
        query: [
            QueryParameter(
                name: "after", shape: .integer(EventFaults.sequences),
                summary:
                    "The last sequence that was seen; where absent a page begins with the first, a stream with the next"
            ),
            QueryParameter(
                name: "wait", shape: .integer(0...Int64(ChangeService.waitSecondsMax)),
                summary: "Seconds to wait where there is nothing new, 0 where absent"),
            QueryParameter(
                name: "limit", shape: .integer(1...Int64(ChangeService.pageMax)),
                summary: "Entries wanted, 100 where absent"),
            QueryParameter(name: "model", shape: .text(maxBytes: 800), summary: "Only about this model"),
            QueryParameter(
                name: "types", shape: .text(maxBytes: 2_000), summary: "Only these operations, separated by commas"),
        ],
        answers: [
            AnswerDescription(
                200, "A page; with Accept: text/event-stream everything from now on", .jsonOr(page, [eventStream]))
        ]
    ) { call in
        let principal: Principal = try call.principal
        let filter: ChangeFilter = try call.services.changes.follow(
            model: call.query["model"], types: call.query["types"], principal)
        let after: Int64? = try call.query.integer("after").map { Int64($0) }
        let wait: Int = try call.query.integer("wait") ?? 0
        let limit: Int = try call.query.integer("limit") ?? 100
        try EventFaults.check(after, wait, limit)
        guard MediaType.accepted(call.request).contains(eventStream) else {
            let page: ChangeFeed.Page = try await call.services.changes.read(
                after: after ?? -1, filter, limit: limit, waitSeconds: wait, principal)
            return Answering.plain(EventDocument.page(page))
        }
        let seen: Int64? = try EventFaults.lastEventID(call.request)
        let position: Int64
        if let known = seen ?? after { position = known } else { position = try await call.services.changes.last() }
        return HTTPResponse(
            status: 200,
            headers: HTTPFields([
                ("content-type", eventStream), ("cache-control", "no-store"), ("x-accel-buffering", "no"),
            ]), body: .stream(length: nil, EventStream(call.services.changes, filter, principal, after: position)))
    }

    private static let eventStream: String = "text/event-stream"

    static let changeEvent: Shape = .named("ChangeEvent", .object(changeEventFields))

    static let changeEventFields: [Shape.Field] = [
        Shape.Field("sequence", .count, required: true, "Its place in the audit log"),
        Shape.Field("type", .text(maxBytes: 100), required: true, "The operation, e.g. `set_alias`"),
        Shape.Field("time", CommonShapes.time, required: true), Shape.Field("resource", .any, required: true),
        Shape.Field("detail", .any, required: true),
    ]

    private static let page: Shape = .named(
        "ChangeEvents",
        .object([
            Shape.Field(
                "items", .array(of: changeEvent, count: 0...ChangeService.pageMax), required: true, "In order"),
            Shape.Field(
                "next_after", .integer(EventFaults.sequences), required: true, "The `after` of the next request"),
            Shape.Field("has_more", .boolean, required: true, "Whether there is more already"),
        ]))
}

/// What requests for events may get wrong.
private enum EventFaults {
    /// What may have been seen last: nothing, or an event of a log whose places JSON can tell.
    static let sequences: ClosedRange<Int64> = -1...CanonicalJSON.largestSafeInteger

    static func check(_ after: Int64?, _ wait: Int, _ limit: Int) throws(StemmaError) {
        var faults: [ShapeFault] = []
        if let after, !sequences.contains(after) {
            faults.append(ShapeFault(pointer: "?after", detail: "must be -1 to \(sequences.upperBound)"))
        }
        if !(0...ChangeService.waitSecondsMax).contains(wait) {
            faults.append(ShapeFault(pointer: "?wait", detail: "must be 0 to \(ChangeService.waitSecondsMax) seconds"))
        }
        if !(1...ChangeService.pageMax).contains(limit) {
            faults.append(ShapeFault(pointer: "?limit", detail: "must be 1 to \(ChangeService.pageMax)"))
        }
        guard faults.isEmpty else { throw StemmaError.validation(faults) }
    }

    /// What a client that lost its connection saw last (HTML Living Standard, section 9.2).
    static func lastEventID(_ request: HTTPRequest) throws(StemmaError) -> Int64? {
        guard let text = request.headers["last-event-id"], !text.isEmpty else { return nil }
        guard let sequence = Int64(text), sequences.contains(sequence) else {
            throw StemmaError(.invalidRequest, "Last-Event-ID must be the id of an event of this feed, a number")
        }
        return sequence
    }
}

/// Forms of the feed.
private enum EventDocument {
    static func page(_ page: ChangeFeed.Page) -> [UInt8] {
        var writer = JSONWriter(capacity: page.events.reduce(256) { $0 + $1.json.count + 1 })
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for event in page.events { writer.raw(event.json) }
        writer.endArray()
        writer.field("next_after", page.next)
        writer.field("has_more", page.hasMore)
        writer.endObject()
        return writer.finish()
    }

    /// One message of an event stream. JSON has no line breaks, so that the data is one line.
    static func message(_ event: ChangeEvent) -> [UInt8] {
        var bytes: [UInt8] = Array("id: \(event.sequence)\nevent: \(event.type)\ndata: ".utf8)
        bytes += event.json
        bytes += [0x0A, 0x0A]
        return bytes
    }
}

/// Server-sent events, with a comment from time to time so that a client that is gone is noticed, and one that is not knows.
/// They end with the token that asked for them.
private actor EventStream: BodyStream {
    private static let batch: Int = 100

    private let changes: ChangeService
    private let filter: ChangeFilter
    private let principal: Principal
    private var position: Int64
    private var isBegun: Bool = false

    init(_ changes: ChangeService, _ filter: ChangeFilter, _ principal: Principal, after position: Int64) {
        self.changes = changes
        self.filter = filter
        self.principal = principal
        self.position = position
    }

    func next() async throws -> [UInt8]? {
        if !isBegun {
            isBegun = true
            // How long a client that lost its connection waits before it comes again, in milliseconds.
            return Array("retry: 2000\n\n".utf8)
        }
        let page: ChangeFeed.Page
        do {
            page = try await changes.read(
                after: position, filter, limit: EventStream.batch, waitSeconds: ChangeService.heartbeatSeconds,
                principal)
        } catch let error as StemmaError where error.code == .unauthenticated {
            // The client asks again, and is told why then.
            return nil
        }
        position = page.next
        if page.events.isEmpty {
            if await changes.hasEnded || Task.isCancelled { return nil }
            return Array(": \n\n".utf8)
        }
        return page.events.flatMap { EventDocument.message($0) }
    }
}

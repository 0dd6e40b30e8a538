/// How the body of the request under way is delimited, and how much of it is still to come.
enum BodyFraming {
    case fixed(remaining: Int64)
    case chunked(ChunkedDecoder)
    /// All of it has been read.
    case complete

    var isComplete: Bool {
        if case .complete = self { return true }
        return false
    }
}

/// One request that is being answered by other means than an inline handler, from its head to the end of its answer.
final class Exchange {
    let method: HTTPMethod?
    let methodText: String
    /// As sent, without the query.
    let path: String
    let query: String?
    let requestID: String
    let startedMicroseconds: UInt64
    let isHTTP10: Bool
    /// The route's number and pattern, once known.
    var routeNumber = -1
    var routePattern = ""
    var channel: BodyChannel?
    var framing = BodyFraming.complete
    var task: Task<Void, Never>?
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue = false
    /// The handler wants more of the body.
    var isBodyWanted = false
    /// W3C Trace Context's `traceparent` as sent, where it is sane; for the log.
    var traceparent: String?
    var status = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0

    /// A request whose request line could not be read has neither method nor path.
    init(
        method: HTTPMethod?, methodText: String, path: String, query: String?, requestID: String, isHTTP10: Bool,
        startedMicroseconds: UInt64
    ) {
        self.method = method
        self.methodText = methodText
        self.path = path
        self.query = query
        self.requestID = requestID
        self.isHTTP10 = isHTTP10
        self.startedMicroseconds = startedMicroseconds
    }

    var identity: RequestIdentity {
        RequestIdentity(
            requestID: requestID, method: methodText, path: path,
            routePattern: routePattern.isEmpty ? nil : routePattern)
    }

    func accessRecord(remoteAddress: String, microseconds: UInt64, isComplete: Bool) -> AccessRecord {
        AccessRecord(
            requestID: requestID, remoteAddress: remoteAddress, method: methodText,
            target: query.map { "\(path)?\($0)" } ?? path, routePattern: routePattern, status: status, bytesIn: bytesIn,
            bytesOut: bytesOut, durationMicroseconds: microseconds, isComplete: isComplete,
            traceparent: traceparent)
    }
}

/// Where the rest of an answer's body comes from.
enum BodySource {
    case none
    case bytes([UInt8], sent: Int)
    case file(any FileRegion, sent: Int64)
    /// Pieces come from the handler's task. `remaining` bytes are left where the length is known; `waiter` is told when
    /// more is wanted.
    case stream(remaining: Int64?, isChunked: Bool, waiter: CheckedContinuation<Bool, Never>?)
}

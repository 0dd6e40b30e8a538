internal import Glibc

/// Keeps many connections busy from one thread, one request in flight on each, at little cost: requests are bytes made by
/// the caller, of answers only the status is looked at.
final class LoadGenerator {
    /// What came of a run.
    struct Outcome {
        var seconds: Double = 0
        /// Successful answers.
        var succeeded = 0
        /// Answers that were no success, by status.
        var refused: [Int: Int] = [:]
        /// From sending to the whole answer, in microseconds, of the successful.
        var latencies: [Double] = []
        /// Whether the server went away.
        var isCutOff = false

        var perSecond: Double { Double(succeeded) / seconds }

        /// Throws `BenchError` unless every request succeeded.
        func expectSuccess() throws {
            guard refused.isEmpty, !isCutOff, succeeded > 0 else {
                throw BenchError("load failed: \(succeeded) answered, refused \(refused), cut off: \(isCutOff)")
            }
        }
    }

    /// One connection and its request in flight.
    private struct Lane {
        var socket: TCPSocket
        var request: [UInt8] = []
        var sent = 0
        var answer: [UInt8] = []
        var scanner = AnswerScanner()
        var tag = 0
        var started: UInt64 = 0
    }

    private enum Progress { case waiting, answered, closed }

    private let port: UInt16
    private let connections: Int
    private var lanes: [Lane] = []
    private var polls: [pollfd] = []
    private var chunk: [UInt8] = Array(repeating: 0, count: 262_144)

    init(port: UInt16, connections: Int) {
        self.port = port
        self.connections = connections
    }

    /// `next` writes a request into the empty array and answers a tag for it, or nil when there is no more to do;
    /// `succeeded` is told the tag of each answer with a status of 200...299, after `examine` was shown its body where
    /// that has a declared length. Returns when all requests are answered or,
    /// with `isCutOff`, when the server is gone. Every run has connections of its own, and connects again where the server
    /// ends a connection after an answer.
    func run(
        next: (inout [UInt8]) throws -> Int?, examine: (UnsafeRawBufferPointer, Int) -> Void = { _, _ in },
        succeeded: (Int) -> Void = { _ in }
    ) throws -> Outcome {
        var outcome = Outcome()
        lanes = try (0..<connections).map { _ in Lane(socket: try connect()) }
        polls = lanes.map { pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0) }
        defer { lanes = [] }
        var busy = 0
        let start: UInt64 = Clock.now
        for index in lanes.indices where try begin(index, next) { busy += 1 }
        while busy > 0 {
            for index in lanes.indices {
                polls[index].events = Int16(lanes[index].sent < lanes[index].request.count ? POLLIN | POLLOUT : POLLIN)
            }
            guard poll(&polls, nfds_t(polls.count), 30_000) > 0 else {
                throw BenchError("the server stopped answering")
            }
            for index in lanes.indices where polls[index].revents != 0 {
                switch try advance(index, examine) {
                case .waiting: continue
                case .answered:
                    note(index, in: &outcome, succeeded)
                    if reconnectIfNeeded(index) {
                        if try !begin(index, next) { busy -= 1 }
                    } else {
                        fallthrough
                    }
                case .closed:
                    outcome.isCutOff = true
                    polls[index].fd = -1
                    busy -= 1
                }
            }
        }
        outcome.seconds = Clock.seconds(since: start)
        return outcome
    }

    private func connect() throws -> TCPSocket {
        let socket = try TCPSocket(port: port)
        socket.setNonBlocking()
        return socket
    }

    /// False where the server ended the connection and takes no other.
    private func reconnectIfNeeded(_ index: Int) -> Bool {
        guard lanes[index].scanner.isLast else { return true }
        guard let socket = try? connect() else { return false }
        lanes[index].socket = socket
        polls[index].fd = socket.descriptor
        return true
    }

    private func note(_ index: Int, in outcome: inout Outcome, _ succeeded: (Int) -> Void) {
        let status: Int = lanes[index].scanner.status
        guard (200..<300).contains(status) else {
            outcome.refused[status, default: 0] += 1
            return
        }
        outcome.succeeded += 1
        outcome.latencies.append(Double(Clock.now - lanes[index].started) / 1_000)
        succeeded(lanes[index].tag)
    }

    /// False when there is no more to do.
    private func begin(_ index: Int, _ next: (inout [UInt8]) throws -> Int?) throws -> Bool {
        lanes[index].request.removeAll(keepingCapacity: true)
        lanes[index].answer.removeAll(keepingCapacity: true)
        lanes[index].scanner = AnswerScanner()
        lanes[index].sent = 0
        guard let tag = try next(&lanes[index].request) else { return false }
        lanes[index].tag = tag
        lanes[index].started = Clock.now
        // Nearly always goes out whole; the rest, if any, goes when `poll` says so.
        _ = send(index)
        return true
    }

    /// False where the connection is broken.
    private func send(_ index: Int) -> Bool {
        lanes[index].request.withUnsafeBytes { bytes in
            let rest: Int = bytes.count - lanes[index].sent
            guard rest > 0 else { return true }
            let count: Int = write(lanes[index].socket.descriptor, bytes.baseAddress! + lanes[index].sent, rest)
            guard count >= 0 else { return errno == EAGAIN || errno == EINTR }
            lanes[index].sent += count
            return true
        }
    }

    private func advance(_ index: Int, _ examine: (UnsafeRawBufferPointer, Int) -> Void) throws -> Progress {
        guard send(index) else { return .closed }
        let count: Int = read(lanes[index].socket.descriptor, &chunk, chunk.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? .waiting : .closed }
        if lanes[index].answer.isEmpty {
            // The usual case, a whole answer in one piece, needs no copy.
            let end: Int? = try chunk.withUnsafeBytes { bytes in
                try lanes[index].scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[0..<count]))
            }
            if let end, end == count {
                chunk.withUnsafeBytes { show($0, end, index, examine) }
                return .answered
            }
        }
        lanes[index].answer.append(contentsOf: chunk[0..<count])
        let end: Int? = try lanes[index].answer.withUnsafeBytes { try lanes[index].scanner.scan($0) }
        guard let end else { return .waiting }
        lanes[index].answer.withUnsafeBytes { show($0, end, index, examine) }
        return .answered
    }

    private func show(
        _ bytes: UnsafeRawBufferPointer, _ end: Int, _ index: Int, _ examine: (UnsafeRawBufferPointer, Int) -> Void
    ) {
        let scanner: AnswerScanner = lanes[index].scanner
        guard (200..<300).contains(scanner.status), scanner.contentLength != nil else { return }
        examine(UnsafeRawBufferPointer(rebasing: bytes[scanner.headLength..<end]), lanes[index].tag)
    }
}

internal import Glibc

/// Idle subscribers of the change feed: the memory that they cost, and how soon a change reaches all of them.
enum Subscribers {
    static func run(_ bench: Bench) throws {
        let count: Int = bench.choose(10_000, quick: 1_000)
        try Files.allowOpenFiles(count + 200)
        let daemon = try Daemon(bench, directory: try bench.newDirectory("subscribers"))
        defer { daemon.stop() }
        let client: HTTPClient = try daemon.client()
        try create(0, client)
        let before: Int = try ProcessMemory.resident(daemon.process.pid)
        _ = ProcessMemory.resetPeak(daemon.process.pid)
        let streams = try EventStreams(daemon, count: count)
        Clock.sleep(milliseconds: bench.choose(3_000, quick: 500))
        let idle: Int = try ProcessMemory.resident(daemon.process.pid)
        var times: [Double] = []
        for number in 1...bench.choose(10, quick: 3) {
            let start: UInt64 = Clock.now
            try create(number, client)
            try streams.awaitEvents(number)
            times.append(Clock.seconds(since: start))
            Clock.sleep(milliseconds: 300)
        }
        let heartbeat: Double = try processorTime(daemon, seconds: bench.choose(20, quick: 2))
        report(idle, before, times, heartbeat, daemon, count, bench)
    }

    /// A change that every subscriber is told of.
    private static func create(_ number: Int, _ client: HTTPClient) throws {
        let body: [UInt8] = Array("{\"name\":\"watched_\(number)\"}".utf8)
        try client.expect("POST", "/v1/models", headers: ["Content-Type: application/json"], body: body)
    }

    /// The share of one processor that the daemon takes while nothing changes.
    private static func processorTime(_ daemon: Daemon, seconds: Int) throws -> Double {
        let start: Double = Clock.processorTime(of: daemon.process.pid) ?? 0
        let window: Window = .of { Clock.sleep(milliseconds: seconds * 1_000) }
        return ((Clock.processorTime(of: daemon.process.pid) ?? 0) - start) / window.seconds
    }

    private static func report(
        _ idle: Int, _ before: Int, _ times: [Double], _ heartbeat: Double, _ daemon: Daemon, _ count: Int,
        _ bench: Bench
    ) {
        bench.report.add(
            Finding(
                measure: "subscribers", title: "memory while idle", unit: .bytes, stemma: [Double(idle)],
                bar: .below(Double(256 << 20)),
                note: "the whole daemon with \(count) event streams; without any: \(Text.grouped(Double(before)))"))
        if let peak = try? ProcessMemory.peak(daemon.process.pid) {
            bench.report.add(
                Finding(
                    measure: "subscribers", title: "peak while changes go out", unit: .bytes, stemma: [Double(peak)],
                    bar: .below(Double(256 << 20))))
        }
        bench.report.add(
            Finding(
                measure: "subscribers", title: "change to the last one", unit: .seconds, stemma: times, bar: .below(1),
                note: "from the request to the event on every stream; slowest \(Text.fixed(times.max() ?? .nan, 3)) s"))
        bench.report.add(
            Finding(
                measure: "subscribers", title: "processor while idle", unit: .fineMicroseconds,
                stemma: [heartbeat / Double(count) * 1e6], note: "a second and stream, for the signs of life"))
    }
}

/// Many open event streams, read by one thread.
private final class EventStreams {
    private static let eventName: [UInt8] = Array("\nevent: register_model\n".utf8)

    private var sockets: [TCPSocket] = []
    private var polls: [pollfd] = []
    /// Events of each stream so far, and the end of what was read of it, in which the next one's name may begin.
    private var events: [Int] = []
    private var rests: [[UInt8]] = []
    private var chunk: [UInt8] = Array(repeating: 0, count: 65_536)

    /// Opens them one after the other, each once the one before was answered. Throws `BenchError`.
    init(_ daemon: Daemon, count: Int) throws {
        let request: [UInt8] = Array(
            """
            GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\(daemon.authorization)\r\nAccept: text/event-stream\r\n\r\n
            """.utf8)
        for _ in 0..<count {
            let socket = try TCPSocket(port: daemon.port)
            try socket.send(request)
            let length: Int = read(socket.descriptor, &chunk, chunk.count)
            guard length > 12, chunk[9..<12].elementsEqual("200".utf8) else {
                let answer: [UInt8] = Array(chunk[0..<max(0, length)])
                throw BenchError(
                    "stream \(sockets.count + 1) was refused: \(String(decoding: answer, as: UTF8.self).prefix(300))")
            }
            socket.setNonBlocking()
            sockets.append(socket)
        }
        polls = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        events = Array(repeating: 0, count: count)
        rests = Array(repeating: [], count: count)
    }

    /// Returns once every stream told of `count` events in all. Throws `BenchError` where that takes half a minute, or a
    /// stream ends.
    func awaitEvents(_ count: Int) throws {
        var behind: Int = events.count { $0 < count }
        let start: UInt64 = Clock.now
        while behind > 0 {
            guard Clock.seconds(since: start) < 30 else {
                throw BenchError("\(behind) streams did not tell of a change")
            }
            guard poll(&polls, nfds_t(polls.count), 1_000) > 0 else { continue }
            for index in polls.indices where polls[index].revents != 0 {
                let wasBehind: Bool = events[index] < count
                try take(index)
                if wasBehind, events[index] >= count { behind -= 1 }
            }
        }
    }

    private func take(_ index: Int) throws {
        let length: Int = read(polls[index].fd, &chunk, chunk.count)
        guard length > 0 else {
            if length < 0, errno == EAGAIN || errno == EINTR { return }
            throw BenchError("a stream ended")
        }
        let text: [UInt8] = rests[index] + chunk[0..<length]
        let name: [UInt8] = EventStreams.eventName
        var position: Int = 0
        var end: Int = 0
        while position + name.count <= text.count {
            if text[position] == name[0], text[position..<(position + name.count)].elementsEqual(name) {
                events[index] += 1
                position += name.count
                end = position
            } else {
                position += 1
            }
        }
        rests[index] = Array(text[max(end, text.count - name.count + 1, 0)...])
    }
}

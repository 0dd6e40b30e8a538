internal import Glibc

/// One request and the head of its answer on a connection that was just opened.
struct DeliveryExchange: ~Copyable {
    private let socket: DeliverySocket
    private let tls: TLSClientSession?
    private let deadline: Deadline
    /// To be sent: `outgoing[sent...]`.
    private var outgoing: [UInt8] = []
    private var sent: Int = 0

    /// In plain text without `tls`.
    init(_ socket: consuming DeliverySocket, tls: TLSClientSession?, deadline: Deadline) {
        self.socket = socket
        self.tls = tls
        self.deadline = deadline
    }

    /// Sends the request and reads until the final head is whole, which may be before all is sent. Throws
    /// `DeliveryFailure.tls`, `.timeout` or `.protocol`.
    mutating func run(_ request: [UInt8]) throws(DeliveryFailure) -> AnswerHead {
        try run(request, bodyMaxBytes: nil).head
    }

    /// The same, and reads the body too where a limit is given. Throws `DeliveryFailure.protocol` also for a longer one.
    mutating func run(
        _ request: [UInt8], bodyMaxBytes: Int?
    ) throws(DeliveryFailure) -> (head: AnswerHead, body: [UInt8]) {
        do throws(DeliveryFailure) {
            if let tls {
                try shakeHands(tls)
                try tls.encrypt(request)
                enqueue(tls.take())
            } else {
                enqueue(request)
            }
            var reader = AnswerReader()
            let head: AnswerHead = try readHead(&reader)
            let body: [UInt8] =
                try bodyMaxBytes.map { limit throws(DeliveryFailure) in
                    try readBody(reader, limit: limit)
                } ?? []
            tls?.close()
            sayGoodbye()
            return (head, body)
        } catch {
            sayGoodbye()
            throw error
        }
    }

    private mutating func shakeHands(_ tls: TLSClientSession) throws(DeliveryFailure) {
        while try !tls.shakeHands() {
            enqueue(tls.take())
            guard let received = try move(), !received.isEmpty else { throw .tls }
            try tls.put(received)
        }
        enqueue(tls.take())
    }

    private mutating func readHead(_ reader: inout AnswerReader) throws(DeliveryFailure) -> AnswerHead {
        while true {
            guard let plain = try receive() else { throw .protocol }
            if let head = try reader.add(plain) { return head }
        }
    }

    private mutating func readBody(_ reader: AnswerReader, limit: Int) throws(DeliveryFailure) -> [UInt8] {
        let framing: AnswerFraming = try reader.framing()
        guard framing.length ?? 0 <= limit else { throw .protocol }
        var bytes: [UInt8] = reader.body
        while true {
            if let length = framing.length, bytes.count >= length { return Array(bytes.prefix(length)) }
            if framing.isChunked, let body = try AnswerFraming.decodeChunks(bytes) { return body }
            // Chunks carry their sizes along; the body in them is shorter in any case.
            guard bytes.count <= limit else { throw .protocol }
            guard let plain = try receive() else {
                guard framing.length == nil, !framing.isChunked else { throw .protocol }
                return bytes
            }
            bytes += plain
        }
    }

    /// What has arrived, decrypted, which may be nothing yet; nil at the end of the connection.
    private mutating func receive() throws(DeliveryFailure) -> [UInt8]? {
        guard let received = try move(), !received.isEmpty else { return nil }
        guard let tls else { return received }
        try tls.put(received)
        let plain: [UInt8] = try tls.decrypt()
        // The protocol itself has things to say, e.g. when keys change.
        enqueue(tls.take())
        return plain
    }

    private mutating func enqueue(_ bytes: [UInt8]) {
        if sent == outgoing.count {
            outgoing = bytes
            sent = 0
        } else {
            outgoing += bytes
        }
    }

    /// Sends what waits and answers what arrives first; empty at the end.
    private mutating func move() throws(DeliveryFailure) -> [UInt8]? {
        while true {
            let hasMore: Bool = sent < outgoing.count
            let ready: Int32 = try socket.wait(for: hasMore ? POLLIN | POLLOUT : POLLIN, by: deadline)
            if hasMore, ready & POLLOUT != 0 {
                if let count = socket.send(outgoing[sent...]) {
                    sent += count
                } else {
                    // The answer may have been sent before the connection was closed.
                    sent = outgoing.count
                }
            }
            if ready & (POLLIN | POLLHUP | POLLERR) != 0, let received = socket.receive() { return received }
        }
    }

    /// Sends the last words of TLS, e.g. why the certificate is not accepted, if the socket takes them at once.
    private mutating func sayGoodbye() {
        guard let tls else { return }
        enqueue(tls.take())
        if sent < outgoing.count { _ = socket.send(outgoing[sent...]) }
    }
}

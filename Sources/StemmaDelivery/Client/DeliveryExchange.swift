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
        do throws(DeliveryFailure) {
            if let tls {
                try shakeHands(tls)
                try tls.encrypt(request)
                enqueue(tls.take())
            } else {
                enqueue(request)
            }
            let head: AnswerHead = try readHead()
            tls?.close()
            sayGoodbye()
            return head
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

    private mutating func readHead() throws(DeliveryFailure) -> AnswerHead {
        var reader = AnswerReader()
        while true {
            guard let received = try move(), !received.isEmpty else { throw .protocol }
            var plain: [UInt8] = received
            if let tls {
                try tls.put(received)
                plain = try tls.decrypt()
                // The protocol itself has things to say, e.g. when keys change.
                enqueue(tls.take())
            }
            if let head = try reader.add(plain) { return head }
        }
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

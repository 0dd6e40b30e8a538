internal import Glibc

/// Writes requests to and reads answers from one socket.
final class ClientConnection {
    private static let bufferBytes: Int = 256 * 1024
    private static let headMaxBytes: Int = 64 * 1024

    private let socket: ClientSocket
    /// Received and not yet taken: `buffer[start..<end]`.
    private let buffer: UnsafeMutableRawBufferPointer
    private var start: Int = 0
    private var end: Int = 0

    init(_ socket: consuming ClientSocket) {
        self.socket = socket
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Whether the server has closed an idle connection, or sent what nobody asked for.
    func isStale() -> Bool {
        let isReadable: Bool? = try? socket.isReadable()
        return start < end || isReadable != false
    }

    // MARK: Sending

    /// Answers false where the body was not sent whole because the server answered first.
    func send(_ head: [UInt8], _ request: HTTPClientRequest) throws(HTTPClientError) -> Bool {
        let isHeldBack: Bool = request.fields["expect"] != nil
        if case .bytes(let bytes) = request.body, !isHeldBack { return try write(head + bytes) }
        guard try write(head) else { return false }
        if case .none = request.body { return true }
        if isHeldBack {
            guard try waitForContinue() else { return false }
        }
        switch request.body {
        case .none: return true
        case .bytes(let bytes): return try write(bytes)
        case .descriptor(let source, let length?): return try sendFixed(source, length)
        case .descriptor(let source, nil): return try sendChunks(source)
        }
    }

    private func write(_ bytes: [UInt8]) throws(HTTPClientError) -> Bool {
        let result: Result<Bool, HTTPClientError> = bytes.withUnsafeBytes { pointer in
            do throws(HTTPClientError) {
                return .success(try socket.write(pointer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether the body is wanted. Leaves a final answer unread.
    private func waitForContinue() throws(HTTPClientError) -> Bool {
        let length: Int = try fillHead()
        guard let head = ClientHead(UnsafeRawBufferPointer(rebasing: buffer[start..<(start + length)])) else {
            throw .malformed("its head is not HTTP/1.1")
        }
        guard head.status == 100 else { return false }
        start += length
        return true
    }

    private func sendFixed(_ source: Int32, _ length: Int64) throws(HTTPClientError) -> Bool {
        switch try socket.write(from: source, length: length) {
        case .done: return true
        case .stopped: return false
        case .short: throw .badRequest("the descriptor ended before \(length) bytes")
        case .unsupported: break
        }
        var rest: Int64 = length
        while rest > 0 {
            let piece: [UInt8] = try ClientConnection.read(source, atMost: Int(min(rest, Int64(Self.bufferBytes))))
            guard !piece.isEmpty else { throw .badRequest("the descriptor ended before \(length) bytes") }
            guard try write(piece) else { return false }
            rest -= Int64(piece.count)
        }
        return true
    }

    private func sendChunks(_ source: Int32) throws(HTTPClientError) -> Bool {
        while true {
            let piece: [UInt8] = try ClientConnection.read(source, atMost: Self.bufferBytes)
            let size = Array((String(piece.count, radix: 16) + "\r\n").utf8)
            guard try write(size + piece + Array("\r\n".utf8)) else { return false }
            if piece.isEmpty { return true }
        }
    }

    private static func read(_ source: Int32, atMost count: Int) throws(HTTPClientError) -> [UInt8] {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            var result: Int = 0
            repeat { result = Glibc.read(source, target.baseAddress, count) } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            filled = max(0, result)
        }
        guard failure == 0 else { throw .badRequest("cannot read the body: \(String(cString: strerror(failure)))") }
        return piece
    }

    // MARK: Receiving

    /// Reads the final answer; says as well whether the connection may be used again.
    func receive(
        isHead: Bool, _ receive: (UnsafeRawBufferPointer) -> Bool
    ) throws(HTTPClientError) -> (HTTPClientResponse, mayKeep: Bool) {
        var head: ClientHead
        repeat {
            let length: Int = try fillHead()
            guard let next = ClientHead(UnsafeRawBufferPointer(rebasing: buffer[start..<(start + length)])) else {
                throw .malformed("its head is not HTTP/1.1")
            }
            start += length
            head = next
        } while (100..<200).contains(head.status)
        let hasBody: Bool = !isHead && head.status != 204 && head.status != 304
        var mayKeep: Bool = head.keepsConnection
        if hasBody {
            switch head.framing {
            case .length(let count): mayKeep = try take(count, receive) && mayKeep
            case .chunked: mayKeep = try takeChunks(receive) && mayKeep
            case .untilClose: mayKeep = try takeUntilClose(receive)
            }
        }
        return (HTTPClientResponse(status: head.status, fields: head.fields, body: []), mayKeep)
    }

    /// Reads until the buffer holds a whole head from `start`; answers its length with the empty line.
    private func fillHead() throws(HTTPClientError) -> Int {
        var searched: Int = 0
        while true {
            if let length = headLength(from: searched) { return length }
            searched = max(0, end - start - 3)
            guard end - start < Self.headMaxBytes else { throw .malformed("its head is too long") }
            guard try fill() else {
                throw start == end ? .closedEarly : .malformed("it ends within its head")
            }
        }
    }

    private func headLength(from offset: Int) -> Int? {
        var at: Int = start + offset
        while at + 4 <= end {
            if buffer[at] == 13, buffer[at + 1] == 10, buffer[at + 2] == 13, buffer[at + 3] == 10 {
                return at + 4 - start
            }
            at += 1
        }
        return nil
    }

    /// Reads more into the buffer; false at the end.
    private func fill() throws(HTTPClientError) -> Bool {
        if start == end {
            start = 0
            end = 0
        } else if end == buffer.count {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            end -= start
            start = 0
        }
        let count: Int = try socket.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
        end += count
        return count > 0
    }

    /// Hands over exactly that many bytes; false where the receiver wants no more.
    private func take(_ count: Int64, _ receive: (UnsafeRawBufferPointer) -> Bool) throws(HTTPClientError) -> Bool {
        var rest: Int64 = count
        while rest > 0 {
            if start == end, try !fill() { throw .closedEarly }
            let size = Int(min(rest, Int64(end - start)))
            let piece = UnsafeRawBufferPointer(rebasing: buffer[start..<(start + size)])
            start += size
            rest -= Int64(size)
            guard receive(piece) else { return false }
        }
        return true
    }

    private func takeUntilClose(_ receive: (UnsafeRawBufferPointer) -> Bool) throws(HTTPClientError) -> Bool {
        while true {
            if start == end, try !fill() { return false }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
            start = end
            guard receive(piece) else { return false }
        }
    }

    /// The chunked coding (RFC 9112 section 7.1); extensions and trailers are skipped.
    private func takeChunks(_ receive: (UnsafeRawBufferPointer) -> Bool) throws(HTTPClientError) -> Bool {
        while true {
            let line: [UInt8] = try takeLine()
            let digits: ArraySlice<UInt8> = line.prefix { ByteScan.hexValue($0) != nil }
            let rest: UInt8? = line.dropFirst(digits.count).first
            guard (1...15).contains(digits.count), rest == nil || rest == UInt8(ascii: ";") || rest == ByteScan.space
            else {
                throw .malformed("a chunk has no size")
            }
            let size: Int64 = digits.reduce(0) { $0 << 4 | Int64(ByteScan.hexValue($1) ?? 0) }
            if size == 0 {
                while try !takeLine().isEmpty {}
                return true
            }
            guard try take(size, receive) else { return false }
            guard try takeLine().isEmpty else { throw .malformed("a chunk is longer than its size") }
        }
    }

    /// The bytes before the next CRLF.
    private func takeLine() throws(HTTPClientError) -> [UInt8] {
        var line: [UInt8] = []
        while true {
            if start == end, try !fill() { throw .closedEarly }
            let byte: UInt8 = buffer[start]
            start += 1
            if byte == ByteScan.lineFeed, line.last == ByteScan.carriageReturn { return line.dropLast() }
            guard line.count < 4_096 else { throw .malformed("a line of the chunked coding is too long") }
            line.append(byte)
        }
    }
}

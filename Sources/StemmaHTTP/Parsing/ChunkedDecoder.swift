/// Takes a chunked body apart (RFC 9112 section 7.1), strictly: sizes of 1 to 16 hexadecimal digits, extensions ignored
/// but bounded, CRLF everywhere, trailers checked and dropped.
package struct ChunkedDecoder: Sendable {
    /// One step of decoding.
    package enum Step: Sendable, Equatable {
        /// Body bytes at `start..<start + count` of what was given.
        case data(start: Int, count: Int)
        /// All bytes given are used up; more are needed.
        case needsMore
        /// The body is over; what follows is the next request.
        case finished
        case refused(MessageFault)
    }

    /// Chunk extensions of one body, in bytes, all chunks together.
    package static let extensionMaxBytes = 4 * 1024
    /// The trailer section, in bytes.
    package static let trailerMaxBytes = 8 * 1024

    private enum State: UInt8 {
        case size, `extension`, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed, finished
    }

    private var state = State.size
    private var remaining: UInt64 = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerName = TrailerName()

    /// At the beginning of a body.
    package init() {}

    /// Whether the last chunk and the trailers were read.
    package var isFinished: Bool { state == .finished }

    /// Decodes from `position`, which moves past what was used.
    package mutating func next(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Step {
        while state != .finished {
            guard position < bytes.count else { return .needsMore }
            if state == .data {
                let count = Int(min(remaining, UInt64(bytes.count - position)))
                let start = position
                position += count
                remaining -= UInt64(count)
                if remaining == 0 { state = .dataReturn }
                return .data(start: start, count: count)
            }
            if let fault = step(bytes[position]) { return .refused(fault) }
            position += 1
        }
        return .finished
    }

    private mutating func step(_ byte: UInt8) -> MessageFault? {
        switch state {
        case .size: return readSize(byte)
        case .extension: return readExtension(byte)
        case .sizeLineFeed:
            guard byte == ByteScan.lineFeed else { return .malformedChunkSize }
            state = remaining == 0 ? .trailerStart : .data
        case .dataReturn: return expect(byte, ByteScan.carriageReturn, then: .dataLineFeed)
        case .dataLineFeed:
            (digits, remaining) = (0, 0)
            return expect(byte, ByteScan.lineFeed, then: .size)
        case .lastLineFeed: return expect(byte, ByteScan.lineFeed, then: .finished)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed: return readTrailer(byte)
        case .data, .finished: break
        }
        return nil
    }

    private mutating func expect(_ byte: UInt8, _ wanted: UInt8, then next: State) -> MessageFault? {
        guard byte == wanted else { return .malformedChunkEnd }
        state = next
        return nil
    }

    private mutating func readSize(_ byte: UInt8) -> MessageFault? {
        if let value = ByteScan.hexValue(byte) {
            guard digits < 16, remaining >> 59 == 0 else { return .malformedChunkSize }
            remaining = remaining << 4 | UInt64(value)
            digits += 1
            return nil
        }
        guard digits > 0 else { return .malformedChunkSize }
        switch byte {
        case ByteScan.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extension
        default: return .malformedChunkSize
        }
        return nil
    }

    private mutating func readExtension(_ byte: UInt8) -> MessageFault? {
        if byte == ByteScan.carriageReturn {
            state = .sizeLineFeed
            return nil
        }
        extensionBytes += 1
        let isControl = (byte < 0x20 && byte != ByteScan.tab) || byte == 0x7F
        return isControl || extensionBytes > Self.extensionMaxBytes ? .malformedChunkExtension : nil
    }

    private mutating func readTrailer(_ byte: UInt8) -> MessageFault? {
        trailerBytes += 1
        guard trailerBytes <= Self.trailerMaxBytes else { return .trailerTooLarge }
        switch state {
        case .trailerStart where byte == ByteScan.carriageReturn: state = .lastLineFeed
        case .trailerStart:
            guard ByteScan.isToken(byte) else { return .malformedTrailer }
            trailerName = TrailerName()
            trailerName.append(byte)
            state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"):
            guard !trailerName.isForbidden else { return .malformedTrailer }
            state = .trailerValue
        case .trailerName:
            guard ByteScan.isToken(byte) else { return .malformedTrailer }
            trailerName.append(byte)
        case .trailerValue where byte == ByteScan.carriageReturn: state = .trailerLineFeed
        case .trailerValue:
            guard byte >= 0x20 || byte == ByteScan.tab, byte != 0x7F else { return .malformedTrailer }
        default:
            guard byte == ByteScan.lineFeed else { return .malformedTrailer }
            state = .trailerStart
        }
        return nil
    }
}

/// The name of a trailer field as read so far, enough of it to know those that must not be trailers because they frame
/// or route a message or prove who sent it (RFC 9110 section 6.5.1).
private struct TrailerName: Sendable {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    private var count = 0

    mutating func append(_ byte: UInt8) {
        let bits = UInt64(ByteScan.lowered(byte)) << UInt64((count & 7) * 8)
        switch count >> 3 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        case 2: words.2 |= bits
        default: break
        }
        count += 1
    }

    var isForbidden: Bool {
        Self.forbidden.contains { name in
            guard name.utf8CodeUnitCount == count else { return false }
            var other = TrailerName()
            for index in 0..<count { other.append(name.utf8Start[index]) }
            return other.words == words
        }
    }

    private static let forbidden: [StaticString] = [
        "content-length", "transfer-encoding", "host", "authorization", "connection", "trailer", "te", "upgrade",
        "content-encoding", "content-type", "content-range", "expect", "range",
    ]
}

/// What is kept of an answer.
struct AnswerHead: Equatable {
    /// 200 to 599.
    let status: Int
    let retryAfterSeconds: Int?
}

/// Reads the status line and the fields of an answer (RFC 9112 sections 4 and 5) from pieces of any size, and gives up as
/// soon as it can be none. Interim answers are passed over.
struct AnswerReader {
    /// Received and not yet read.
    private var buffer: [UInt8] = []
    /// All bytes ever received.
    private var byteCount: Int = 0
    /// No end of a head begins before this.
    private var searched: Int = 0
    /// The final head, once it is whole.
    private var head: (bytes: [UInt8], status: Int)?
    /// What has arrived of the body; once there is a final head.
    var body: [UInt8] { buffer }

    init() {}

    /// Adds bytes; answers the final head as soon as it is whole. Throws `DeliveryFailure.protocol`.
    mutating func add(_ bytes: [UInt8]) throws(DeliveryFailure) -> AnswerHead? {
        buffer += bytes
        byteCount += bytes.count
        while true {
            guard zip(buffer, AnswerReader.version).allSatisfy({ $0 == $1 }) else { throw .protocol }
            guard let end = headEnd() else {
                guard byteCount < DeliveryLimits.answerHeadMaxBytes else { throw .protocol }
                return nil
            }
            // The body's bytes that came along do not count.
            guard byteCount - (buffer.count - end) <= DeliveryLimits.answerHeadMaxBytes else { throw .protocol }
            let head: AnswerHead = try AnswerReader.parse(buffer[..<end])
            switch head.status {
            // Nobody asked for another protocol.
            case 101: throw .protocol
            case 100...199:
                buffer.removeFirst(end)
                searched = 0
            default:
                self.head = (Array(buffer[..<end]), head.status)
                buffer.removeFirst(end)
                return head
            }
        }
    }

    /// Where the body ends that follows the final head: for those whom it concerns. Throws `DeliveryFailure.protocol`.
    func framing() throws(DeliveryFailure) -> AnswerFraming {
        guard let head else { throw .protocol }
        return try AnswerFraming(head: head.bytes, status: head.status)
    }

    private static let version: [UInt8] = Array("HTTP/1.".utf8)
    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A

    /// The length of the head with its empty line.
    private mutating func headEnd() -> Int? {
        while searched + 4 <= buffer.count {
            if buffer[searched] == AnswerReader.carriageReturn, buffer[searched + 1] == AnswerReader.lineFeed,
                buffer[searched + 2] == AnswerReader.carriageReturn, buffer[searched + 3] == AnswerReader.lineFeed
            {
                return searched + 4
            }
            searched += 1
        }
        return nil
    }

    /// `bytes` end with an empty line.
    private static func parse(_ bytes: ArraySlice<UInt8>) throws(DeliveryFailure) -> AnswerHead {
        var lines: [ArraySlice<UInt8>] = bytes.dropLast(4).split(
            separator: lineFeed, omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() {
            guard lines[index].last == carriageReturn else { throw .protocol }
            lines[index] = lines[index].dropLast()
        }
        guard lines.allSatisfy({ $0.allSatisfy(isText) }) else { throw .protocol }
        let status: Int = try parseStatusLine(lines[0])
        var pauses: [Int] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy({ $0 > 0x20 })
            else { throw .protocol }
            guard String(decoding: line[..<colon], as: UTF8.self).lowercased() == "retry-after" else { continue }
            let words: [Substring] = String(decoding: line[(colon + 1)...], as: UTF8.self)
                .split { $0 == " " || $0 == "\t" }
            if words.count == 1, let seconds = RetrySchedule.retryAfterSeconds(words[0]) { pauses.append(seconds) }
        }
        return AnswerHead(status: status, retryAfterSeconds: pauses.max())
    }

    /// `HTTP/1.0` or `HTTP/1.1`, a space, three digits, and a reason or nothing.
    private static func parseStatusLine(_ line: ArraySlice<UInt8>) throws(DeliveryFailure) -> Int {
        let bytes: [UInt8] = Array(line)
        guard bytes.count >= 12, bytes.starts(with: version), bytes[7] == 0x30 || bytes[7] == 0x31, bytes[8] == 0x20,
            bytes[9...11].allSatisfy({ (0x30...0x39).contains($0) }), bytes.count == 12 || bytes[12] == 0x20
        else { throw .protocol }
        let status: Int = bytes[9...11].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (100...599).contains(status) else { throw .protocol }
        return status
    }

    /// No control characters but the tab.
    private static func isText(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }
}

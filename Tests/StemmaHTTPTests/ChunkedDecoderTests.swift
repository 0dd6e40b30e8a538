import StemmaHTTP
import Testing

private enum Outcome: Equatable {
    /// The body, and how many bytes of the message it took.
    case finished(String, used: Int)
    case incomplete(String)
    case refused(MessageFault)
}

private func decode(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    var used = 0
    for piece in pieces {
        let bytes = Array(piece)
        var position = 0
        let fault = bytes.withUnsafeBytes { buffer -> MessageFault? in
            while true {
                switch decoder.next(buffer, &position) {
                case .data(let start, let count): body.append(contentsOf: buffer[start..<(start + count)])
                case .needsMore, .finished: return nil
                case .refused(let fault): return fault
                }
            }
        }
        if let fault { return .refused(fault) }
        used += position
        if decoder.isFinished { return .finished(String(decoding: body, as: UTF8.self), used: used) }
    }
    return .incomplete(String(decoding: body, as: UTF8.self))
}

private func decodeEveryWay(_ text: String) -> Outcome {
    let bytes = Array(text.utf8)
    let whole = decode([bytes[...]])
    for split in 0...bytes.count {
        #expect(decode([bytes[..<split], bytes[split...]]) == whole, "split at \(split) of \(text.debugDescription)")
    }
    #expect(decode(bytes.indices.map { bytes[$0...$0] }) == whole, "dripped: \(text.debugDescription)")
    return whole
}

@Suite struct ChunkedDecoderTests {
    @Test(arguments: [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
        ("0000000000000001\r\nx\r\n0\r\n\r\n", "x"),
        ("3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", "abc"),
        ("1\r\n\n\r\n0\r\n\r\n", "\n"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("1\r\nx\r\n0\r\nExpires: now\r\nX-Checksum: 1\r\n\r\n", "x"),
    ]) func decodes(_ text: String, _ body: String) {
        #expect(decodeEveryWay(text) == .finished(body, used: text.utf8.count))
        #expect(decodeEveryWay(text + "GET / HTTP/1.1\r\n") == .finished(body, used: text.utf8.count))
        #expect(decodeEveryWay(String(text.unicodeScalars.dropLast())) == .incomplete(body))
    }

    @Test(arguments: [
        (MessageFault.malformedChunkSize, "\r\n"),
        (.malformedChunkSize, "+5\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "-5\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "0x5\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "1_0\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, " 5\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "5 \r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "5 ;a\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "5\nhello\n0\n\n"),
        (.malformedChunkSize, "5\rhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, ";a\r\n"),
        (.malformedChunkSize, "00000000000000005\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkSize, "8000000000000000\r\n"),
        (.malformedChunkSize, "FFFFFFFFFFFFFFFF\r\n"),
        (.malformedChunkSize, "\u{ff15}\r\nhello\r\n"),
        (.malformedChunkExtension, "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkExtension, "5;a\u{0}\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkExtension, "5;\u{7f}\r\nhello\r\n0\r\n\r\n"),
        (.malformedChunkExtension, "5;" + String(repeating: "a", count: 5_000) + "\r\n"),
        (.malformedChunkEnd, "5\r\nhelloX\r\n0\r\n\r\n"),
        (.malformedChunkEnd, "5\r\nhello\n0\r\n\r\n"),
        (.malformedChunkEnd, "5\r\nhello0\r\n\r\n"),
        (.malformedChunkEnd, "5\r\nhello\rX0\r\n\r\n"),
        (.malformedTrailer, "0\r\nno colon\r\n\r\n"),
        (.malformedTrailer, "0\r\nX : a\r\n\r\n"),
        (.malformedTrailer, "0\r\n folded\r\n\r\n"),
        (.malformedTrailer, "0\r\nX: a\nY: b\r\n\r\n"),
        (.malformedTrailer, "0\r\nContent-Length: 5\r\n\r\n"),
        (.malformedTrailer, "0\r\ntransfer-ENCODING: chunked\r\n\r\n"),
        (.malformedTrailer, "0\r\nHost: b\r\n\r\n"),
        (.malformedTrailer, "0\r\nAuthorization: b\r\n\r\n"),
        (.malformedChunkEnd, "0\r\n\rX"),
        (.trailerTooLarge, "0\r\nX: " + String(repeating: "a", count: 9_000) + "\r\n\r\n"),
    ]) func refuses(_ fault: MessageFault, _ text: String) {
        #expect(decodeEveryWay(text) == .refused(fault), "\(text.prefix(100).debugDescription)")
    }

    @Test func boundsExtensionsOfAllChunksTogether() {
        let chunk = "1;" + String(repeating: "a", count: 1_500) + "\r\nx\r\n"
        #expect(
            decode([Array((chunk + chunk + "0\r\n\r\n").utf8)[...]]) == .finished("xx", used: 2 * chunk.utf8.count + 5))
        #expect(decode([Array((chunk + chunk + chunk + "0\r\n\r\n").utf8)[...]]) == .refused(.malformedChunkExtension))
    }
}

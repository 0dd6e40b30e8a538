/// What a parser made of the bytes so far.
package enum ParseOutcome: Sendable, Equatable {
    /// The head is not complete; call again with more bytes behind the same ones.
    case incomplete
    /// The head is complete and this many bytes long; what follows is the body or the next request.
    case complete(headBytes: Int)
    /// The message is not acceptable.
    case refused(MessageFault)
}

/// Reads a request's head line by line (RFC 9112 sections 2 to 6), on the strict side of every choice the RFC leaves.
///
/// Works on the caller's bytes, keeps positions only, and never looks at a byte of a finished line again: feeding a head
/// byte by byte costs no more than linear time. The outcome does not depend on how the bytes were split.
package struct RequestParser: Sendable {
    /// What has been read; complete when `parse` says so.
    package private(set) var head = RequestHead()
    private var scanned = 0
    private var lineStart = 0
    private var hasRequestLine = false

    /// At the beginning of a head.
    package init() {}

    /// Forgets everything, for the next request.
    package mutating func reset() { self = RequestParser() }

    /// Goes on reading. `base` is the address of the head's first byte, `count` the bytes there, those of former calls
    /// included; the memory may have moved since.
    package mutating func parse(
        _ base: UnsafeRawPointer, _ count: Int, settings: ParserSettings
    ) -> ParseOutcome {
        while true {
            let end = ByteScan.firstControl(base, from: scanned, to: count)
            if let fault = lengthFault(upTo: end, settings) { return .refused(fault) }
            guard end < count else {
                scanned = end
                return .incomplete
            }
            switch ByteScan.byte(base, end) {
            case ByteScan.carriageReturn: break
            case ByteScan.lineFeed: return .refused(.bareLineFeed)
            default: return .refused(.controlCharacter)
            }
            guard end &+ 1 < count else {
                scanned = end
                return .incomplete
            }
            guard ByteScan.byte(base, end &+ 1) == ByteScan.lineFeed else { return .refused(.bareCarriageReturn) }
            let start = lineStart
            let next = end &+ 2
            guard next <= settings.headMaxBytes else {
                return .refused(hasRequestLine ? .headTooLarge : .targetTooLong)
            }
            lineStart = next
            scanned = next
            if !hasRequestLine {
                // One empty line before the request line is ignored (RFC 9112 section 2.2).
                if start == end, start == 0 { continue }
                if let fault = readRequestLine(base, start, end, settings) { return .refused(fault) }
                hasRequestLine = true
                head.fieldsStart = UInt32(truncatingIfNeeded: next)
            } else if start == end {
                if let fault = finish(base) { return .refused(fault) }
                return .complete(headBytes: next)
            } else {
                guard head.fieldCount < settings.headMaxFields else { return .refused(.tooManyFields) }
                head.fieldCount &+= 1
                if let fault = readField(base, start, end, settings) { return .refused(fault) }
            }
        }
    }

    /// The longest method and version beside the target: what the request line may have beyond the target's limit.
    private static let requestLineExtraBytes = 64

    @inline(__always)
    private func lengthFault(upTo end: Int, _ settings: ParserSettings) -> MessageFault? {
        if !hasRequestLine, end &- lineStart > settings.targetMaxBytes &+ Self.requestLineExtraBytes {
            return .targetTooLong
        }
        return end > settings.headMaxBytes ? .headTooLarge : nil
    }

    private mutating func readRequestLine(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ settings: ParserSettings
    ) -> MessageFault? {
        var at = start
        while at < end, ByteScan.isToken(ByteScan.byte(base, at)) { at &+= 1 }
        guard at > start, at < end, ByteScan.byte(base, at) == ByteScan.space else { return .malformedRequestLine }
        head.methodText = ByteRange(start, at &- start)
        head.method = HTTPMethod.parse(base + start, at &- start)
        let targetStart = at &+ 1
        at = targetStart
        while at < end, ByteScan.byte(base, at) > ByteScan.space { at &+= 1 }
        guard at > targetStart, at < end, ByteScan.byte(base, at) == ByteScan.space else {
            return .malformedRequestLine
        }
        guard at &- targetStart <= settings.targetMaxBytes else { return .targetTooLong }
        if let fault = readVersion(base, at &+ 1, end) { return fault }
        return RequestTarget.read(base, targetStart, at, into: &head)
    }

    private mutating func readVersion(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> MessageFault? {
        guard end &- start == 8 else { return .malformedRequestLine }
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        if word == 0x312E_312F_5054_5448 { return nil }  // HTTP/1.1
        if word == 0x302E_312F_5054_5448 {  // HTTP/1.0
            head.minorVersion = 0
            return nil
        }
        let isVersion =
            word & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448
            && ByteScan.isDigit(ByteScan.byte(base, start + 5)) && ByteScan.isDigit(ByteScan.byte(base, start + 7))
        return isVersion ? .unsupportedVersion : .malformedRequestLine
    }

    private mutating func readField(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ settings: ParserSettings
    ) -> MessageFault? {
        guard !FieldLine.isBlank(ByteScan.byte(base, start)) else { return .obsoleteFold }
        var colon = start
        while colon < end, ByteScan.isToken(ByteScan.byte(base, colon)) { colon &+= 1 }
        guard colon > start, colon < end, ByteScan.byte(base, colon) == UInt8(ascii: ":") else {
            return .malformedField
        }
        let value = FieldLine.trimmed(base, from: colon &+ 1, to: end)
        let count = colon &- start
        if (settings.inlineBypassLengths &>> UInt64(min(count, 63))) & 1 == 1,
            settings.bypassesInline(base + start, count)
        {
            head.bypassesInline = true
        }
        return head.noteField(base, name: base + start, count: count, value: value)
    }

    private mutating func finish(_ base: UnsafeRawPointer) -> MessageFault? {
        if head.hasTransferCoding {
            if head.minorVersion == 0 { return .transferCodingInOldVersion }
            if head.contentLength >= 0 { return .lengthAndTransferCoding }
        }
        if !head.hasHost, head.minorVersion == 1 { return .missingHost }
        if head.hasAuthority, head.hasHost {
            let (authority, host) = (head.authority.bytes(in: base), head.host.bytes(in: base))
            guard ByteScan.equalsIgnoringCase(authority, host) else { return .authorityMismatch }
        }
        if head.minorVersion == 0 {
            // An HTTP/1.0 client cannot be sent an interim answer, nor be relied on to frame the next request.
            head.expectsContinue = false
            head.keepsAlive = false
        } else {
            head.keepsAlive = !head.asksClose
        }
        return nil
    }
}

extension HTTPMethod {
    /// The method with exactly these bytes (methods are case-sensitive), or nil.
    @inline(__always)
    static func parse(_ base: UnsafeRawPointer, _ count: Int) -> HTTPMethod? {
        guard count <= 7, count >= 3 else { return nil }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(ByteScan.byte(base, index)) &<< UInt64(index &* 8) }
        switch word {
        case 0x54_4547: return .get
        case 0x4441_4548: return .head
        case 0x5453_4F50: return .post
        case 0x54_5550: return .put
        case 0x48_4354_4150: return .patch
        case 0x4554_454C_4544: return .delete
        case 0x53_4E4F_4954_504F: return .options
        default: return nil
        }
    }
}

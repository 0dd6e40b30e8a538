/// Reads the request target (RFC 9112 section 3.2) into a head.
///
/// Beyond the RFC, printable ASCII that ought to be percent-encoded (`^ < > " { } |`) is taken as it is, because shells
/// and their users send it; bytes from 0x80 on, `#`, and `\` in a path (which some software takes for `/`) are refused.
enum RequestTarget {
    static func read(_ base: UnsafeRawPointer, _ start: Int, _ end: Int, into head: inout RequestHead) -> MessageFault?
    {
        let first = ByteScan.byte(base, start)
        if first == UInt8(ascii: "/") { return readPath(base, start, end, into: &head) }
        if first == UInt8(ascii: "*"), end &- start == 1 {
            guard head.method == .options else { return .asteriskWithoutOptions }
            head.isAsterisk = true
            return nil
        }
        return readAbsolute(base, start, end, into: &head)
    }

    /// `http://authority[/path][?query]`; any other form, `CONNECT`'s included, is refused.
    private static func readAbsolute(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, into head: inout RequestHead
    ) -> MessageFault? {
        var at = start
        while at < end, ByteScan.byte(base, at) != UInt8(ascii: ":") { at &+= 1 }
        let scheme = base + start
        let isHTTP = ByteScan.equalsName(scheme, at - start, "http") || ByteScan.equalsName(scheme, at - start, "https")
        guard isHTTP, at + 2 < end, ByteScan.byte(base, at + 1) == UInt8(ascii: "/"),
            ByteScan.byte(base, at + 2) == UInt8(ascii: "/")
        else { return .malformedTarget }
        let authorityStart = at + 3
        at = authorityStart
        while at < end, ByteScan.byte(base, at) != UInt8(ascii: "/"), ByteScan.byte(base, at) != UInt8(ascii: "?") {
            at += 1
        }
        head.authority = ByteRange(authorityStart, at - authorityStart)
        head.hasAuthority = true
        guard HostRules.isValid(head.authority.bytes(in: base)) else { return .malformedTarget }
        return readPath(base, at, end, into: &head)
    }

    private static func readPath(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, into head: inout RequestHead
    ) -> MessageFault? {
        var at = start
        var hasDotSegment = false
        var segment = start
        while at < end {
            let byte = ByteScan.byte(base, at)
            if byte == UInt8(ascii: "?") { break }
            guard byte < 0x7F, byte != UInt8(ascii: "#"), byte != UInt8(ascii: "\\") else { return .malformedTarget }
            if byte == UInt8(ascii: "/") {
                if isDots(base, segment, at) { hasDotSegment = true }
                segment = at &+ 1
            } else if byte == UInt8(ascii: "%") {
                head.pathHasPercent = true
            }
            at &+= 1
        }
        if hasDotSegment || isDots(base, segment, at) { return .dotSegment }
        head.path = ByteRange(start, at &- start)
        return at < end ? readQuery(base, at &+ 1, end, into: &head) : nil
    }

    private static func readQuery(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, into head: inout RequestHead
    ) -> MessageFault? {
        for at in start..<end {
            let byte = ByteScan.byte(base, at)
            guard byte < 0x7F, byte != UInt8(ascii: "#") else { return .malformedTarget }
        }
        head.hasQuery = true
        head.query = ByteRange(start, end &- start)
        return nil
    }

    @inline(__always)
    private static func isDots(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Bool {
        let count = end &- start
        guard count == 1 || count == 2, ByteScan.byte(base, start) == UInt8(ascii: ".") else { return false }
        return count == 1 || ByteScan.byte(base, start &+ 1) == UInt8(ascii: ".")
    }
}

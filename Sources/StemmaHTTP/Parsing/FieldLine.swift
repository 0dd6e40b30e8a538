/// Rules for one header line (RFC 9112 section 5).
enum FieldLine {
    /// The range without leading and trailing spaces and tabs.
    @inline(__always)
    static func trimmed(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> ByteRange {
        var first = start
        var last = end
        while first < last, isBlank(ByteScan.byte(base, first)) { first &+= 1 }
        while last > first, isBlank(ByteScan.byte(base, last &- 1)) { last &-= 1 }
        return ByteRange(first, last &- first)
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == ByteScan.space || byte == ByteScan.tab }

    /// 1*DIGIT up to 2^63-1 (RFC 9112 section 6.2), or nil.
    static func contentLength(_ value: UnsafeRawBufferPointer) -> Int64? {
        guard !value.isEmpty, value.count <= 19 else { return nil }
        var number: UInt64 = 0
        for byte in value {
            guard ByteScan.isDigit(byte) else { return nil }
            number = number &* 10 &+ UInt64(byte &- 0x30)
        }
        return Int64(exactly: number)
    }

    /// Calls `body` for each element of a comma-separated list, trimmed; empty elements are left out.
    static func forEachElement(_ value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let base = value.baseAddress else { return }
        var start = 0
        for at in 0...value.count where at == value.count || value[at] == UInt8(ascii: ",") {
            let element = trimmed(base, from: start, to: at)
            if element.count > 0 { body(element.bytes(in: base)) }
            start = at + 1
        }
    }
}

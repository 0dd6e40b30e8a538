/// Rules for the Host field and the authority of an absolute-form target (RFC 9112 section 3.2, RFC 3986 section 3.2).
enum HostRules {
    /// Whether the bytes are `host [":" port]`: no user information, no path, no comma, not empty.
    static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let split = hostLength(value), split > 0 else { return false }
        guard split < value.count else { return true }
        guard value[split] == UInt8(ascii: ":"), value.count - split <= 6 else { return false }
        var port = 0
        for byte in value[(split + 1)...] {
            guard ByteScan.isDigit(byte) else { return false }
            port = port * 10 + Int(byte - 0x30)
        }
        return port <= 65_535
    }

    /// The host without its port.
    static func host(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: value[..<(hostLength(value) ?? value.count)])
    }

    /// How many bytes belong to the host, or nil where it has a forbidden byte.
    private static func hostLength(_ value: UnsafeRawBufferPointer) -> Int? {
        guard let first = value.first else { return nil }
        if first == UInt8(ascii: "[") { return literalLength(value) }
        var at = 0
        while at < value.count, value[at] != UInt8(ascii: ":") {
            guard isRegisteredName(value[at]) else { return nil }
            at += 1
        }
        return at
    }

    /// An IP literal in brackets: hexadecimal digits, colons and dots.
    private static func literalLength(_ value: UnsafeRawBufferPointer) -> Int? {
        var at = 1
        while at < value.count, value[at] != UInt8(ascii: "]") {
            let byte = value[at]
            let fits = ByteScan.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            guard fits else { return nil }
            at += 1
        }
        guard at < value.count, at > 1 else { return nil }
        return at + 1
    }

    /// unreserved, sub-delims but the comma, and `%`.
    @inline(__always)
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        let bits: UInt64 = byte < 64 ? 0x2BFF_6FF2_0000_0000 : 0x47FF_FFFE_87FF_FFFE
        return (bits &>> UInt64(byte & 63)) & 1 == 1
    }
}

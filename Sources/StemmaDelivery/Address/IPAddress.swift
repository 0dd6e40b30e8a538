internal import Glibc

/// An address of the Internet Protocol, without a zone.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The four bytes, the first one highest.
    case v4(UInt32)
    /// The sixteen bytes, the first one highest.
    case v6(UInt128)

    /// Reads the one plain spelling of an IPv4 address, four decimal numbers without leading zeros, or an IPv6 address of
    /// RFC 4291 section 2.2; nil for anything else, brackets, zones, and hexadecimal, octal or short IPv4 included.
    package init?(_ text: String) {
        // A C string would end at a NUL, and so hide what follows it.
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = IPAddress(four)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self = IPAddress(six)
        } else {
            return nil
        }
    }

    init(_ address: in_addr) { self = .v4(UInt32(bigEndian: address.s_addr)) }

    init(_ address: in6_addr) {
        self = .v6(UInt128(bigEndian: withUnsafeBytes(of: address) { $0.loadUnaligned(as: UInt128.self) }))
    }

    /// How many bits an address of this family has.
    var bitCount: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The usual text; for IPv6 that of RFC 5952.
    package var description: String {
        switch self {
        case .v4(let bits):
            return [24, 16, 8, 0].map { String(bits >> UInt32($0) & 0xFF) }.joined(separator: ".")
        case .v6(let bits):
            var raw: UInt128 = bits.bigEndian
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            // It fails for a short buffer or an unknown family only.
            guard inet_ntop(AF_INET6, &raw, &text, socklen_t(text.count)) != nil else { return "::" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

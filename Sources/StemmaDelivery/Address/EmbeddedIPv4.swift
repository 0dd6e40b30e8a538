/// IPv4 addresses inside IPv6 addresses. A packet to such an address can end at the IPv4 one, so each has to be judged.
struct EmbeddedIPv4: Equatable {
    /// What the IPv6 address around it means for the verdict.
    enum Form {
        /// The system or a translator talks to the IPv4 address and to nothing else: IPv4-mapped (RFC 4291 section
        /// 2.5.5.2) and NAT64's well-known prefix (RFC 6052).
        case translated
        /// The same, but never used between networks: IPv4-compatible (RFC 4291 section 2.5.5.1) and NAT64's local
        /// prefix (RFC 8215). Fit for addresses that the operator has allowed by name, and for no others.
        case local
        /// The packet travels to an IPv6 network of its own as well: 6to4 (RFC 3056) and ISATAP (RFC 5214 section 6.1).
        case tunnelled
    }

    let form: Form
    let address: IPAddress

    private init(_ form: Form, _ bits: UInt128) {
        self.form = form
        address = .v4(UInt32(truncatingIfNeeded: bits))
    }

    /// Every IPv4 address that can be meant by an IPv6 one. Teredo has none: its address is refused as it is.
    static func all(in bits: UInt128) -> [EmbeddedIPv4] {
        switch bits >> 32 {
        case mappedPrefix, wellKnownNAT64Prefix:
            return [EmbeddedIPv4(.translated, bits)]
        case 0 where bits > 1:
            return [EmbeddedIPv4(.local, bits)]
        case localNAT64Prefix:
            // RFC 6052 section 2.2 knows five more layouts below 64:ff9b:1::/48. With all bits between the prefix and the
            // last 32 zero, as here, each of them reads an address in 0.0.0.0/8, where nobody is.
            return [EmbeddedIPv4(.local, bits)]
        default:
            var found: [EmbeddedIPv4] = []
            if bits >> 112 == 0x2002 { found.append(EmbeddedIPv4(.tunnelled, bits >> 80)) }
            let interface = UInt32(truncatingIfNeeded: bits >> 32)
            // With and without the bit that marks a globally unique IPv4 address.
            if interface & 0xFDFF_FFFF == 0x0000_5EFE { found.append(EmbeddedIPv4(.tunnelled, bits)) }
            return found
        }
    }

    /// The IPv4 address that an IPv4-mapped address stands for; nil for any other.
    static func mapped(_ bits: UInt128) -> UInt32? {
        bits >> 32 == mappedPrefix ? UInt32(truncatingIfNeeded: bits) : nil
    }

    /// ::ffff:0:0/96
    private static let mappedPrefix: UInt128 = 0xFFFF
    /// 64:ff9b::/96
    private static let wellKnownNAT64Prefix: UInt128 = 0x0064_FF9B << 64
    /// 64:ff9b:1::/96
    private static let localNAT64Prefix: UInt128 = 0x0064_FF9B_0001 << 48
}

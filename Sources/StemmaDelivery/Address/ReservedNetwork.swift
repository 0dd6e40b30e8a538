/// A network that is not part of the public Internet, and what it is for.
package struct ReservedNetwork: Equatable, Sendable, CustomStringConvertible {
    package let network: Network
    /// A noun phrase, e.g. `loopback`.
    package let purpose: String

    /// E.g. `loopback (127.0.0.0/8)`.
    package var description: String { "\(purpose) (\(network))" }

    private init(_ network: Network, _ purpose: String) {
        self.network = network
        self.purpose = purpose
    }

    /// The IANA IPv4 special-purpose address registry (RFC 6890), the parts of it that are not globally reachable; and
    /// multicast (RFC 5771), the retired 6to4 relays (RFC 7526), and one public address that a cloud keeps for itself.
    static let ipv4: [ReservedNetwork] = [
        ReservedNetwork(.v4(0, 0, 0, 0, 8), "this network"),
        ReservedNetwork(.v4(10, 0, 0, 0, 8), "private use"),
        ReservedNetwork(.v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
        ReservedNetwork(.v4(127, 0, 0, 0, 8), "loopback"),
        ReservedNetwork(.v4(168, 63, 129, 16, 32), "a cloud platform's host"),
        ReservedNetwork(.v4(169, 254, 0, 0, 16), "link-local"),
        ReservedNetwork(.v4(172, 16, 0, 0, 12), "private use"),
        ReservedNetwork(.v4(192, 0, 0, 0, 24), "protocol assignments"),
        ReservedNetwork(.v4(192, 0, 2, 0, 24), "documentation"),
        ReservedNetwork(.v4(192, 88, 99, 0, 24), "6to4 relays"),
        ReservedNetwork(.v4(192, 168, 0, 0, 16), "private use"),
        ReservedNetwork(.v4(198, 18, 0, 0, 15), "benchmarking"),
        ReservedNetwork(.v4(198, 51, 100, 0, 24), "documentation"),
        ReservedNetwork(.v4(203, 0, 113, 0, 24), "documentation"),
        ReservedNetwork(.v4(224, 0, 0, 0, 4), "multicast"),
        ReservedNetwork(.v4(255, 255, 255, 255, 32), "broadcast"),
        ReservedNetwork(.v4(240, 0, 0, 0, 4), "reserved"),
    ]

    /// The IANA IPv6 special-purpose address registry, and all that is outside 2000::/3, the only space that global
    /// unicast addresses are assigned from. The first one that contains an address names it.
    static let ipv6: [ReservedNetwork] = [
        ReservedNetwork(.v6(0, 128), "unspecified"),
        ipv6Loopback,
        ReservedNetwork(.v6(0x0064_ff9b_0001, 48), "local NAT64"),
        ReservedNetwork(.v6(0x2001_0000_0000, 32), "Teredo"),
        ReservedNetwork(.v6(0x2001_0db8_0000, 32), "documentation"),
        ReservedNetwork(.v6(0x2001_0000_0000, 23), "protocol assignments"),
        ReservedNetwork(.v6(0x3fff_0000_0000, 20), "documentation"),
        ReservedNetwork(.v6(0xfc00_0000_0000, 7), "private use"),
        ReservedNetwork(.v6(0xfe80_0000_0000, 10), "link-local"),
        ReservedNetwork(.v6(0xfec0_0000_0000, 10), "site-local"),
        ReservedNetwork(.v6(0xff00_0000_0000, 8), "multicast"),
        ReservedNetwork(.v6(0x0000_0000_0000, 3), "not global unicast"),
        ReservedNetwork(.v6(0x4000_0000_0000, 2), "not global unicast"),
        ReservedNetwork(.v6(0x8000_0000_0000, 1), "not global unicast"),
    ]

    /// ::1, the only one whose bits do not all lie in the first 48.
    private static let ipv6Loopback = ReservedNetwork(.v6Loopback, "loopback")
}

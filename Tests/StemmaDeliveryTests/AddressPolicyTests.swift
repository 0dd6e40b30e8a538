import StemmaDelivery
import Testing

@Suite struct AddressPolicyTests {
    /// Addresses, the first and the last of each network among them, and the words that say why.
    private static let refused: [(String, String)] = [
        ("0.0.0.0", "this network"), ("0.255.255.255", "this network"),
        ("10.0.0.0", "private use"), ("10.255.255.255", "private use"),
        ("100.64.0.0", "carrier-grade NAT"), ("100.127.255.255", "carrier-grade NAT"),
        ("100.100.100.200", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"), ("127.255.255.255", "loopback"),
        ("168.63.129.16", "a cloud platform's host"),
        ("169.254.0.0", "link-local"), ("169.254.169.254", "link-local"), ("169.254.255.255", "link-local"),
        ("172.16.0.0", "private use"), ("172.31.255.255", "private use"),
        ("192.0.0.0", "protocol assignments"), ("192.0.0.192", "protocol assignments"),
        ("192.0.2.1", "documentation"), ("198.51.100.1", "documentation"), ("203.0.113.255", "documentation"),
        ("192.88.99.1", "6to4 relays"),
        ("192.168.0.0", "private use"), ("192.168.255.255", "private use"),
        ("198.18.0.0", "benchmarking"), ("198.19.255.255", "benchmarking"),
        ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"),
        ("240.0.0.0", "reserved"), ("255.255.255.254", "reserved"), ("255.255.255.255", "broadcast"),

        ("::", "unspecified"), ("::1", "loopback"),
        ("fc00::", "private use"), ("fd00:ec2::254", "private use"), ("fdff:ffff::1", "private use"),
        ("fe80::1", "link-local"), ("febf::1", "link-local"),
        ("fec0::1", "site-local"), ("feff::1", "site-local"),
        ("ff02::1", "multicast"), ("ffff::1", "multicast"),
        ("2001:db8::1", "documentation"), ("2001:db8:ffff::1", "documentation"), ("3fff:fff::1", "documentation"),
        ("2001::1", "Teredo"), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
        ("2001:2::1", "protocol assignments"), ("2001:1ff::1", "protocol assignments"),
        ("100::1", "not global unicast"), ("1fff::1", "not global unicast"), ("4000::1", "not global unicast"),
        ("5f00::1", "not global unicast"), ("8000::1", "not global unicast"), ("fe00::1", "not global unicast"),
        // IPv4-translated (RFC 2765), which the system does not use.
        ("::ffff:0:127.0.0.1", "not global unicast"), ("::ffff:0:8.8.8.8", "not global unicast"),

        // IPv4-mapped.
        ("::ffff:127.0.0.1", "loopback"), ("::ffff:10.0.0.1", "private use"), ("::ffff:a9fe:a9fe", "link-local"),
        ("::ffff:0.0.0.0", "this network"), ("0:0:0:0:0:ffff:7f00:1", "loopback"),
        // IPv4-compatible.
        ("::127.0.0.1", "loopback"), ("::10.0.0.1", "private use"), ("::2", "this network"),
        ("::8.8.8.8", "not global unicast"),
        // NAT64.
        ("64:ff9b::127.0.0.1", "loopback"), ("64:ff9b::a9fe:a9fe", "link-local"), ("64:ff9b::10.0.0.1", "private use"),
        ("64:ff9b::", "this network"),
        ("64:ff9b:1::a9fe:a9fe", "link-local"), ("64:ff9b:1::8.8.8.8", "local NAT64"),
        ("64:ff9b:1:7f00:0:100::", "local NAT64"), ("64:ff9b:1:ffff::8.8.8.8", "local NAT64"),
        ("64:ff9b:2::8.8.8.8", "not global unicast"), ("64:ff9b:0:1::8.8.8.8", "not global unicast"),
        // 6to4.
        ("2002:7f00:1::", "loopback"), ("2002:a00:1::1", "private use"), ("2002:a9fe:a9fe::1", "link-local"),
        ("2002:c0a8:101:1:2:3:4:5", "private use"),
        // ISATAP, with either bit, below a public and a local prefix.
        ("2606:4700::5efe:127.0.0.1", "loopback"), ("2606:4700::200:5efe:10.0.0.1", "private use"),
        ("fe80::5efe:8.8.8.8", "link-local"), ("fe80::5efe:10.0.0.1", "private use"),
        // 6to4 with ISATAP: both count.
        ("2002:808:808::5efe:10.0.0.1", "private use"), ("2002:a00:1::5efe:8.8.8.8", "private use"),
    ]

    @Test(arguments: refused)
    func refuses(text: String, purpose: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy().refusal(of: address)?.purpose == purpose)
        #expect(!AddressPolicy().permits(address))
    }

    /// Public ones, the neighbours of the reserved networks among them.
    @Test(arguments: [
        "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
        "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700::1111", "3ffe::1", "3fff:1000::1",
        "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700::5efe:8.8.8.8",
        "2606:4700::1:5efe:10.0.0.1",
    ])
    func permitsPublicAddresses(text: String) throws {
        #expect(AddressPolicy().refusal(of: try #require(IPAddress(text))) == nil)
    }

    struct Opening: Sendable {
        let networks: [String]
        let permitted: [String]
        let refused: [String]
    }

    private static let openings: [Opening] = [
        Opening(
            networks: ["127.0.0.0/8"],
            permitted: [
                "127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1",
                "64:ff9b:1::127.0.0.1",
                "2002:7f00:1::1", "2606:4700::5efe:127.0.0.1", "8.8.8.8",
            ],
            refused: ["::1", "10.0.0.1", "::ffff:10.0.0.1", "fe80::5efe:127.0.0.1", "fd00::5efe:127.0.0.1"]),
        Opening(
            networks: ["10.1.0.0/16"],
            permitted: ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "64:ff9b:1::10.1.2.3"],
            refused: [
                "10.0.255.255", "10.2.0.0", "::ffff:10.2.0.0",
                // In another layout of RFC 6052, the address before the last 24 bits.
                "64:ff9b:1:0:a9:fea9:fe0a:102", "64:ff9b:1:1::10.1.2.3",
                "2002:a01:203::5efe:10.2.0.1",
            ]),
        Opening(networks: ["::1/128"], permitted: ["::1"], refused: ["127.0.0.1", "::", "::2", "::ffff:127.0.0.1"]),
        Opening(
            networks: ["fd00:1::/32"], permitted: ["fd00:1::1", "fd00:1:ffff::1"],
            refused: ["fd00:2::1", "fd00:1::5efe:10.0.0.1"]),
        // Opening a translator's prefix does not open the private networks behind it.
        Opening(
            networks: ["64:ff9b::/96", "::ffff:0:0:0/96", "2002::/16"], permitted: ["64:ff9b::8.8.8.8"],
            refused: ["64:ff9b::127.0.0.1", "::ffff:10.0.0.1", "2002:a00:1::1"]),
        Opening(networks: ["::/0"], permitted: ["::1", "fe80::1"], refused: ["127.0.0.1", "::ffff:127.0.0.1"]),
        Opening(networks: ["0.0.0.0/0"], permitted: ["127.0.0.1", "::ffff:127.0.0.1"], refused: ["::1", "fe80::1"]),
        Opening(
            networks: ["::ffff:10.0.0.0/104"], permitted: ["10.0.0.1", "::ffff:10.0.0.1"],
            refused: ["127.0.0.1", "::ffff:127.0.0.1"]),
        Opening(
            networks: ["10.0.0.0/8", "192.168.1.1/32"], permitted: ["10.0.0.1", "192.168.1.1"], refused: ["192.168.1.2"]
        ),
    ]

    @Test(arguments: openings)
    func theOperatorOpensNetworks(opening: Opening) throws {
        let policy = AddressPolicy(allowing: try opening.networks.map { try Network($0) })
        for text in opening.permitted { #expect(policy.permits(try #require(IPAddress(text))), "\(text)") }
        for text in opening.refused { #expect(!(IPAddress(text).map(policy.permits) ?? false), "\(text)") }
    }

    private static let networks: [(String, String)] = [
        ("10.1.0.0/16", "10.1.0.0/16"), ("0.0.0.0/0", "0.0.0.0/0"), ("127.0.0.1/32", "127.0.0.1/32"),
        ("::1/128", "::1/128"), ("::/0", "::/0"), ("FC00:0::/7", "fc00::/7"), ("::ffff:10.1.0.0/112", "10.1.0.0/16"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ]

    @Test(arguments: networks)
    func readsNetworks(text: String, expected: String) throws {
        let network = try Network(text)
        #expect(network.description == expected)
        #expect(try Network(expected) == network)
    }

    private static let badNetworks: [(String, NetworkError)] = [
        ("", .noLength("")), ("10.1.0.0", .noLength("10.1.0.0")), ("10.0.0.0/8/8", .noLength("10.0.0.0/8/8")),
        ("/8", .badAddress("/8")), ("10.1/16", .badAddress("10.1/16")), ("a.example/8", .badAddress("a.example/8")),
        ("010.0.0.0/8", .badAddress("010.0.0.0/8")), (" 10.0.0.0/8", .badAddress(" 10.0.0.0/8")),
        ("[::1]/128", .badAddress("[::1]/128")), ("fe80::1%lo/128", .badAddress("fe80::1%lo/128")),
        ("10.0.0.0\u{0}/8", .badAddress("10.0.0.0\u{0}/8")),
        ("10.0.0.0/", .badLength("10.0.0.0/", maximum: 32)), ("10.0.0.0/33", .badLength("10.0.0.0/33", maximum: 32)),
        ("10.0.0.0/08", .badLength("10.0.0.0/08", maximum: 32)),
        ("10.0.0.0/+8", .badLength("10.0.0.0/+8", maximum: 32)),
        ("10.0.0.0/-1", .badLength("10.0.0.0/-1", maximum: 32)), ("::/129", .badLength("::/129", maximum: 128)),
        ("10.0.0.0/255.0.0.0", .badLength("10.0.0.0/255.0.0.0", maximum: 32)),
        ("10.1.2.3/16", .hostBits("10.1.2.3/16", network: "10.1.0.0/16")),
        ("fd00::1/64", .hostBits("fd00::1/64", network: "fd00::/64")),
    ]

    @Test(arguments: badNetworks)
    func refusesBadNetworks(text: String, expected: NetworkError) {
        #expect(throws: expected) { try Network(text) }
        #expect(expected.description.contains("`\(text)`"))
    }

    private static let addresses: [(String, IPAddress?)] = [
        ("1.2.3.4", .v4(0x0102_0304)), ("255.255.255.255", .v4(.max)), ("::", .v6(0)), ("::1", .v6(1)),
        ("1::2", .v6(1 << 112 | 2)), ("::1.2.3.4", .v6(0x0102_0304)),
        ("", nil), ("1.2.3", nil), ("01.2.3.4", nil), ("1.2.3.4 ", nil), ("1.2.3.4\u{0}", nil), ("1.2.3.256", nil),
        ("0x1.2.3.4", nil), ("1", nil), ("[::1]", nil), ("::1%1", nil), (":::", nil), ("1:2:3:4:5:6:7:8:9", nil),
    ]

    @Test(arguments: addresses)
    func readsAddresses(text: String, expected: IPAddress?) {
        #expect(IPAddress(text) == expected)
        if let expected { #expect(IPAddress(expected.description) == expected) }
    }
}

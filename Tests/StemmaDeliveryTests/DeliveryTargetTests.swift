import StemmaDelivery
import Testing

@Suite struct DeliveryTargetTests {
    struct Accepted: Sendable {
        let text: String
        let host: DeliveryTarget.Host
        let port: UInt16
        let requestTarget: String
        /// As it is stored.
        let kept: String

        init(_ text: String, _ host: DeliveryTarget.Host, _ port: UInt16, _ target: String, _ kept: String? = nil) {
            self.text = text
            self.host = host
            self.port = port
            self.requestTarget = target
            self.kept = kept ?? text
        }
    }

    private static let accepted: [Accepted] = [
        Accepted("https://hooks.example.com/a/b", .name("hooks.example.com"), 443, "/a/b"),
        Accepted("http://hooks.example.com/", .name("hooks.example.com"), 80, "/"),
        Accepted("http://hooks.example.com", .name("hooks.example.com"), 80, "/", "http://hooks.example.com/"),
        Accepted(
            "HTTPS://Hooks.EXAMPLE.com:443/A?b=C", .name("hooks.example.com"), 443, "/A?b=C",
            "https://hooks.example.com/A?b=C"),
        Accepted("http://a.example:8080/x", .name("a.example"), 8080, "/x"),
        Accepted("http://a.example:443/x", .name("a.example"), 443, "/x"),
        Accepted("https://a.example:80/x", .name("a.example"), 80, "/x"),
        Accepted("https://a.example:65535/", .name("a.example"), 65_535, "/"),
        Accepted("https://a.example:1024/", .name("a.example"), 1_024, "/"),
        Accepted("https://a.example?q=1", .name("a.example"), 443, "/?q=1", "https://a.example/?q=1"),
        Accepted("https://a.example/?q=/../x?y", .name("a.example"), 443, "/?q=/../x?y"),
        Accepted("https://a.example/id@tenant/~x;y=(1)", .name("a.example"), 443, "/id@tenant/~x;y=(1)"),
        Accepted("https://a.example/%2e%2E/%C3%A9", .name("a.example"), 443, "/%2e%2E/%C3%A9"),
        Accepted("https://a.example/http://b.example/", .name("a.example"), 443, "/http://b.example/"),
        Accepted("https://xn--bcher-kva.example/", .name("xn--bcher-kva.example"), 443, "/"),
        Accepted("http://receiver/", .name("receiver"), 80, "/"),
        Accepted("http://my_service.stack-1/", .name("my_service.stack-1"), 80, "/"),
        Accepted("http://0x7f.example/", .name("0x7f.example"), 80, "/"),
        Accepted("http://1.2.3.4.example/", .name("1.2.3.4.example"), 80, "/"),
        Accepted("http://0xabg/", .name("0xabg"), 80, "/"),
        Accepted("http://192.0.2.1:8080/x", .address(.v4(0xC000_0201)), 8080, "/x"),
        Accepted(
            "http://[2001:DB8:0::1]:8080/", .address(.v6(0x2001_0db8 << 96 | 1)), 8080, "/",
            "http://[2001:db8::1]:8080/"),
        Accepted("https://[::ffff:10.0.0.1]/", .address(.v6(0xFFFF_0A00_0001)), 443, "/"),
    ]

    @Test(arguments: accepted)
    func reads(expected: Accepted) throws {
        let target = try DeliveryTarget(expected.text)
        #expect(target.host == expected.host)
        #expect(target.port == expected.port)
        #expect(target.requestTarget == expected.requestTarget)
        #expect(target.text == expected.kept)
        #expect(try DeliveryTarget(target.text) == target)
    }

    private static let refused: [(String, DeliveryTargetError)] = [
        ("", .notAbsolute),
        ("/hooks", .notAbsolute),
        ("//hooks.example.com/", .notAbsolute),
        ("hooks.example.com", .notAbsolute),
        ("http:/hooks.example.com/", .notAbsolute),
        ("http:hooks.example.com", .notAbsolute),
        ("mailto:a@example.com", .notAbsolute),
        ("ftp://hooks.example.com/", .badScheme),
        ("file:///etc/passwd", .badScheme),
        ("gopher://a.example/", .badScheme),
        ("httpss://a.example/", .badScheme),
        ("://a.example/", .badScheme),
        ("x/http://a.example/", .badScheme),
        ("http://user@a.example/", .userInformation),
        ("http://user:pass@a.example/", .userInformation),
        ("http://@a.example/", .userInformation),
        ("http://public.example@127.0.0.1/", .userInformation),
        ("http://a.example/#x", .fragment),
        ("http://a.example#@b.example/", .fragment),
        ("http:///#/../../etc", .fragment),
        (" http://a.example/", .forbiddenCharacter(offset: 0)),
        ("http://a.example/ ", .forbiddenCharacter(offset: 17)),
        ("http://a.example/\n", .forbiddenCharacter(offset: 17)),
        ("http://a.example/\r\nX: y", .forbiddenCharacter(offset: 17)),
        ("http://a.example\u{0}.b.example/", .forbiddenCharacter(offset: 16)),
        ("http://a.\texample/", .forbiddenCharacter(offset: 9)),
        ("http://a.example/\u{7F}", .forbiddenCharacter(offset: 17)),
        ("http://a.example\\@b.example/", .forbiddenCharacter(offset: 16)),
        ("http:\\\\a.example/", .forbiddenCharacter(offset: 5)),
        ("http://b\u{FC}cher.example/", .forbiddenCharacter(offset: 8)),
        ("http://\u{FF11}27.0.0.1/", .forbiddenCharacter(offset: 7)),
        ("http://127\u{3002}0.0.1/", .forbiddenCharacter(offset: 10)),
        ("http://a.example/caf\u{E9}", .forbiddenCharacter(offset: 20)),
        ("http://a.example/<x>", .forbiddenCharacter(offset: 17)),
        ("http://a.example/%", .badPercentEncoding(offset: 17)),
        ("http://a.example/%4", .badPercentEncoding(offset: 17)),
        ("http://a.example/%4g", .badPercentEncoding(offset: 17)),
        ("http://", .emptyHost),
        ("http:///x", .emptyHost),
        ("http://:80/", .emptyHost),
        ("http://?x", .emptyHost),
        ("http://.", .trailingDot),
        ("http://a.example./", .trailingDot),
        ("http://a.example../", .trailingDot),
        ("http://127.0.0.1./", .trailingDot),
        ("http://localhost./", .trailingDot),
        ("http://a..example/", .badName),
        ("http://.a.example/", .badName),
        ("http://-a.example/", .badName),
        ("http://a-.example/", .badName),
        ("http://a,b/", .badName),
        ("http://%31%32%37.0.0.1.example/", .badName),
        ("http://a%00.example/", .badName),
        ("http://\(String(repeating: "a", count: 64)).example/", .badName),
        ("http://\(String(repeating: "a.", count: 127))b/", .badName),
        ("http://2130706433/", .unusualAddress),
        ("http://0x7f000001/", .unusualAddress),
        ("http://0X7F000001/", .unusualAddress),
        ("http://017700000001/", .unusualAddress),
        ("http://0x7f.1/", .unusualAddress),
        ("http://0x7f.0.0.1/", .unusualAddress),
        ("http://0177.0.0.1/", .unusualAddress),
        ("http://127.0.0.01/", .unusualAddress),
        ("http://127.0.0.0x1/", .unusualAddress),
        ("http://127.0.0.0x/", .unusualAddress),
        ("http://127.1/", .unusualAddress),
        ("http://127.0.1/", .unusualAddress),
        ("http://0/", .unusualAddress),
        ("http://256.0.0.1/", .unusualAddress),
        ("http://1.2.3.4.5/", .unusualAddress),
        ("http://a.example.1/", .unusualAddress),
        ("http://127..1/", .unusualAddress),
        ("http://99999999999999999999/", .unusualAddress),
        ("http://[]/", .badAddress),
        ("http://[::1/", .badAddress),
        ("http://[::1]x/", .badAddress),
        ("http://[::1%25lo]/", .badAddress),
        ("http://[127.0.0.1]/", .badAddress),
        ("http://[v1.x]/", .badAddress),
        ("http://[::1]]/", .badAddress),
        ("http://[::ffff:0177.0.0.1]/", .badAddress),
        ("http://::1/", .emptyHost),
        ("http://a]/", .badName),
        ("http://a.example:/", .badPort),
        ("http://a.example:0/", .badPort),
        ("http://a.example:080/", .badPort),
        ("http://a.example:65536/", .badPort),
        ("http://a.example:65616/", .badPort),
        ("http://a.example:100000/", .badPort),
        ("http://a.example:-1/", .badPort),
        ("http://a.example:+80/", .badPort),
        ("http://a.example:80:80/", .badPort),
        ("http://a.example:8o/", .badPort),
        ("http://[::1]:/", .badPort),
        ("http://a.example:22/", .forbiddenPort(22)),
        ("http://a.example:25/", .forbiddenPort(25)),
        ("http://a.example:1023/", .forbiddenPort(1023)),
        ("http://a.example:6379/", .forbiddenPort(6379)),
        ("http://[2001:db8::1]:11211/", .forbiddenPort(11211)),
    ]

    @Test(arguments: refused)
    func refuses(text: String, expected: DeliveryTargetError) {
        #expect(throws: expected) { try DeliveryTarget(text) }
        #expect(expected.description.hasSuffix("."))
    }

    @Test func theLongestURL() throws {
        let start: String = "https://a.example/"
        let longest: String = start + String(repeating: "x", count: DeliveryTarget.textMaxBytes - start.utf8.count)
        #expect(try DeliveryTarget(longest).text == longest)
        #expect(throws: DeliveryTargetError.tooLong) { try DeliveryTarget(longest + "x") }
    }

    @Test func theLongestName() throws {
        let name: String = String(repeating: "a.", count: 126) + "b"
        #expect(name.utf8.count == 253)
        #expect(try DeliveryTarget("http://\(name)/").host == .name(name))
        let label: String = String(repeating: "a", count: 63)
        #expect(try DeliveryTarget("http://\(label).b/").host == .name(label + ".b"))
    }

    @Test func logsShowNoPath() throws {
        #expect(try "\(DeliveryTarget("https://a.example/secret?token=x"))" == "https://a.example")
        #expect(try "\(DeliveryTarget("http://[::1]:8080/secret"))" == "http://[::1]:8080")
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://10.0.0.1:8080/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
        "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/", "http://localhost/",
        "http://LOCALHOST:8080/", "http://a.localhost/",
    ])
    func whatNeedsNoLookupIsVettedAtOnce(text: String) throws {
        let target = try DeliveryTarget(text)
        #expect { try target.vet(under: AddressPolicy()) } throws: { error in
            guard case .forbiddenAddress(let host, let network)? = error as? DeliveryTargetError else { return false }
            return "\(error)".contains("`\(host)`") && "\(error)".contains("\(network)")
        }
        let open = AddressPolicy(allowing: [try Network("0.0.0.0/0"), try Network("::/0")])
        try target.vet(under: open)
    }

    @Test func otherHostsPassUntilTheyAreLookedUp() throws {
        for text in ["http://a.example/", "http://8.8.8.8/", "http://[2606:4700::1111]/", "http://notlocalhost/"] {
            try DeliveryTarget(text).vet(under: AddressPolicy())
        }
        try DeliveryTarget("http://localhost/").vet(under: AddressPolicy(allowing: [Network("127.0.0.0/8")]))
        try DeliveryTarget("http://localhost/").vet(under: AddressPolicy(allowing: [Network("::1/128")]))
    }
}

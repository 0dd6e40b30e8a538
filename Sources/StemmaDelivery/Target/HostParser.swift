/// Reads the authority of a URL (RFC 3986 section 3.2) without user information.
enum HostParser {
    /// The longest host name, in bytes (RFC 1035 section 2.3.4, less the root's label).
    static let nameMaxBytes: Int = 253
    /// The longest label of a host name, in bytes.
    static let labelMaxBytes: Int = 63

    /// Reads `host [":" port]`. Throws `DeliveryTargetError`.
    static func parse(_ authority: Substring) throws(DeliveryTargetError) -> (DeliveryTarget.Host, UInt16?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]"),
                case .v6(let bits)? = IPAddress(String(authority[..<end].dropFirst()))
            else { throw .badAddress }
            let rest: Substring = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .badAddress }
            return (.address(.v6(bits)), rest.isEmpty ? nil : try port(rest.dropFirst()))
        }
        let colon: Substring.Index? = authority.firstIndex(of: ":")
        let host: DeliveryTarget.Host = try self.host(authority[..<(colon ?? authority.endIndex)])
        guard let colon else { return (host, nil) }
        return (host, try port(authority[authority.index(after: colon)...]))
    }

    private static func port(_ digits: Substring) throws(DeliveryTargetError) -> UInt16 {
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit), digits.first != "0",
            let port = UInt16(digits)
        else { throw .badPort }
        guard isForHTTP(port) else { throw .forbiddenPort(port) }
        return port
    }

    /// Whether the port is not known to belong to another protocol, whose server a request could be smuggled into.
    private static func isForHTTP(_ port: UInt16) -> Bool {
        port < firstUserPort ? port == 80 || port == 443 : !otherProtocols.contains(port)
    }

    /// The lower ones are the system's (RFC 6335 section 6).
    static let firstUserPort: UInt16 = 1_024

    /// Those above `firstUserPort` that browsers refuse (Fetch Standard, Port blocking), and those of common databases.
    private static let otherProtocols: Set<UInt16> = [
        1_719, 1_720, 1_723, 2_049, 3_306, 3_659, 4_045, 4_190, 5_060, 5_061, 5_432, 6_000, 6_379, 6_566, 6_665, 6_666,
        6_667, 6_668, 6_669, 6_679, 6_697, 10_080, 11_211, 27_017,
    ]

    private static func host(_ text: Substring) throws(DeliveryTargetError) -> DeliveryTarget.Host {
        guard !text.isEmpty else { throw .emptyHost }
        guard !text.hasSuffix(".") else { throw .trailingDot }
        let labels: [Substring] = text.split(separator: ".", omittingEmptySubsequences: false)
        if let last = labels.last, isNumber(last) {
            guard let address = IPAddress(String(text)) else { throw .unusualAddress }
            return .address(address)
        }
        guard text.utf8.count <= nameMaxBytes, labels.allSatisfy(isLabel) else { throw .badName }
        return .name(text.lowercased())
    }

    /// Whether programs may take a host that ends in this label for an IPv4 address: inet_aton(3) knows decimal, octal and
    /// hexadecimal numbers and fewer than four of them, and no top-level domain looks like one.
    private static func isNumber(_ label: Substring) -> Bool {
        if label.hasPrefix("0x") || label.hasPrefix("0X") { return label.dropFirst(2).utf8.allSatisfy(isHexDigit) }
        return !label.isEmpty && label.utf8.allSatisfy(isDigit)
    }

    /// A label of RFC 1123 section 2.1. The underscore is not one of its letters, but container networks use it in names.
    private static func isLabel(_ label: Substring) -> Bool {
        (1...labelMaxBytes).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                isDigit(byte) || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20
    }
}

/// Where a webhook goes: an absolute `http` or `https` URL (RFC 3986) in the one strict reading that leaves no doubt about
/// which host is meant.
package struct DeliveryTarget: Hashable, Sendable, CustomStringConvertible {
    /// The longest URL, in bytes.
    package static let textMaxBytes: Int = 2_048

    package enum Scheme: String, Sendable {
        case http
        case https

        var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    package enum Host: Hashable, Sendable {
        /// A DNS name in lower case, without a final dot.
        case name(String)
        /// An IP literal.
        case address(IPAddress)
    }

    package let scheme: Scheme
    package let host: Host
    package let port: UInt16
    /// Path and query as they were written; `/` where there is no path.
    package let requestTarget: String

    /// Reads a URL. The text is taken as it is: nothing is trimmed, decoded or corrected. Throws `DeliveryTargetError`;
    /// never because of the policy on addresses, see `vet(under:)`.
    package init(_ text: String) throws(DeliveryTargetError) {
        guard text.utf8.count <= DeliveryTarget.textMaxBytes else { throw .tooLong }
        try DeliveryTarget.checkCharacters(text)
        guard let schemeEnd = text.firstRange(of: "://") else { throw .notAbsolute }
        guard let scheme = Scheme(rawValue: text[..<schemeEnd.lowerBound].lowercased()) else { throw .badScheme }
        let rest: Substring = text[schemeEnd.upperBound...]
        let authorityEnd: Substring.Index = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority: Substring = rest[..<authorityEnd]
        guard !authority.contains("@") else { throw .userInformation }
        let (host, port): (Host, UInt16?) = try HostParser.parse(authority)
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        requestTarget = (rest[authorityEnd...].hasPrefix("/") ? "" : "/") + rest[authorityEnd...]
    }

    /// Refuses what can be told to be forbidden without asking anybody: IP literals, and names that always mean this
    /// machine (RFC 6761 section 6.3). Other names are vetted when something is delivered, each time again.
    /// Throws `DeliveryTargetError.forbiddenAddress`.
    package func vet(under policy: AddressPolicy) throws(DeliveryTargetError) {
        let addresses: [IPAddress]
        switch host {
        case .address(let address): addresses = [address]
        case .name(let name):
            guard name == "localhost" || name.hasSuffix(".localhost") else { return }
            // One of both is enough, since it depends on the machine which of them the name has.
            let loopback: [IPAddress] = [.v4(0x7F00_0001), .v6(1)]
            addresses = loopback.contains(where: policy.permits) ? [] : [.v4(0x7F00_0001)]
        }
        for address in addresses {
            if let network = policy.refusal(of: address) {
                throw .forbiddenAddress(host: hostText, network: network)
            }
        }
    }

    /// The host in numbers or letters; IPv6 in brackets.
    var hostText: String {
        switch host {
        case .name(let name): name
        case .address(.v4(let bits)): IPAddress.v4(bits).description
        case .address(.v6(let bits)): "[\(IPAddress.v6(bits))]"
        }
    }

    /// The value of the Host field (RFC 9112 section 3.2).
    var hostField: String { port == scheme.defaultPort ? hostText : "\(hostText):\(port)" }

    /// The whole URL. Paths and queries often hold secrets: for storage, not for logs.
    package var text: String { description + requestTarget }

    /// Scheme, host and port, and so fit for logs.
    package var description: String { "\(scheme.rawValue)://\(hostField)" }

    /// Everything must be a character that RFC 3986 allows in a URL, fragment apart; so no spaces, controls, backslashes
    /// or letters beyond ASCII, which programs read in different ways.
    private static func checkCharacters(_ text: String) throws(DeliveryTargetError) {
        let bytes: [UInt8] = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                continue
            case UInt8(ascii: "#"):
                throw .fragment
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, bytes[(index + 1)...(index + 2)].allSatisfy(HostParser.isHexDigit) else {
                    throw .badPercentEncoding(offset: index)
                }
            default:
                guard "-._~:/?[]@!$&'()*+,;=".utf8.contains(byte) else { throw .forbiddenCharacter(offset: index) }
            }
        }
    }
}

/// A network of IP addresses: those that begin with the same bits (RFC 4632 section 3.1, RFC 4291 section 2.3).
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address.
    package let address: IPAddress
    /// How many leading bits all addresses share.
    package let prefixLength: Int

    /// Reads `address/length`, e.g. `10.1.0.0/16` or `::1/128`. A network of IPv4-mapped addresses (`::ffff:10.1.0.0/112`)
    /// is that of the IPv4 addresses. Throws `NetworkError`.
    package init(_ text: String) throws(NetworkError) {
        let parts: [Substring] = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .noLength(text) }
        guard let address = IPAddress(String(parts[0])) else { throw .badAddress(text) }
        let digits: Substring = parts[1]
        let isPlain: Bool =
            (1...3).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (digits == "0" || digits.first != "0")
        guard isPlain, let length = Int(digits), length <= address.bitCount else {
            throw .badLength(text, maximum: address.bitCount)
        }
        let lowest: IPAddress = Network.masked(address, length)
        guard lowest == address else { throw .hostBits(text, network: "\(lowest)/\(length)") }
        if case .v6(let bits) = address, length >= 96, let inner = EmbeddedIPv4.mapped(bits) {
            self.init(address: .v4(inner), prefixLength: length - 96)
        } else {
            self.init(address: address, prefixLength: length)
        }
    }

    /// Those addresses that begin with the first bits of `address`, whose other bits must be zero.
    private init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    static func v4(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8, _ length: Int) -> Network {
        let bits: UInt32 = [first, second, third, fourth].reduce(0) { $0 << 8 | UInt32($1) }
        return Network(address: masked(.v4(bits), length), prefixLength: length)
    }

    /// `leading` are the first 48 bits.
    static func v6(_ leading: UInt128, _ length: Int) -> Network {
        Network(address: masked(.v6(leading << 80), length), prefixLength: length)
    }

    static let v6Loopback: Network = Network(address: .v6(1), prefixLength: 128)

    /// Whether the address, as it is spelled, is in the network: an IPv6 address is never in an IPv4 network.
    package func contains(_ other: IPAddress) -> Bool {
        Network.masked(other, prefixLength) == address
    }

    /// As it is read by `init(_:)`.
    package var description: String { "\(address)/\(prefixLength)" }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        switch address {
        // A shift by the whole width gives zero.
        case .v4(let bits): .v4(bits & (UInt32.max << (32 - length)))
        case .v6(let bits): .v6(bits & (UInt128.max << (128 - length)))
        }
    }
}

/// Why a text is not a network.
package enum NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
    case noLength(String)
    case badAddress(String)
    case badLength(String, maximum: Int)
    case hostBits(String, network: String)

    /// One sentence for a person.
    package var description: String {
        switch self {
        case .noLength(let text):
            "`\(text)` is not a network: write an address, a slash and a length, e.g. `10.1.0.0/16`"
        case .badAddress(let text): "`\(text)` is not a network: what precedes the slash is not an IP address"
        case .badLength(let text, let maximum):
            "`\(text)` is not a network: its length is not a number from 0 to \(maximum)"
        case .hostBits(let text, let network): "`\(text)` is not a network: the network of that length is `\(network)`"
        }
    }
}

/// Why a webhook cannot go to a URL.
package enum DeliveryTargetError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong
    case notAbsolute
    case badScheme
    case userInformation
    case fragment
    /// Counted in bytes from 0.
    case forbiddenCharacter(offset: Int)
    /// Counted in bytes from 0.
    case badPercentEncoding(offset: Int)
    case emptyHost
    case badName
    case trailingDot
    /// An IPv4 address in a spelling other than the dotted decimal one.
    case unusualAddress
    /// What stands in brackets is not an IPv6 address.
    case badAddress
    case badPort
    case forbiddenPort(UInt16)
    case forbiddenAddress(host: String, network: ReservedNetwork)

    /// One sentence for the client, which says what would be accepted and repeats nothing but the host.
    package var description: String {
        switch self {
        case .tooLong: "The URL must not be longer than \(DeliveryTarget.textMaxBytes) bytes."
        case .notAbsolute: "The URL must be absolute, e.g. `https://hooks.example.com/models`."
        case .badScheme: "The URL must begin with `https://` or `http://`."
        case .userInformation: "The URL must not have a user name or password."
        case .fragment: "The URL must not have a fragment (`#`)."
        case .forbiddenCharacter(let offset):
            "The character at byte \(offset) of the URL must be percent-encoded; a host must be in its `xn--` form."
        case .badPercentEncoding(let offset):
            "The `%` at byte \(offset) of the URL must be followed by two hexadecimal digits."
        case .emptyHost: "The URL must name a host."
        case .badName:
            """
            The host must be a DNS name of at most \(HostParser.nameMaxBytes) bytes: labels of up to \
            \(HostParser.labelMaxBytes) letters, digits, hyphens and underscores, without a hyphen at either end.
            """
        case .trailingDot: "The host must not end with a dot."
        case .unusualAddress: "An IPv4 address must be written as four decimal numbers without leading zeros."
        case .badAddress: "An IPv6 address must be written in brackets, without a zone, e.g. `[2001:db8::1]`."
        case .badPort: "The port must be a number from 1 to 65535 without leading zeros."
        case .forbiddenPort(let port):
            """
            The port \(port) is not one for HTTP: use 80, 443, or one from \(HostParser.firstUserPort) on that belongs to \
            no other protocol.
            """
        case .forbiddenAddress(let host, let network):
            "Webhooks must not go to `\(host)`: \(network) is not allowed by the operator of this server."
        }
    }
}

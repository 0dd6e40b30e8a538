internal import Glibc

/// Finds the addresses of a host name.
package protocol AddressResolver: Sendable {
    /// All addresses of the host, the best first. May block for long. Throws `ResolutionError`.
    func addresses(of host: String) throws(ResolutionError) -> [IPAddress]
}

/// Why a name has no addresses.
package enum ResolutionError: Error, Equatable, Sendable {
    /// There is no such name, or it has no addresses.
    case unknownHost
    /// Nobody could say.
    case unavailable
}

/// The system's resolver: its hosts file, name servers and the rest of `nsswitch.conf`.
package struct SystemResolver: AddressResolver {
    package init() {}

    package func addresses(of host: String) throws(ResolutionError) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code: Int32 = getaddrinfo(host, nil, &hints, &found)
        guard code == 0, let first = found else {
            throw code == EAI_NONAME ? .unknownHost : .unavailable
        }
        defer { freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let info = candidate?.pointee {
            if let name = info.ai_addr, let address = SocketAddress(name)?.address, !addresses.contains(address) {
                addresses.append(address)
            }
            candidate = info.ai_next
        }
        guard !addresses.isEmpty else { throw .unknownHost }
        return addresses
    }
}

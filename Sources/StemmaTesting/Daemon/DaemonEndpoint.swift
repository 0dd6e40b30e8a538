/// Where a daemon listens.
package enum DaemonEndpoint: Sendable, Hashable {
    /// A numeric address, without brackets where it is IPv6, and its port.
    case tcp(String, UInt16)
    case unix(String)

    /// Reads what the daemon announces: `http://127.0.0.1:8080`, `http://[::1]:8080`, `unix:/run/stemma.sock`, with or
    /// without `http://`, followed by anything after a space. Nil where it is none of these.
    package init?(announced text: String) {
        var rest = Substring(text.prefix { !$0.isWhitespace })
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) { rest.removeFirst(scheme.count) }
        if rest.hasPrefix("unix:") {
            self = .unix(String(rest.dropFirst(5)))
            return
        }
        while rest.last == "/" { rest.removeLast() }
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
            return nil
        }
        let host = rest[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        self = .tcp(String(host), port)
    }

    /// The value of a `Host` field for it.
    package var authority: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix: "localhost"
        }
    }

    /// The base address of a TCP endpoint for other programs.
    package var baseURL: String { "http://\(authority)" }
}

/// Where to listen: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
package enum ListenAddress: Sendable, Equatable {
    /// `host` is a numeric address or a name; an IPv6 address is without brackets. Port 0 lets the system choose.
    case tcp(host: String, port: UInt16)
    /// The socket file's `mode` is set before anyone can connect.
    case unix(path: String, mode: UInt32)

    /// The mode of a Unix-domain socket unless told otherwise: the owner only.
    package static let defaultSocketMode: UInt32 = 0o600

    /// Throws `ListenError.malformedAddress`.
    package init(_ text: String, socketMode: UInt32 = Self.defaultSocketMode) throws {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // 108 bytes with the final NUL (unix(7)).
            guard !path.isEmpty, path.utf8.count < 108, !path.utf8.contains(0) else {
                throw ListenError.malformedAddress(text)
            }
            self = .unix(path: path, mode: socketMode)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { throw ListenError.malformedAddress(text) }
        var host = text[..<colon]
        let portText = text[text.index(after: colon)...]
        guard portText.utf8.allSatisfy(ByteScan.isDigit), let port = UInt16(portText) else {
            throw ListenError.malformedAddress(text)
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw ListenError.malformedAddress(text)
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ListenError.malformedAddress(text)
        }
        self = .tcp(host: String(host), port: port)
    }
}

/// An address that a listener was bound to.
package struct BoundAddress: Sendable, Equatable, CustomStringConvertible {
    /// The numeric address with the port that was given by the system, or the socket's path.
    package let address: ListenAddress
    /// Whether the listener speaks TLS.
    package let isTLS: Bool

    /// An address from its parts.
    package init(address: ListenAddress, isTLS: Bool) {
        self.address = address
        self.isTLS = isTLS
    }

    /// The TCP port; nil for a Unix-domain socket.
    package var port: UInt16? {
        guard case .tcp(_, let port) = address else { return nil }
        return port
    }

    /// `http://127.0.0.1:8080`, `https://[::1]:8443`, `unix:/run/stemma.sock`.
    package var description: String {
        switch address {
        case .tcp(let host, let port):
            "\(isTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix(let path, _): "unix:\(path)"
        }
    }
}

/// Why the server cannot listen.
package enum ListenError: Error, Sendable, Equatable, CustomStringConvertible {
    case malformedAddress(String)
    /// The host name has no address.
    case unknownHost(String)
    /// The path exists and is not a socket, so it is left alone.
    case notASocket(String)
    /// Another process listens there.
    case inUse(String)
    /// A system call failed: what, on which address, and the error's text.
    case system(call: String, address: String, reason: String)
    /// The certificate or key cannot be used.
    case tls(String)
    /// `start` was called twice.
    case alreadyStarted

    /// For operators: what was refused and why.
    package var description: String {
        switch self {
        case .malformedAddress(let text): "`\(text)` is not HOST:PORT, [IPV6]:PORT or unix:PATH"
        case .unknownHost(let host): "the host `\(host)` has no address"
        case .notASocket(let path): "`\(path)` exists and is not a socket"
        case .inUse(let address): "another process listens on `\(address)`"
        case .system(let call, let address, let reason): "\(call) on `\(address)`: \(reason)"
        case .tls(let reason): reason
        case .alreadyStarted: "the server was started before"
        }
    }
}

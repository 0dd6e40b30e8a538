internal import Glibc

/// Every limit of the HTTP server, each with its unit in its name, and where it listens.
package struct ServerConfiguration: Sendable {
    /// All sockets to listen on.
    package var listeners: [ListenerConfiguration]

    /// Longest request target in bytes; beyond it 414.
    package var requestTargetMaxBytes = 8 * 1024
    /// Longest head in bytes, request line included; beyond it 431.
    package var headMaxBytes = 32 * 1024
    /// Most header fields; beyond it 431.
    package var headMaxFields = 100
    /// From a request's first byte (or the connection's start, TLS handshake included) to the end of its head.
    package var headTimeoutMilliseconds: UInt64 = 10_000
    /// The least a body must arrive at, counted in windows of `bodyGraceMilliseconds` while the server wants bytes.
    package var bodyMinimumBytesPerSecond: UInt64 = 1024
    /// How long a body may be slower than the minimum.
    package var bodyGraceMilliseconds: UInt64 = 10_000
    /// How long a connection may wait between requests.
    package var idleTimeoutMilliseconds: UInt64 = 30_000
    /// How long the client may take no byte of an answer.
    package var writeStallMilliseconds: UInt64 = 30_000
    /// How long the rest of an unwanted request is thrown away before the connection is cut, so that the client can read
    /// its answer.
    package var lingerMilliseconds: UInt64 = 2_000
    /// How many bytes are thrown away at most.
    package var lingerMaxBytes = 4 * 1024 * 1024
    /// How long after the client has closed its sending side a handler may go on before its task is cancelled. Programs
    /// that half-close (`nc -N`) get their answers; tasks of clients that are gone do not run on.
    package var halfCloseGraceMilliseconds: UInt64 = 1_000
    /// Requests that one connection may carry; 0 for no limit.
    package var requestsPerConnectionMax = 1_000
    /// Open connections in all; beyond it a new one is answered 503 and closed.
    package var connectionsMax = 16_384
    /// Open connections from one address (IPv6: one /64 network); Unix-domain sockets are not counted.
    package var connectionsPerAddressMax = 12_288
    /// The backlog of each listening socket.
    package var listenBacklog: Int32 = 1_024
    /// Threads that serve sockets; by default the processors that are online.
    package var eventLoopCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// How many body bytes may wait for a handler before the server stops reading from the socket.
    package var bodyBufferMaxBytes = 512 * 1024
    /// How often time limits are looked at.
    package var tickMilliseconds: UInt64 = 250
    /// Host names (without port, in lower case) that requests may be for; empty for any. Others are answered 421.
    package var allowedHosts: [String] = []
    /// Fields that a request must not have to be answered by an inline handler, which cannot see them.
    package var inlineBypassFields = ["if-match", "if-unmodified-since", "origin", "range"]

    /// The defaults everywhere else.
    package init(listeners: [ListenerConfiguration]) { self.listeners = listeners }
}

/// One listening socket.
package struct ListenerConfiguration: Sendable {
    /// Where to listen.
    package var address: ListenAddress
    /// nil for a plain socket.
    package var tls: TLSConfiguration?

    /// A listener from its parts.
    package init(address: ListenAddress, tls: TLSConfiguration? = nil) {
        self.address = address
        self.tls = tls
    }
}

/// The certificate a TLS listener shows.
package struct TLSConfiguration: Sendable, Equatable {
    /// The oldest protocol version that is accepted.
    package enum Version: Sendable, Equatable {
        case tls12
        case tls13
    }

    /// PEM file: the server's certificate, then its intermediates.
    package var certificatePath: String
    /// PEM file of the private key.
    package var privateKeyPath: String
    /// TLS 1.2 unless told otherwise.
    package var minimumVersion: Version

    /// A configuration from its parts; the files are read at start and at each reload.
    package init(certificatePath: String, privateKeyPath: String, minimumVersion: Version = .tls12) {
        self.certificatePath = certificatePath
        self.privateKeyPath = privateKeyPath
        self.minimumVersion = minimumVersion
    }
}

internal import Glibc

/// An IP address with a port: what a socket is connected to.
struct SocketAddress: Equatable, Sendable {
    let address: IPAddress
    let port: UInt16

    init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Of what the system says; nil for families other than IPv4 and IPv6. An IPv6 zone is left out.
    init?(_ generic: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(generic)
        switch Int32(generic.pointee.sa_family) {
        case AF_INET:
            let name: sockaddr_in = raw.loadUnaligned(as: sockaddr_in.self)
            self.init(address: IPAddress(name.sin_addr), port: UInt16(bigEndian: name.sin_port))
        case AF_INET6:
            let name: sockaddr_in6 = raw.loadUnaligned(as: sockaddr_in6.self)
            self.init(address: IPAddress(name.sin6_addr), port: UInt16(bigEndian: name.sin6_port))
        default:
            return nil
        }
    }

    /// The family of sockets that can be connected to it.
    var family: Int32 {
        switch address {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Hands over the address in the system's form.
    func withSystemAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        switch address {
        case .v4(let bits):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = bits.bigEndian
            return SocketAddress.withGeneric(&name, body)
        case .v6(let bits):
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { $0.storeBytes(of: bits.bigEndian, as: UInt128.self) }
            return SocketAddress.withGeneric(&name, body)
        }
    }

    private static func withGeneric<Name, Value>(
        _ name: inout Name, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Name>.size)) }
        }
    }
}

internal import Glibc

/// Who is at the other end of a connection.
struct PeerAddress: Sendable {
    /// The numeric address, or `unix`.
    let text: String
    /// What connections are counted by: the IPv4 address, the /64 network of an IPv6 address; nil for a Unix-domain socket.
    let countingKey: UInt64?

    init(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            (text, countingKey) = withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    Self.ipv4(address.pointee.sin_addr)
                }
            }
        case AF_INET6:
            (text, countingKey) = withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    Self.ipv6(address.pointee.sin6_addr)
                }
            }
        default: (text, countingKey) = ("unix", nil)
        }
    }

    private static func ipv4(_ address: in_addr) -> (String, UInt64) {
        var address = address
        return (numeric(AF_INET, &address), UInt64(address.s_addr))
    }

    private static func ipv6(_ address: in6_addr) -> (String, UInt64) {
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        // An IPv4 client on a socket that serves both families (RFC 4291 section 2.5.5.2).
        if bytes[0..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            let mapped = bytes[12...].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
            return ipv4(in_addr(s_addr: mapped))
        }
        var address = address
        let network = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        // The top bit keeps networks apart from IPv4 addresses.
        return (numeric(AF_INET6, &address), network | 1 << 63)
    }

    private static func numeric(_ family: Int32, _ address: UnsafeRawPointer) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard inet_ntop(family, address, buffer.baseAddress!, socklen_t(buffer.count)) != nil else {
                return "unknown"
            }
            return String(cString: buffer.baseAddress!)
        }
    }
}

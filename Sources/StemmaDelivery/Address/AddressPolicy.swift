/// Which addresses webhooks may be delivered to: the public Internet, and what the operator allows besides.
///
/// The rules are those that keep a server from being made to talk to its own network (server-side request forgery).
package struct AddressPolicy: Sendable {
    /// Networks that are permitted although they are not public.
    package let allowed: [Network]

    /// Permits public addresses and those networks.
    package init(allowing allowed: [Network] = []) { self.allowed = allowed }

    package func permits(_ address: IPAddress) -> Bool { refusal(of: address) == nil }

    /// The reserved network that makes the address forbidden; nil where it is permitted.
    ///
    /// An IPv6 address with an IPv4 address inside (mapped, compatible, NAT64, 6to4, ISATAP) is permitted only if that one
    /// is, whatever IPv6 networks are allowed: so `64:ff9b::/96` among them does not open the private networks behind a
    /// translator. An allowed IPv4 network opens its addresses in these forms too, where no other host can be reached
    /// through them.
    package func refusal(of address: IPAddress) -> ReservedNetwork? {
        if case .v6(let bits) = address {
            for embedded in EmbeddedIPv4.all(in: bits) {
                if let refusal = ownRefusal(of: embedded.address) { return refusal }
                switch embedded.form {
                case .translated: return nil
                case .local: if allows(embedded.address) { return nil }
                case .tunnelled: break
                }
            }
        }
        return ownRefusal(of: address)
    }

    private func allows(_ address: IPAddress) -> Bool { allowed.contains { $0.contains(address) } }

    /// By the address as it is spelled.
    private func ownRefusal(of address: IPAddress) -> ReservedNetwork? {
        if allows(address) { return nil }
        let reserved: [ReservedNetwork] =
            switch address {
            case .v4: ReservedNetwork.ipv4
            case .v6: ReservedNetwork.ipv6
            }
        return reserved.first { $0.network.contains(address) }
    }
}

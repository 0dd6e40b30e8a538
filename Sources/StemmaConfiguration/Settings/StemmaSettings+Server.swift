package import StemmaHTTP

extension StemmaSettings {
    /// What the HTTP server is started with: a listener for each address, TLS on the TCP ones where it is configured.
    /// Throws `ListenError.malformedAddress`, which settings from the loader never cause.
    package func serverConfiguration() throws -> ServerConfiguration {
        var tls: TLSConfiguration?
        if !server.tls.certificate.isEmpty {
            tls = TLSConfiguration(
                certificatePath: server.tls.certificate, privateKeyPath: server.tls.privateKey,
                minimumVersion: server.tls.minimumVersion == .tls13 ? .tls13 : .tls12)
        }
        var configuration: ServerConfiguration = server.http
        configuration.listeners = try server.listen.map { text in
            let address = try ListenAddress(text, socketMode: server.socketMode)
            switch address {
            case .tcp: return ListenerConfiguration(address: address, tls: tls)
            case .unix: return ListenerConfiguration(address: address)
            }
        }
        if server.eventLoops > 0 { configuration.eventLoopCount = server.eventLoops }
        return configuration
    }
}

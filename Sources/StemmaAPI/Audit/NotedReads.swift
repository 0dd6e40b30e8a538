internal import StemmaHTTP
internal import StemmaRegistry

/// Reads that the audit log tells of.
extension Call {
    /// Tells the log that bytes of `digest` are handed out, before they are: not for HEAD, nor where the client has them.
    func noteDownload(_ response: HTTPResponse, of resource: ResourceID, digest: String?) async throws {
        guard request.method == .get, response.status == 200 || response.status == 206 else { return }
        try await note(.downloads, resource, digest: digest)
    }

    /// Tells the log that it was read itself.
    func noteAuditRead() async throws { try await note(.audit, .registry, digest: nil) }

    private func note(_ kind: AuditedRead, _ resource: ResourceID, digest: String?) async throws {
        await services.core.reads.note(
            ReadLog.Read(
                kind: kind, principal: try principal, requestID: request.requestID, address: request.remoteAddress,
                action: endpoint.action, resource: resource, digest: digest))
    }
}

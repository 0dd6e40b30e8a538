internal import Glibc
internal import Logging
internal import StemmaConfiguration
internal import StemmaDigest
internal import StemmaRegistry
internal import StemmaTransparency

/// Changes the audit log's signing key on a data directory that no daemon runs on.
struct AuditKeyRotation {
    private let settings: StemmaSettings

    init(_ settings: StemmaSettings) { self.settings = settings }

    /// Answers the new verifier key. Throws `CommandFailure`, `StemmaError`.
    func run(isLost: Bool) async throws -> String {
        let path: String = settings.auditKeyPath
        let isPresent: Bool = access(path, F_OK) == 0
        if isLost {
            guard !isPresent else { throw CommandFailure("\(path) is there; rotate it without --lost") }
            _ = try AuditKeyFile.make(path)
        } else if !isPresent {
            throw CommandFailure("there is no key \(path); where it is gone for good, use --lost")
        }
        let logger = Logger(label: "stemma", factory: { _ in SwiftLogNoOpLogHandler() })
        let registry = try await OpenRegistry(
            settings: settings, logger: logger, further: [], acceptsFormerKeys: isLost)
        do {
            let key: String = try await rotate(registry, path, isLost: isLost)
            await registry.close()
            return key
        } catch {
            await registry.close()
            throw error
        }
    }

    private func rotate(_ registry: OpenRegistry, _ path: String, isLost: Bool) async throws -> String {
        if let damage = await registry.log.damage {
            throw CommandFailure("the log was tampered with, and gets no new key: \(damage)")
        }
        let context: RequestContext = try await SystemAccount.context(registry)
        guard !isLost else { return try await registry.log.announceKey(nil, context).description }
        // The new key is durable before anything is signed with it; until it has its name, the old one goes on.
        let next: String = path + ".next"
        unlink(next)
        let key: Ed25519PrivateKey = try AuditKeyFile.make(next)
        let verifier: String = try await registry.log.announceKey(key, context).description
        unlink(path + ".old")
        guard link(path, path + ".old") == 0, rename(next, path) == 0, FolderSync.syncFolder(of: path) else {
            throw CommandFailure("\(path) cannot be replaced: \(String(cString: strerror(errno)))")
        }
        return verifier
    }
}

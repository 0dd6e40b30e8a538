internal import Glibc
internal import StemmaRegistry
internal import StemmaSQLite

/// The account that runs the process.
enum SystemAccount {
    /// Its name, or its number where it has none.
    static var name: String {
        let number: uid_t = getuid()
        guard let entry = getpwuid(number), let name = entry.pointee.pw_name else { return String(number) }
        return String(cString: name)
    }
}

extension SystemAccount {
    /// Whoever may write the data directory may do anything to it; the log names them by the system's account.
    static func context(_ registry: OpenRegistry) async throws -> RequestContext {
        let environment: Environment = registry.core.environment
        let subject: String = "operator:" + name
        let principal = try await registry.store.write(
            { transaction in
                try transaction.ensurePrincipal(
                    subject: subject, pseudonym: environment.identifier("p_"), at: environment.now())
            }, committed: nil)
        return RequestContext(
            principal: Principal(
                id: principal.id, pseudonym: principal.pseudonym, subject: subject, tokenID: "offline", roles: [.admin],
                scope: .everything, expires: nil),
            requestID: environment.identifier("offline-"), remoteAddress: "offline")
    }
}

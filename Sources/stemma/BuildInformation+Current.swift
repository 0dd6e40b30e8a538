internal import StemmaDigest
internal import StemmaSQLite

extension BuildInformation {
    /// This build, with the libraries it runs with.
    static let current = BuildInformation(
        version: "0.1.0", swift: compiler, sqlite: SQLiteLibrary.version, openSSL: OpenSSLLibrary.version)

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}

internal import StemmaDigest
internal import StemmaSQLite

/// What this build is made of, for `/version` and `stemma version`.
enum BuildFacts {
    static let version: String = "0.1.0"

    static let members: [(name: String, value: String)] = [
        ("name", "stemma"), ("version", version), ("swift", swift), ("sqlite", SQLiteLibrary.version),
        ("openssl", OpenSSLLibrary.version),
    ]

    private static var swift: String {
        #if compiler(>=6.3)
            "6.3"
        #else
            "6"
        #endif
    }
}

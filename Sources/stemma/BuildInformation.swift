/// What this binary is made of.
struct BuildInformation: Sendable {
    /// The version of Stemma (Semantic Versioning).
    let version: String
    /// The Swift compiler.
    let swift: String
    /// The SQLite library in use.
    let sqlite: String
    /// The OpenSSL library in use.
    let openSSL: String

    /// Name and value of each part, the program's own version first, as `/version` and `stemma version` show them.
    var members: [(name: String, value: String)] {
        [("version", version), ("swift", swift), ("sqlite", sqlite), ("openssl", openSSL)]
    }
}

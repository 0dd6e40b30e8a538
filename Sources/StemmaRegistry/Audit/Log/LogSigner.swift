package import StemmaDigest
package import StemmaTransparency

/// Who signs the log's heads: its name, its key, and the keys that it had before.
package struct LogSigner: Sendable {
    /// The log's name: the first line of its heads, and the name of its keys.
    package let origin: String
    package let key: Ed25519PrivateKey
    package let verifier: VerifierKey
    /// Verifier keys of before, oldest first.
    package let former: [VerifierKey]

    /// Throws `TransparencyError` for an origin that can be no key's name.
    package init(origin: String, key: Ed25519PrivateKey, former: [VerifierKey] = []) throws {
        self.origin = origin
        self.key = key
        verifier = try VerifierKey(name: origin, publicKey: key.publicKey)
        self.former = former.filter { $0.publicKey != key.publicKey }
    }

    /// All keys, the present one last.
    package var keys: [VerifierKey] { former + [verifier] }

    func sign(_ checkpoint: Checkpoint) -> SignedNote {
        var note = SignedNote(text: checkpoint.text)
        note.sign(as: verifier, with: key)
        return note
    }

    /// The origin and the keys that a registry has, from its settings; a new registry's name is made up.
    package static func identity(
        _ store: any MetadataStore, _ environment: Environment
    ) async throws -> (origin: String, keys: [VerifierKey]) {
        let made: String = "stemma/" + Hex.encode(environment.randomBytes(8))
        return try await store.write(
            { transaction in
                let keys: [VerifierKey] =
                    try (try transaction.setting(keysSetting)).map { text in
                        try String(decoding: text, as: UTF8.self).split(separator: "\n").map {
                            try VerifierKey(String($0))
                        }
                    } ?? []
                if let origin = try transaction.setting(originSetting) {
                    return (String(decoding: origin, as: UTF8.self), keys)
                }
                try transaction.setSetting(originSetting, to: Array(made.utf8))
                return (made, keys)
            }, committed: nil)
    }

    /// Keeps the verifier keys in the registry.
    static func keep(_ keys: [VerifierKey], _ transaction: any MetadataTransaction) throws {
        try transaction.setSetting(keysSetting, to: Array(keys.map(\.description).joined(separator: "\n").utf8))
    }

    private static let originSetting: String = "audit.origin"
    private static let keysSetting: String = "audit.keys"
}

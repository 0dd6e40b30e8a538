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
        let present: (origin: [UInt8]?, keys: [VerifierKey]) = try await store.read { reader in
            (try reader.setting(originSetting), try kept(reader))
        }
        if let origin = present.origin { return (String(decoding: origin, as: UTF8.self), present.keys) }
        let made: String = "stemma/" + Hex.encode(environment.randomBytes(8))
        try await store.write({ try $0.setSetting(originSetting, to: Array(made.utf8)) }, committed: nil)
        return (made, present.keys)
    }

    /// The verifier keys that the registry has, oldest first.
    static func kept(_ reader: any MetadataReader) throws -> [VerifierKey] {
        guard let text = try reader.setting(keysSetting) else { return [] }
        return try String(decoding: text, as: UTF8.self).split(separator: "\n").map { try VerifierKey(String($0)) }
    }

    /// Keeps the verifier keys in the registry.
    static func keep(_ keys: [VerifierKey], _ transaction: any MetadataTransaction) throws {
        try transaction.setSetting(keysSetting, to: Array(keys.map(\.description).joined(separator: "\n").utf8))
    }

    private static let originSetting: String = "audit.origin"
    private static let keysSetting: String = "audit.keys"
}

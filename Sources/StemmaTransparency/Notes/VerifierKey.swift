package import StemmaDigest

/// What a key of a signed note signs (C2SP signed-note, "Signatures").
package enum NoteAlgorithm: UInt8, Sendable {
    /// The note's text.
    case ed25519 = 0x01
    /// The text with a time before it: a witness's cosignature (C2SP tlog-cosignature).
    case cosignature = 0x04
}

/// A name and a public key by which signatures of notes are checked; as text `name+id+key` (C2SP signed-note, "Verifier keys").
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of the longest name.
    package static let nameMax: Int = 255

    package let name: String
    package let algorithm: NoteAlgorithm
    package let publicKey: Ed25519PublicKey

    /// Throws `TransparencyError.malformed` for a name that is empty, too long, or has white space or a plus sign in it.
    package init(
        name: String, algorithm: NoteAlgorithm = .ed25519, publicKey: Ed25519PublicKey
    ) throws(TransparencyError) {
        guard VerifierKey.isName(name) else {
            throw .malformed(
                "a key's name has 1 to \(VerifierKey.nameMax) bytes without white space, control or plus characters")
        }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
    }

    /// Reads the text form. Throws `TransparencyError.malformed`.
    package init(_ text: String) throws(TransparencyError) {
        // The key itself is base 64, in which a plus sign may stand.
        let parts: [Substring] = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 8, let id = Hex.decode(parts[1].utf8),
            let key = Base64.decode(String(parts[2])), let first = key.first,
            let algorithm = NoteAlgorithm(rawValue: first),
            let publicKey = Ed25519PublicKey(bytes: Array(key.dropFirst()))
        else { throw .malformed("not a verifier key: name+id+key is wanted") }
        try self.init(name: String(parts[0]), algorithm: algorithm, publicKey: publicKey)
        guard id == self.id else { throw .malformed("the verifier key's id is not that of its name and key") }
    }

    /// The first four bytes of SHA-256 over the name, a line feed, the algorithm and the key.
    package var id: [UInt8] {
        let bytes: [UInt8] = Array(name.utf8) + [0x0A, algorithm.rawValue] + publicKey.bytes
        return Array(SHA256Hasher.digest(bytes).bytes.prefix(4))
    }

    package var description: String {
        "\(name)+\(Hex.encode(id))+\(Base64.encode([algorithm.rawValue] + publicKey.bytes))"
    }

    static func isName(_ text: String) -> Bool {
        (1...nameMax).contains(text.utf8.count)
            && !text.unicodeScalars.contains {
                $0 == "+" || $0.value < 0x21 || $0.value == 0x7F || $0.properties.isWhitespace
            }
    }
}

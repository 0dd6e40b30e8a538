package import StemmaDigest

/// A text with signatures below it (C2SP signed-note).
package struct SignedNote: Sendable, Equatable {
    /// One signature line.
    package struct Signature: Sendable, Equatable {
        package let name: String
        /// Four bytes.
        package let keyID: [UInt8]
        /// What follows the id: a signature, a cosignature with its time, or what another kind of key makes.
        package let bytes: [UInt8]
    }

    /// Signature lines that are read.
    package static let signaturesMax: Int = 16
    /// Bytes of the longest note that is read.
    package static let byteMax: Int = 65_536
    private static let dash: String = "\u{2014} "

    /// Ends with a line feed.
    package let text: String
    package private(set) var signatures: [Signature]

    package init(text: String, signatures: [Signature] = []) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note. Throws `TransparencyError.malformed`.
    package init(_ note: String) throws(TransparencyError) {
        guard note.utf8.count <= SignedNote.byteMax else { throw .malformed("the note is longer than 64 KiB") }
        guard !note.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F }) else {
            throw .malformed("the note has control characters")
        }
        var lines: [Substring] = note.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "", let blank = lines.lastIndex(of: ""), blank > 0 else {
            throw .malformed("the note has no signatures below a blank line")
        }
        let below: ArraySlice<Substring> = lines[(blank + 1)...]
        guard (1...SignedNote.signaturesMax).contains(below.count) else {
            throw .malformed("the note has no signature, or more than \(SignedNote.signaturesMax)")
        }
        text = lines[..<blank].joined(separator: "\n") + "\n"
        var signatures: [Signature] = []
        for line in below { signatures.append(try SignedNote.signature(line)) }
        self.signatures = signatures
    }

    private static func signature(_ line: Substring) throws(TransparencyError) -> Signature {
        let parts: [Substring] = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\u{2014}", VerifierKey.isName(String(parts[1])),
            let blob = Base64.decode(String(parts[2])), blob.count > 4
        else { throw .malformed("the note has a line that is no signature") }
        return Signature(name: String(parts[1]), keyID: Array(blob.prefix(4)), bytes: Array(blob.dropFirst(4)))
    }

    /// The whole note, as it is stored and served.
    package var description: String {
        text + "\n"
            + signatures.map { signature in
                "\(SignedNote.dash)\(signature.name) \(Base64.encode(signature.keyID + signature.bytes))\n"
            }.joined()
    }

    /// Adds a signature of the text.
    package mutating func sign(as key: VerifierKey, with privateKey: Ed25519PrivateKey) {
        signatures.append(
            Signature(name: key.name, keyID: key.id, bytes: privateKey.sign(Array(text.utf8))))
    }

    /// Adds a signature line that came from elsewhere. Throws `TransparencyError.malformed`.
    package mutating func add(line: Substring) throws(TransparencyError) {
        let signature: Signature = try SignedNote.signature(line)
        guard signatures.count < SignedNote.signaturesMax else { throw .malformed("the note has too many signatures") }
        if !signatures.contains(signature) { signatures.append(signature) }
    }

    /// Those of `keys` that signed the note. Signatures by other keys say nothing.
    ///
    /// Throws `TransparencyError.badSignature` where one that claims to be by one of them is not.
    package func verified(by keys: [VerifierKey]) throws(TransparencyError) -> [VerifierKey] {
        var found: [VerifierKey] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.name == signature.name && $0.id == signature.keyID }) else {
                continue
            }
            guard SignedNote.holds(signature, key, text) else {
                throw .badSignature("the note's signature by \(key.name) does not fit")
            }
            if !found.contains(key) { found.append(key) }
        }
        return found
    }

    private static func holds(_ signature: Signature, _ key: VerifierKey, _ text: String) -> Bool {
        switch key.algorithm {
        case .ed25519: return key.publicKey.verifies(signature.bytes, over: Array(text.utf8))
        case .cosignature:
            guard signature.bytes.count == 8 + Ed25519PublicKey.signatureByteCount else { return false }
            let time: UInt64 = signature.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            return key.publicKey.verifies(
                Array(signature.bytes.dropFirst(8)), over: Cosignature.message(text, time: time))
        }
    }
}

/// What a witness signs of a checkpoint (C2SP tlog-cosignature).
package enum Cosignature {
    /// `time` in seconds since 1970.
    package static func message(_ text: String, time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }

    /// The signature line of a witness, without its line feed.
    package static func line(
        _ text: String, time: UInt64, key: VerifierKey, with privateKey: Ed25519PrivateKey
    ) -> String {
        let moment: [UInt8] = withUnsafeBytes(of: time.bigEndian) { Array($0) }
        let blob: [UInt8] = key.id + moment + privateKey.sign(message(text, time: time))
        return "\u{2014} \(key.name) \(Base64.encode(blob))"
    }
}

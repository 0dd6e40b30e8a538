import StemmaDigest
import Testing

@testable import StemmaTransparency

/// Known answers: C2SP's example of a note, and texts signed with the key of RFC 8032 section 7.1, test 1, by other programs.
@Suite struct NoteTests {
    private static let seed: [UInt8] =
        Hex.decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".utf8) ?? []
    private static let origin: String = "stemma.example/audit"

    private func key() throws -> (private: Ed25519PrivateKey, verifier: VerifierKey) {
        let key: Ed25519PrivateKey = try #require(Ed25519PrivateKey(seed: NoteTests.seed))
        return (key, try VerifierKey(name: NoteTests.origin, publicKey: key.publicKey))
    }

    @Test func keysAreWrittenAndRead() throws {
        let (privateKey, verifier) = try key()
        let text: String = "stemma.example/audit+2dd722b7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
        #expect(verifier.description == text)
        #expect(try VerifierKey(text) == verifier)
        let copy: Ed25519PrivateKey = try #require(Ed25519PrivateKey(pem: privateKey.pem))
        #expect(copy.publicKey == privateKey.publicKey)
        #expect(Ed25519PrivateKey(pem: Array("-----BEGIN PRIVATE KEY-----\nAAAA\n".utf8)) == nil)
        let refused: [String] = [
            "", "name", "a+b", "stemma.example/audit+2dd722b8+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
            "other+2dd722b7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
            "stemma.example/audit+2dd722b7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1E",
            "stemma.example/audit+2DD722B7+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        ]
        for text in refused { #expect(throws: TransparencyError.self, "\(text)") { try VerifierKey(text) } }
    }

    @Test func checkpointsHaveTheKnownSignatures() throws {
        let (privateKey, verifier) = try key()
        let known: [(size: Int64, root: String, signature: String)] = [
            (
                0, ReferenceTree.roots[0],
                "Ldcit4HFIlATWwOow2m+9m0I8W59HT6LB56t+WBlQkTzObvKAWda8s4aCS0pl9Tyge5gWbU1cjiXmhP+oSFnmFuuRgs="
            ),
            (
                8, ReferenceTree.roots[8],
                "Ldcit7rszE+W+3ej4NarUwP/6Cu01lYYGA657XfNd7DUmsiYcz7Iage/xwj6R+scSqyr4cnYcNn8A/pLPbuGA0MMQQE="
            ),
        ]
        for (size, root, signature) in known {
            let digest: Digest = try #require(Digest("sha256:" + root))
            let checkpoint = Checkpoint(origin: NoteTests.origin, size: size, root: digest)
            var note = SignedNote(text: checkpoint.text)
            note.sign(as: verifier, with: privateKey)
            #expect(note.description == checkpoint.text + "\n\u{2014} \(NoteTests.origin) \(signature)\n")
            let read = try SignedNote(note.description)
            #expect(read == note)
            #expect(try read.verified(by: [verifier]) == [verifier])
            #expect(try Checkpoint(read.text) == checkpoint)
        }
    }

    @Test func theExampleOfTheSpecificationHolds() throws {
        let verifier = try VerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        let signature: String =
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
        let note = try SignedNote("This is an example message.\n\n\u{2014} example.com/foo \(signature)\n")
        #expect(try note.verified(by: [verifier]) == [verifier])
        let other = try SignedNote("This is another message.\n\n\u{2014} example.com/foo \(signature)\n")
        #expect(throws: TransparencyError.badSignature("the note's signature by example.com/foo does not fit")) {
            try other.verified(by: [verifier])
        }
        #expect(try other.verified(by: []).isEmpty)
    }

    @Test func aWitnessSignsTheTime() throws {
        let (privateKey, _) = try key()
        let witness = try VerifierKey(
            name: "witness.example/w1", algorithm: .cosignature, publicKey: privateKey.publicKey)
        let root: Digest = try #require(
            Digest("sha256:f098ab53ca6a75046b87b4f1d67e479817bae6a1c6e439638fd9c0ba8c405404"))
        let text: String = Checkpoint(origin: NoteTests.origin, size: 2, root: root).text
        let line: String = Cosignature.line(text, time: 1_700_000_000, key: witness, with: privateKey)
        #expect(
            line == "\u{2014} witness.example/w1 63YswgAAAABlU/EA4U7hMrfkshExwBGlJFm2q+tldPkax5YqaQCBpuo8LDxoLrBg"
                + "EiTDR5WL8qSkFGDgUnBCjxQw+zfMw15is7U6Dw==")
        var note = SignedNote(text: text)
        try note.add(line: Substring(line))
        #expect(try note.verified(by: [witness]) == [witness])
        #expect(try SignedNote(note.description) == note)
    }

    @Test func whatIsNoNoteIsRefused() {
        let line: String =
            "\u{2014} a Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
        let refused: [String] = [
            "", "text\n", "text\n\n", "text\n\n\(line)", "text\n\(line)\n",
            "\n\n\(line)\n".replacing("\n\n", with: "\n"),
            "te\u{1}xt\n\n\(line)\n", "text\r\n\n\(line)\n", "text\n\n\(line)\n\(line) x\n", "text\n\n- a AAAAAAA=\n",
            "text\n\n\u{2014} a AAAA\n", "text\n\n\u{2014} a+b AAAAAAA=\n",
            "text\n\n" + String(repeating: line + "\n", count: 17),
        ]
        for text in refused { #expect(throws: TransparencyError.self, "\(text)") { try SignedNote(text) } }
        let heads: [String] = [
            "a\n1\n", "a\n-1\nAAAA\n", "a\n01\nAAAA\n", "\n1\nAAAA\n",
            "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n",
        ]
        for text in heads {
            #expect(throws: TransparencyError.self, "\(text)") { try Checkpoint(text) }
        }
    }
}

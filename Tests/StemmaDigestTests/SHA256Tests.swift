import StemmaDigest
import StemmaTesting
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples, and NIST's long message of a million letters.
    private static let known: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: known)
    func knownAnswers(text: String, hex: String) {
        let bytes: [UInt8] = Array(text.utf8)
        #expect(SHA256Hasher.digest(bytes).hex == hex)
        let hasher = SHA256Hasher()
        hasher.update(bytes)
        #expect(hasher.finish().description == "sha256:" + hex)
    }

    @Test func everySizeAroundBlockBordersMatchesByteByByte() {
        for size in 0...260 {
            let bytes: [UInt8] = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + size) }
            let hasher = SHA256Hasher()
            for byte in bytes { hasher.update([byte]) }
            #expect(hasher.finish() == SHA256Hasher.digest(bytes), "\(size) bytes")
        }
    }

    @Test func randomPiecesMatchOneShot() {
        var random = SeededRandom.fromEnvironment()
        for _ in 0..<200 {
            let bytes: [UInt8] = random.bytes(Int.random(in: 0...5_000, using: &random))
            let hasher = SHA256Hasher()
            var position: Int = 0
            while position < bytes.count {
                let count: Int = Int.random(in: 0...min(700, bytes.count - position), using: &random)
                hasher.update(Array(bytes[position..<position + count]))
                position += count
            }
            #expect(hasher.finish() == SHA256Hasher.digest(bytes))
        }
    }

    @Test func manyTasksHashAtOnce() async {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let bytes: [UInt8] = Array(repeating: UInt8(number), count: 100)
                    let first: Digest = SHA256Hasher.digest(bytes)
                    return (0..<200).allSatisfy { _ in SHA256Hasher.digest(bytes) == first }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}

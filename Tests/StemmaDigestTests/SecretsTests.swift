import StemmaDigest
import StemmaTesting
import Testing

@Suite struct SecretsTests {
    struct Code: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let hex: String

        init(_ key: [UInt8], _ message: String, _ hex: String) {
            self.init(key, Array(message.utf8), hex)
        }

        init(_ key: [UInt8], _ message: [UInt8], _ hex: String) {
            self.key = key
            self.message = message
            self.hex = hex
        }
    }

    /// RFC 4231 section 4, test cases 1 to 4, 6 and 7.
    private static let codes: [Code] = [
        Code(
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Code(
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Code(
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Code(
            [UInt8](1...25), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Code(
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Code(
            [UInt8](repeating: 0xaa, count: 131),
            """
            This is a test using a larger than block-size key and a larger than block-size data. \
            The key needs to be hashed before being used by the HMAC algorithm.
            """,
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test(arguments: codes)
    func hmacKnownAnswers(known: Code) {
        #expect(Hex.encode(HMACSHA256.code(key: known.key, message: known.message)) == known.hex)
    }

    @Test func hmacOfNothingUnderNothing() {
        let hex: String = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(Hex.encode(HMACSHA256.code(key: [], message: [])) == hex)
    }

    /// RFC 2104 section 2 spelled out, as the second opinion.
    @Test func hmacMatchesItsDefinition() {
        var random = SeededRandom.fromEnvironment()
        for size in 0...140 {
            let key: [UInt8] = random.bytes(size)
            let message: [UInt8] = random.bytes(size * 3)
            var block: [UInt8] = size > 64 ? SHA256Hasher.digest(key).bytes : key
            block += [UInt8](repeating: 0, count: 64 - block.count)
            let innerPad: [UInt8] = block.map { $0 ^ 0x36 }
            let outerPad: [UInt8] = block.map { $0 ^ 0x5c }
            let inner: Digest = SHA256Hasher.digest(innerPad + message)
            let outer: Digest = SHA256Hasher.digest(outerPad + inner.bytes)
            #expect(HMACSHA256.code(key: key, message: message) == outer.bytes)
        }
    }

    @Test func randomBytesHaveTheLengthAskedForAndDiffer() {
        for count in [0, 1, 16, 32, 33, 4096] { #expect(SecureRandom.bytes(count).count == count) }
        let drawn: Set<[UInt8]> = Set((0..<1000).map { _ in SecureRandom.bytes(16) })
        #expect(drawn.count == 1000)
    }

    @Test func constantTimeEquality() {
        let secret: [UInt8] = Array(0..<32)
        #expect(ConstantTime.equal(secret, secret))
        #expect(ConstantTime.equal([], []))
        #expect(!ConstantTime.equal(secret, Array(secret.dropLast())))
        #expect(!ConstantTime.equal([], secret))
        for index in secret.indices {
            var other: [UInt8] = secret
            other[index] ^= 0x80
            #expect(!ConstantTime.equal(secret, other))
        }
    }
}

import StemmaDigest
import StemmaTesting
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    private static let known: [(String, String)] = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: known)
    func knownAnswers(plain: String, text: String) {
        let bytes: [UInt8] = Array(plain.utf8)
        #expect(Base64.encode(bytes) == text)
        #expect(Base64.decode(text) == bytes)
        let unpadded: String = String(text.prefix { $0 != "=" })
        #expect(Base64.encode(bytes, as: .urlSafe) == unpadded)
        #expect(Base64.decode(unpadded, as: .urlSafe) == bytes)
    }

    @Test func theAlphabetsDifferInTwoCharacters() {
        #expect(Base64.encode([0xfb, 0xff, 0xbf]) == "+/+/")
        #expect(Base64.encode([0xfb, 0xff, 0xbf], as: .urlSafe) == "-_-_")
        #expect(Base64.decode("-_-_") == nil)
        #expect(Base64.decode("+/+/", as: .urlSafe) == nil)
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Z", "Z===", "=", "==", "====", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zm=v",
        "Zm9v\n", " Zm9", "Zm 9v", "Zh==", "Zm9=", "Zm9\u{0}", "Zmé=", "=Zm9",
    ])
    func standardRefusesWhatItDoesNotWrite(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Z", "Zg==", "Zm8=", "Zh", "Zm9", "Zm9vY", "Zm9v\n", "=", "Zm 9v"])
    func urlSafeRefusesWhatItDoesNotWrite(text: String) {
        #expect(Base64.decode(text, as: .urlSafe) == nil)
    }

    @Test(arguments: Base64.Variant.allCases)
    func randomBytesRoundTrip(variant: Base64.Variant) {
        var random = SeededRandom.fromEnvironment()
        for size in 0...300 {
            let bytes: [UInt8] = random.bytes(size)
            #expect(Base64.decode(Base64.encode(bytes, as: variant), as: variant) == bytes)
        }
    }

    /// Whatever decodes is spelled exactly as `encode` spells it.
    @Test(arguments: Base64.Variant.allCases)
    func decodingIsInjective(variant: Base64.Variant) {
        var random = SeededRandom.fromEnvironment()
        let alphabet: [UInt8] = Array("AQgwZ09+/-_= ".utf8)
        for _ in 0..<20_000 {
            let count: Int = Int.random(in: 0...9, using: &random)
            let text: [UInt8] = (0..<count).map { _ in alphabet.randomElement(using: &random)! }
            guard let bytes = Base64.decode(text, as: variant) else { continue }
            #expect(Array(Base64.encode(bytes, as: variant).utf8) == text)
        }
    }
}

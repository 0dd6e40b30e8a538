import StemmaDigest
import StemmaTesting
import Testing

@Suite struct DigestTests {
    private static let hex: String = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func textAndBytesRoundTrip() throws {
        let digest = try #require(Digest("sha256:" + Self.hex))
        #expect(digest.hex == Self.hex)
        #expect(digest.description == "sha256:" + Self.hex)
        #expect(digest.bytes.count == Digest.byteCount)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(digest == SHA256Hasher.digest(Array("abc".utf8)))
    }

    private static let otherTexts: [String] = [
        "", hex, "sha256:", "sha256:\(hex.dropLast())", "sha256:\(hex)0", "SHA256:\(hex)", "sha512:\(hex)",
        "sha256:\(hex.uppercased())", "sha256:\(hex.dropLast())g", " sha256:\(hex.dropLast())",
        "sha256:\(hex.dropLast(2))é", "sha256/\(hex)", "sha256:../\(hex.dropLast(3))",
    ]

    @Test(arguments: otherTexts)
    func otherTextsAreRefused(text: String) {
        #expect(Digest(text) == nil)
    }

    @Test func onlyThirtyTwoBytesAreADigest() {
        for count in 0...40 {
            #expect((Digest(bytes: [UInt8](repeating: 1, count: count)) != nil) == (count == 32))
        }
    }

    @Test func orderIsThatOfTheText() {
        var random = SeededRandom.fromEnvironment()
        let digests: [Digest] = (0..<200).compactMap { _ in Digest(bytes: random.bytes(32)) }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }

    @Test func hexRefusesWhatItDoesNotWrite() {
        #expect(Hex.encode([0x00, 0x0f, 0xa5, 0xff]) == "000fa5ff")
        #expect(Hex.decode("000fa5ff".utf8) == [0x00, 0x0f, 0xa5, 0xff])
        #expect(Hex.encode([]).isEmpty)
        #expect(Hex.decode("".utf8) == [])
        for text in ["0", "0x", "FF", "f ", "zz", "-1", "0:", "/0", "`0"] { #expect(Hex.decode(text.utf8) == nil) }
        let all: [UInt8] = Array(UInt8.min...UInt8.max)
        #expect(Hex.decode(Hex.encode(all).utf8) == all)
    }
}

import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct FormatDetectorTests {
    static let heads: [(name: String, head: [UInt8])] = [
        ("gguf", Array("GGUF".utf8) + [3, 0, 0, 0]), ("hdf5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]),
        ("npy", [0x93] + Array("NUMPY".utf8) + [1, 0]), ("zip", [0x50, 0x4b, 3, 4, 20, 0]),
        ("zip", [0x50, 0x4b, 5, 6]),
        ("parquet", Array("PAR1".utf8)), ("gzip", [0x1f, 0x8b, 8]), ("bzip2", Array("BZh9".utf8)),
        ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), ("zstd", [0x28, 0xb5, 0x2f, 0xfd]), ("pdf", Array("%PDF-1.7".utf8)),
        ("png", [0x89, 0x50, 0x4e, 0x47]), ("jpeg", [0xff, 0xd8, 0xff, 0xe0]), ("elf", [0x7f, 0x45, 0x4c, 0x46]),
        ("tflite", [0x1c, 0, 0, 0] + Array("TFL3".utf8)), ("arrow", Array("ARROW1".utf8)),
        ("tar", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8)),
        ("pickle", [0x80, 4, 0x95, 0, 0]), ("pickle", [0x80, 2, 0x7d]), ("onnx", [0x08, 0x07, 0x12, 0x04]),
        ("json", Array(#" {"a":1}"#.utf8)), ("json", Array("\n[1]".utf8)), ("markup", Array("<html>".utf8)),
        ("text", Array("name: x\n".utf8)), ("text", Array("é".utf8)), ("unknown", [0, 1, 2, 3]),
        ("unknown", [0xc3, 0x28, 0x41]),
        ("unknown", [0x80, 6, 0x95]), ("unknown", [0x1b, 0x5b]),
    ]

    @Test(arguments: FormatDetectorTests.heads)
    func recognises(name: String, head: [UInt8]) {
        #expect(FormatDetector.detect(head: head, size: Int64(head.count)) == name)
    }

    @Test func anEmptyFileIsEmpty() {
        #expect(FormatDetector.detect(head: [], size: 0) == "empty")
    }

    @Test func safetensorsNeedsALengthThatFits() {
        func head(_ length: UInt64) -> [UInt8] {
            (0..<8).map { UInt8(length >> (8 * $0) & 255) } + Array(#"{"a":1}"#.utf8)
        }
        #expect(FormatDetector.detect(head: head(7), size: 15) == "safetensors")
        #expect(FormatDetector.detect(head: head(8), size: 15) == "unknown")
        #expect(FormatDetector.detect(head: head(100_000_001), size: 1 << 40) == "unknown")
        #expect(FormatDetector.detect(head: head(.max), size: .max) == "unknown")
    }

    /// The head may end inside a character.
    @Test func textCutInsideACharacterIsText() {
        let text: [UInt8] = Array(String(repeating: "a", count: 509).utf8) + Array("\u{1F602}".utf8)
        for count in 509...513 {
            #expect(FormatDetector.detect(head: Array(text.prefix(count)), size: 10_000) == "text")
        }
    }

    /// No head of any bytes may bring the detector down.
    @Test func anyBytesAreAnswered() {
        var random = SeededRandom()
        for _ in 0..<2_000 {
            let head: [UInt8] = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(!FormatDetector.detect(head: head, size: Int64(head.count)).isEmpty, "seed \(random.seed)")
        }
    }

    @Test(
        arguments: [
            ("model.json", "unknown", "application/json"), ("a/b/README.MD", "text", "text/markdown"),
            ("x.parquet", "parquet", "application/vnd.apache.parquet"),
            ("model.pkl", "pickle", "application/octet-stream"),
            ("LICENSE", "text", "text/plain"), ("dir.json/file", "unknown", "application/octet-stream"),
            (".json", "unknown", "application/json"), ("trailing.", "text", "text/plain"),
        ])
    func guessesMediaTypes(path: String, format: String, type: String) {
        #expect(MediaTypes.guess(path: path, format: format) == type)
    }
}

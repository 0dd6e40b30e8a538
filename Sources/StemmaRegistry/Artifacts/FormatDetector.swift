/// Says what a file is by its content, never by its name.
enum FormatDetector {
    /// Bytes of the beginning that are enough to tell.
    static let headBytes: Int = 512

    /// The format's name, or `unknown`. `head` is the beginning of the file, `size` its whole length in bytes.
    static func detect(head: [UInt8], size: Int64) -> String {
        if size == 0 { return "empty" }
        for (magic, offset, name) in signatures where matches(head, magic, at: offset) { return name }
        if isSafetensors(head, size: size) { return "safetensors" }
        // PROTO with a protocol number that exists (pickletools, protocol 2 and up).
        if head.count >= 2, head[0] == 0x80, (2...5).contains(head[1]) { return "pickle" }
        if isONNX(head) { return "onnx" }
        return textFormat(head)
    }

    private static let signatures: [(magic: [UInt8], offset: Int, name: String)] = [
        (Array("GGUF".utf8), 0, "gguf"), ([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], 0, "hdf5"),
        ([0x93] + Array("NUMPY".utf8), 0, "npy"), ([0x50, 0x4b, 0x03, 0x04], 0, "zip"),
        ([0x50, 0x4b, 0x05, 0x06], 0, "zip"),
        (Array("PAR1".utf8), 0, "parquet"), ([0x1f, 0x8b], 0, "gzip"), ([0x42, 0x5a, 0x68], 0, "bzip2"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 0, "xz"), ([0x28, 0xb5, 0x2f, 0xfd], 0, "zstd"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 0, "7z"), (Array("Rar!".utf8), 0, "rar"),
        (Array("ustar".utf8), 257, "tar"),
        (Array("%PDF-".utf8), 0, "pdf"), ([0x89, 0x50, 0x4e, 0x47], 0, "png"), ([0xff, 0xd8, 0xff], 0, "jpeg"),
        (Array("TFL3".utf8), 4, "tflite"), ([0x7f, 0x45, 0x4c, 0x46], 0, "elf"), (Array("ARROW1".utf8), 0, "arrow"),
    ]

    private static func matches(_ head: [UInt8], _ magic: [UInt8], at offset: Int) -> Bool {
        head.count >= offset + magic.count && head[offset..<(offset + magic.count)].elementsEqual(magic)
    }

    /// A little-endian header length that fits the file, then a JSON object.
    private static func isSafetensors(_ head: [UInt8], size: Int64) -> Bool {
        guard head.count >= 9, head[8] == UInt8(ascii: "{") else { return false }
        let length: UInt64 = head[0..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return length >= 2 && length <= 100_000_000 && Int64(length) <= size - 8
    }

    /// A protobuf that starts with a small `ir_version` (field 1) and goes on with a producer name (field 2) or a later
    /// field of ModelProto.
    private static func isONNX(_ head: [UInt8]) -> Bool {
        guard head.count >= 4, head[0] == 0x08, (1...20).contains(head[1]) else { return false }
        return [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].contains(head[2])
    }

    private static func textFormat(_ head: [UInt8]) -> String {
        let isControl: (UInt8) -> Bool = { $0 < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].contains($0) }
        guard !head.contains(where: isControl) else { return "unknown" }
        // The cut may fall inside a character; anything else that is not UTF-8 is not text.
        let isUTF8: Bool = (0...min(3, head.count - 1)).contains {
            String(validating: head.dropLast($0), as: UTF8.self) != nil
        }
        guard isUTF8 else { return "unknown" }
        let first: UInt8? = head.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) })
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return "json"
        case UInt8(ascii: "<"): return "markup"
        default: return "text"
        }
    }
}

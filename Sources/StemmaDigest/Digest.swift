internal import Glibc

/// A SHA-256 digest: 32 bytes, written `sha256:` and 64 lowercase hex digits.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// How many bytes a SHA-256 digest has.
    package static let byteCount: Int = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Exactly 32 bytes; nil for any other count.
    package init?(bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ Digest(bytes: $0) }) else { return nil }
        self = digest
    }

    /// Exactly 32 bytes of memory; nil for any other count.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Digest.byteCount, let start = bytes.baseAddress else { return nil }
        self.init(filledBy: { memcpy($0, start, Digest.byteCount) })
    }

    /// The 32 bytes that `fill` writes.
    init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        var raw: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) { buffer in
            // 32 bytes of four integers: never empty.
            fill(buffer.bindMemory(to: UInt8.self).baseAddress!)
        }
        words = (raw.0.bigEndian, raw.1.bigEndian, raw.2.bigEndian, raw.3.bigEndian)
    }

    /// `sha256:` and 64 lowercase hex digits; nil for anything else, upper case included.
    package init?(_ text: String) {
        guard text.utf8.count == 71, text.utf8.starts(with: "sha256:".utf8),
            let bytes = Hex.decode(text.utf8.dropFirst(7))
        else { return nil }
        self.init(bytes: bytes)
    }

    /// The 32 bytes in order.
    package var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(Digest.byteCount)
        for word in [words.0, words.1, words.2, words.3] {
            withUnsafeBytes(of: word.bigEndian) { result.append(contentsOf: $0) }
        }
        return result
    }

    /// Lends the 32 bytes in order, on the stack.
    package func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        let raw: (UInt64, UInt64, UInt64, UInt64) = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        return try withUnsafeBytes(of: raw, body)
    }

    /// The 64 lowercase hex digits without the algorithm.
    package var hex: String { Hex.encode(bytes) }

    /// `sha256:` and the 64 lowercase hex digits.
    package var description: String { "sha256:" + hex }

    /// Equal bytes. Not constant in time: compare secrets with `ConstantTime`.
    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// The order of the bytes, and so of the texts.
    package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

    /// A digest is evenly spread already, so its first eight bytes are hash enough.
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

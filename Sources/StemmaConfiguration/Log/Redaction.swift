/// Takes tokens out of texts on their way to a log.
package enum Redaction {
    private static let prefix: [UInt8] = Array("stm_".utf8)
    /// What stands for a token.
    package static let mark: String = "stm_[redacted]"

    /// `text` with every `stm_` and the run of token characters (`A-Z a-z 0-9 _ -`) after it replaced by `mark`.
    package static func apply(_ text: String) -> String {
        var text: String = text
        return text.withUTF8 { bytes in redacted(bytes) } ?? text
    }

    /// nil where there is nothing to take out.
    private static func redacted(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var result: [UInt8] = []
        var kept: Int = 0
        var at: Int = 0
        while at + prefix.count < bytes.count {
            guard bytes[at] == prefix[0], bytes[at + 1] == prefix[1], bytes[at + 2] == prefix[2],
                bytes[at + 3] == prefix[3], isTokenCharacter(bytes[at + 4])
            else {
                at += 1
                continue
            }
            result.append(contentsOf: bytes[kept..<at])
            result.append(contentsOf: mark.utf8)
            at += prefix.count
            while at < bytes.count, isTokenCharacter(bytes[at]) { at += 1 }
            kept = at
        }
        guard kept > 0 else { return nil }
        result.append(contentsOf: bytes[kept...])
        return String(decoding: result, as: UTF8.self)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
    }
}

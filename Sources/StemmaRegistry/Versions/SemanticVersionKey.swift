/// Writes precedence (Semantic Versioning 2.0.0, section 11) as bytes in order.
///
/// - A number is its count of digits in one byte and the digits, so that a longer number is larger.
/// - A release ends in 03. A pre-release has its identifiers and then 00: an identifier begins with 01 (a number) or 02
///   (text, ended by 00). So the end of a shorter list comes before any further identifier, numbers come before text,
///   text is in ASCII order, and every pre-release comes before its release.
enum SemanticVersionKey {
    static func bytes(core: VersionCore, prerelease: [String]) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(core.major.utf8.count + core.minor.utf8.count + core.patch.utf8.count + 8)
        append(number: core.major, to: &key)
        append(number: core.minor, to: &key)
        append(number: core.patch, to: &key)
        guard !prerelease.isEmpty else { return key + [0x03] }
        for identifier in prerelease {
            if identifier.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                key.append(0x01)
                append(number: identifier, to: &key)
            } else {
                key.append(0x02)
                key.append(contentsOf: identifier.utf8)
                key.append(0x00)
            }
        }
        key.append(0x00)
        return key
    }

    private static func append(number digits: String, to key: inout [UInt8]) {
        key.append(UInt8(digits.utf8.count))
        key.append(contentsOf: digits.utf8)
    }
}

internal import StemmaDigest
internal import StemmaJSON

/// Names that clusters take, made of names that hold anything. A name that had to be changed gets some digits of the hash
/// of the whole, so that two names stay two.
enum ClusterName {
    /// A DNS label of RFC 1035 for a model in an environment: `churn-production`. At most `limit` characters.
    static func label(model: String, environment: String, limit: Int = 63) -> String {
        let parts: (model: String, environment: String) = (slug(model), slug(environment))
        let plain: String = [parts.model, parts.environment].filter { !$0.isEmpty }.joined(separator: "-")
        // An environment with a hyphen of its own would let two pairs have one name.
        let isKept: Bool =
            ExactText.areSame(parts.model, model) && ExactText.areSame(parts.environment, environment)
            && !environment.utf8.contains(UInt8(ascii: "-")) && plain.utf8.count <= limit && startsWithLetter(plain)
        guard !isKept else { return plain }
        let readable: String = startsWithLetter(plain) ? plain : "m-" + plain
        return shortened(readable, to: limit, hash: model + "\u{0}" + environment, trimming: "-")
    }

    /// The value of a Kubernetes label: the text, or what is left of it with some digits of its hash.
    static func labelValue(_ text: String) -> String {
        let isWord: (UInt8) -> Bool = { byte in isAlphanumeric(byte) || "-_.".utf8.contains(byte) }
        let isKept: Bool =
            (1...63).contains(text.utf8.count) && text.utf8.allSatisfy(isWord)
            && text.utf8.first.map(isAlphanumeric) == true && text.utf8.last.map(isAlphanumeric) == true
        guard !isKept else { return text }
        var readable: String = ""
        for scalar in text.unicodeScalars {
            let isTaken: Bool = scalar.isASCII && isWord(UInt8(truncatingIfNeeded: scalar.value))
            readable.unicodeScalars.append(isTaken ? scalar : "_")
        }
        return shortened(String(readable.drop { "-_.".contains($0) }), to: 63, hash: text, trimming: "-_.")
    }

    /// Whether the text is a DNS label of RFC 1123, as namespaces are.
    static func isLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.last != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isLowercaseOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// Lower-case letters and digits, whatever lies between them as one hyphen.
    private static func slug(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            let isUppercase: Bool = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let lower: UInt8 = isUppercase ? byte | 0x20 : byte
            if isLowercaseOrDigit(lower) {
                result.append(lower)
            } else if let last = result.last, last != UInt8(ascii: "-") {
                result.append(UInt8(ascii: "-"))
            }
        }
        if result.last == UInt8(ascii: "-") { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    private static func shortened(_ text: String, to limit: Int, hash: String, trimming edge: String) -> String {
        let code = String(SHA256Hasher.digest(Array(hash.utf8)).hex.prefix(8))
        var kept: Substring = text.prefix(limit - code.count - 1)
        while let last = kept.last, edge.contains(last) { kept.removeLast() }
        return kept.isEmpty ? code : "\(kept)-\(code)"
    }

    private static func startsWithLetter(_ text: String) -> Bool {
        text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}

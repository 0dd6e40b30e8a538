internal import StemmaDigest

/// References to container images: `registry.example:5000/team/server:1.2@sha256:...`.
enum ImageReference {
    /// Nil where the text is one, otherwise why not.
    static func problem(_ text: String) -> String? {
        guard text.utf8.count <= Limits().lineBytes else { return "is too long" }
        let halves: [Substring] = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if halves.count == 2, Digest(String(halves[1])) == nil {
            return "must have sha256: and 64 lowercase hex digits behind @"
        }
        var segments: [Substring] = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        guard let last = segments.popLast() else { return "is empty" }
        let named: [Substring] = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if named.count == 2, !isTag(named[1]) { return "has no tag behind its colon" }
        if let first = segments.first, first.contains(where: { $0 == "." || $0 == ":" }) || first == "localhost" {
            guard isHost(first) else { return "has a registry that is no host with an optional port" }
            segments.removeFirst()
        }
        guard (segments + [named[0]]).allSatisfy(isPathSegment) else {
            return "must be an image such as registry.example/team/server:1.2, in lower case"
        }
        return nil
    }

    private static func isPathSegment(_ text: Substring) -> Bool {
        let isWord: (Character) -> Bool = { $0.isASCII && ($0.isLowercase || $0.isNumber) }
        guard let first = text.first, let last = text.last, isWord(first), isWord(last) else { return false }
        return text.allSatisfy { isWord($0) || "._-".contains($0) }
    }

    private static func isTag(_ text: Substring) -> Bool {
        let isWord: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = text.first, isWord(first), text.count <= 128 else { return false }
        return text.allSatisfy { isWord($0) || ".-".contains($0) }
    }

    private static func isHost(_ text: Substring) -> Bool {
        let parts: [Substring] = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !(1...5).contains(parts[1].count) || !parts[1].allSatisfy({ "0123456789".contains($0) }) {
            return false
        }
        let isWord: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard let first = parts[0].first, let last = parts[0].last, isWord(first), isWord(last) else { return false }
        return parts[0].allSatisfy { isWord($0) || ".-".contains($0) }
    }
}

/// Where a registry is reached: `https://stemma.example:8080/prefix`.
enum RegistryURL {
    /// Without slashes at its end; nil where the text is no such address: another scheme, credentials, a query, or any
    /// character that could mean something to a shell, an expander or YAML.
    static func normalized(_ text: String) -> String? {
        guard text.utf8.count <= Limits().lineBytes else { return nil }
        var kept: Substring = text[...]
        while kept.hasSuffix("/") { kept.removeLast() }
        let scheme: String
        if kept.hasPrefix("https://") { scheme = "https://" } else { scheme = "http://" }
        guard kept.hasPrefix(scheme) else { return nil }
        let rest: Substring = kept.dropFirst(scheme.count)
        guard let first = rest.first, first.isASCII, first.isLetter || first.isNumber || first == "[" else {
            return nil
        }
        guard rest.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-:/[]~".contains($0)) }) else {
            return nil
        }
        return String(kept)
    }

    /// The host's name, without the port.
    static func host(_ url: String) -> String {
        let authority: Substring = url.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "/" }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}

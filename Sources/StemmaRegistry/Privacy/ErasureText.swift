internal import StemmaJSON

/// Finds texts by which a person is known inside of other texts, and puts something else in their places.
///
/// ASCII letters of either case are the same; of other letters both cases of the whole text are looked for. A text that
/// begins or ends with an ASCII letter or digit is found only where no further one stands beside it: Ann is not in
/// planned. Texts with characters that JSON escapes are looked for in both forms.
package struct ErasureText: Sendable {
    /// What to look for, also as it stands in JSON; longest first, so that a full name goes before its parts.
    package let needles: [String]
    private let patterns: [[UInt8]]
    private let replacement: [UInt8]

    /// `replacement` must need no escaping in JSON.
    package init(_ identifiers: [String], replacement: String) {
        var forms: Set<String> = []
        for identifier in identifiers {
            for text in [identifier, identifier.lowercased(), identifier.uppercased()] {
                forms.insert(text)
                var writer = JSONWriter(capacity: 64)
                writer.value(text)
                forms.insert(String(writer.finishedText().dropFirst().dropLast()))
            }
        }
        // Upper and lower case differ beyond ASCII only; within it one of them finds all.
        var seen: Set<[UInt8]> = []
        needles = forms.sorted { ($0.utf8.count, $1) > ($1.utf8.count, $0) }.filter {
            seen.insert(ErasureText.folded(Array($0.utf8))).inserted
        }
        patterns = needles.map { ErasureText.folded(Array($0.utf8)) }
        self.replacement = Array(replacement.utf8)
    }

    /// The text with every occurrence replaced; nil where there is none.
    package func replaced(_ text: String) -> String? {
        let bytes: [UInt8] = Array(text.utf8)
        let folded: [UInt8] = ErasureText.folded(bytes)
        var result: [UInt8] = []
        var (position, isChanged): (Int, Bool) = (0, false)
        while position < bytes.count {
            if let length = match(in: folded, at: position) {
                result += replacement
                position += length
                isChanged = true
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return isChanged ? String(decoding: result, as: UTF8.self) : nil
    }

    /// Whether one of the texts occurs.
    package func occurs(in bytes: [UInt8]) -> Bool { count(in: bytes) > 0 }

    /// How often they occur.
    package func count(in bytes: [UInt8]) -> Int {
        let folded: [UInt8] = ErasureText.folded(bytes)
        var (position, found): (Int, Int) = (0, 0)
        while position < folded.count {
            if let length = match(in: folded, at: position) {
                (position, found) = (position + length, found + 1)
            } else {
                position += 1
            }
        }
        return found
    }

    /// The length of the longest pattern, in bytes: what has to be read again at the seam of two pieces.
    package var longest: Int { patterns.first?.count ?? 0 }

    private func match(in folded: [UInt8], at position: Int) -> Int? {
        for pattern in patterns where pattern[0] == folded[position] && position + pattern.count <= folded.count {
            var length: Int = 1
            while length < pattern.count, folded[position + length] == pattern[length] { length += 1 }
            guard length == pattern.count else { continue }
            let end: Int = position + length
            let startsApart: Bool =
                !ErasureText.isWord(pattern[0]) || position == 0 || !ErasureText.isWord(folded[position - 1])
            let endsApart: Bool =
                !ErasureText.isWord(pattern[length - 1]) || end == folded.count || !ErasureText.isWord(folded[end])
            if startsApart && endsApart { return length }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}

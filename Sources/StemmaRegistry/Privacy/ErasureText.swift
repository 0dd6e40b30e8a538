internal import Foundation
internal import StemmaJSON

/// What a column of stored text holds, and so what of it erasure may change.
///
/// Words that the registry goes by, such as states and roles, are never changed: a person may be called like one of them.
package enum TextForm: String, Sendable, CaseIterable {
    /// Words of people.
    case prose
    /// JSON whose members people named: `tags`, `metadata`. Names of members are looked through too.
    case open
    /// JSON of a form of the registry's: texts in it are looked through, names of its members only where people chose them. A
    /// text that is one lower-case word may be one of the registry's; it goes only where members hold people or their words.
    case document
    /// JSON whose members the registry named and whose texts are people's: every text in it is looked through.
    case values
    /// JSON that the registry acts by: only members that hold people's words are looked through.
    case definition
    /// What something is called by, in other tables and in the public part of the log: it stays, and is counted.
    case name
    /// The registry's own words, keys and digests.
    case structure
}

/// Finds texts by which a person is known inside of other texts, and puts something else in their places.
///
/// Case and the way in which accents are written (Unicode's canonical equivalence) make no difference, and the
/// percent-encoded form counts. A text that begins or ends with an ASCII letter or digit is found only where no further one
/// stands beside it: Ann is not in planned.
package struct ErasureText: Sendable {
    /// What to look for in bytes, also as it stands in JSON; longest first, so that a full name goes before its parts. Of
    /// letters beyond ASCII both cases of the whole text, composed and decomposed.
    package let needles: [String]
    /// Whether a search for `needles` without regard to the case of ASCII letters finds every text that holds one.
    package let isFoundByNeedles: Bool
    private let patterns: [[UInt8]]
    private let replacement: String
    /// What to look for, character by character, in lower case.
    private let words: [[String]]

    /// `replacement` must need no escaping in JSON.
    package init(_ identifiers: [String], replacement: String) {
        var spoken: Set<String> = []
        var forms: Set<String> = []
        for identifier in identifiers {
            for text in [identifier, identifier.lowercased(), identifier.uppercased()] {
                for form in [
                    text, text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping,
                ] {
                    for written in [form] + ErasureText.percentEncoded(form) {
                        spoken.insert(written)
                        forms.insert(written)
                        var writer = JSONWriter(capacity: 64)
                        writer.value(written)
                        forms.insert(String(writer.finishedText().dropFirst().dropLast()))
                    }
                }
            }
        }
        // Upper and lower case differ beyond ASCII only; within it one of them finds all.
        var seen: Set<[UInt8]> = []
        needles = forms.sorted { ($0.utf8.count, $1) > ($1.utf8.count, $0) }.filter {
            seen.insert(ErasureText.folded(Array($0.utf8))).inserted
        }
        patterns = needles.map { ErasureText.folded(Array($0.utf8)) }
        isFoundByNeedles = identifiers.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
        words = Set(spoken.map { $0.map { $0.lowercased() } }).sorted {
            ($0.count, $1.joined()) > ($1.count, $0.joined())
        }
        self.replacement = replacement
    }

    /// As in URLs (RFC 3986 section 2.1), and as in forms, where a space is a plus; none where nothing is encoded.
    private static func percentEncoded(_ text: String) -> [String] {
        let plain: Set<UInt8> = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        let digits: [Character] = Array("0123456789ABCDEF")
        var encoded: String = ""
        for byte in text.utf8 {
            if plain.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        guard encoded != text else { return [] }
        return [encoded, encoded.replacing("%20", with: "+")]
    }

    // MARK: - Stored texts

    /// A stored text with every occurrence replaced that may be, by what its column holds; nil where there is none.
    package func replaced(_ text: String, as form: TextForm) -> String? {
        switch form {
        case .structure: return nil
        case .prose, .name: return replaced(text)
        case .open, .document, .values, .definition:
            guard mayOccur(in: text),
                let value = try? JSONParser.parse(Array(text.utf8), limits: JSONLimits(depth: 512)),
                let erased = erased(value, form, isFree: form == .open)
            else { return nil }
            var writer = JSONWriter(capacity: text.utf8.count)
            writer.value(erased)
            return String(decoding: writer.finish(), as: UTF8.self)
        }
    }

    /// Whether one of the texts occurs in stored JSON, wherever that is.
    package func occurs(inJSON bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return occurs(in: bytes) || replaced(text, as: .open) != nil
    }

    /// Most texts are told apart by a look at their bytes.
    private func mayOccur(in text: String) -> Bool {
        isFoundByNeedles
            ? occurs(in: Array(text.utf8))
            : text.utf8.contains { $0 >= 0x80 || $0 == UInt8(ascii: "%") }
                || occurs(in: Array(text.utf8))
    }

    private func erased(_ value: JSONValue, _ form: TextForm, isFree: Bool) -> JSONValue? {
        switch value {
        case .string(let text):
            guard isFree || form == .values || form == .document && !ErasureText.isWordOfTheRegistry(text) else {
                return nil
            }
            return replaced(text).map { .string($0) }
        case .integer(let number):
            // Numbers of telephones and of people.
            guard isFree, replaced("\(number)") == replacement else { return nil }
            return .string(replacement)
        case .array(let values):
            let changed: [JSONValue?] = values.map { erased($0, form, isFree: isFree) }
            guard changed.contains(where: { $0 != nil }) else { return nil }
            return .array(zip(changed, values).map { $0 ?? $1 })
        case .object(let object): return erased(object, form, isFree: isFree).map { .object($0) }
        case .null, .bool, .double: return nil
        }
    }

    private func erased(_ object: JSONObject, _ form: TextForm, isFree: Bool) -> JSONObject? {
        var isChanged: Bool = false
        var taken: Set<ExactName> = Set(object.members.map { ExactName($0.name) })
        let members: [JSONObject.Member] = object.members.map { member in
            if form == .document, !isFree, ErasureText.references.contains(member.name) { return member }
            let holdsWords: Bool = isFree || ErasureText.holdsWords(member.name, form)
            let value: JSONValue? = erased(member.value, form, isFree: holdsWords)
            var name: String = member.name
            if isFree, let replaced = replaced(name) {
                // Two names may become one, which no object may have twice.
                var (candidate, number): (String, Int) = (replaced, 2)
                while !taken.insert(ExactName(candidate)).inserted {
                    candidate = "\(replaced)_\(number)"
                    number += 1
                }
                name = candidate
                isChanged = true
            }
            if value != nil { isChanged = true }
            return JSONObject.Member(name: name, value: value ?? member.value)
        }
        return isChanged ? JSONObject(members) : nil
    }

    /// Members that hold what people say, or that people fill as they like, in whatever form.
    private static let prose: Set<String> = [
        "annotations", "comment", "contact", "contacts", "description", "justification", "labels", "metadata", "note",
        "notes", "rationale", "reason", "statement", "tags", "text", "title",
    ]
    /// Members of documents that say who somebody is, or that people fill as they like.
    private static let people: Set<String> = [
        "actor", "approved_by", "approver", "approvers", "assessed_by", "author", "authors", "by", "created_by",
        "decided_by", "domain", "email", "evidence", "hardware_spec", "owner", "owners", "reference", "requested_by",
        "reviewed_by", "subject", "updated_by", "use_case", "user",
    ]
    /// Members of documents by which other things are found: what they name keeps its name.
    private static let references: Set<String> = [
        "artifacts", "dataset_id", "dependencies", "features", "inputs", "outputs", "parent_models",
        "performance_metrics", "signature",
    ]

    private static func holdsWords(_ name: String, _ form: TextForm) -> Bool {
        prose.contains(name) || form == .document && people.contains(name)
    }

    private static func isWordOfTheRegistry(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
    }

    // MARK: - Texts

    /// The text with every occurrence replaced; nil where there is none.
    package func replaced(_ text: String) -> String? {
        guard mayOccur(in: text) else { return nil }
        let characters: [Character] = Array(text)
        let folded: [String] = characters.map { $0.lowercased() }
        var result: String = ""
        var (position, isChanged): (Int, Bool) = (0, false)
        while position < characters.count {
            if let length = match(in: folded, at: position) {
                result += replacement
                position += length
                isChanged = true
            } else {
                result.append(characters[position])
                position += 1
            }
        }
        return isChanged ? result : nil
    }

    private func match(in folded: [String], at position: Int) -> Int? {
        for word in words where word.first == folded[position] && position + word.count <= folded.count {
            let end: Int = position + word.count
            guard folded[position..<end].elementsEqual(word) else { continue }
            let startsApart: Bool =
                !ErasureText.isWord(word[0]) || position == 0 || !ErasureText.isWord(folded[position - 1])
            let endsApart: Bool =
                !ErasureText.isWord(word[word.count - 1]) || end == folded.count || !ErasureText.isWord(folded[end])
            if startsApart && endsApart { return word.count }
        }
        return nil
    }

    private static func isWord(_ character: String) -> Bool {
        character.utf8.count == 1 && character.utf8.first.map { isWord($0) } ?? false
    }

    // MARK: - Bytes

    /// Whether one of the needles occurs.
    package func occurs(in bytes: [UInt8]) -> Bool { count(in: bytes, limit: 1) > 0 }

    /// How often the needles occur.
    package func count(in bytes: [UInt8]) -> Int { count(in: bytes, limit: Int.max) }

    private func count(in bytes: [UInt8], limit: Int) -> Int {
        let folded: [UInt8] = ErasureText.folded(bytes)
        var (position, found): (Int, Int) = (0, 0)
        while position < folded.count, found < limit {
            if let length = match(in: folded, at: position) {
                (position, found) = (position + length, found + 1)
            } else {
                position += 1
            }
        }
        return found
    }

    /// What has to be read again at the seam of two pieces, in bytes: the longest pattern and what may stand before it.
    package var overlap: Int { (patterns.first?.count ?? 0) + ErasureText.escapeMax }

    /// Bytes of the longest escape of JSON, and one.
    private static let escapeMax: Int = 7

    private func match(in folded: [UInt8], at position: Int) -> Int? {
        for pattern in patterns where pattern[0] == folded[position] && position + pattern.count <= folded.count {
            var length: Int = 1
            while length < pattern.count, folded[position + length] == pattern[length] { length += 1 }
            guard length == pattern.count else { continue }
            let end: Int = position + length
            let startsApart: Bool =
                !ErasureText.isWord(pattern[0]) || position == 0 || !ErasureText.isWord(folded[position - 1])
                || ErasureText.endsEscape(folded, at: position)
            let endsApart: Bool =
                !ErasureText.isWord(pattern[length - 1]) || end == folded.count || !ErasureText.isWord(folded[end])
            if startsApart && endsApart { return length }
        }
        return nil
    }

    /// Whether what stands before a position ends an escape of JSON, such as `\n`, and is no letter of a word.
    private static func endsEscape(_ bytes: [UInt8], at position: Int) -> Bool {
        let backslash = UInt8(ascii: "\\")
        if position >= 2, bytes[position - 2] == backslash, "bfnrt".utf8.contains(bytes[position - 1]) { return true }
        return position >= 6 && bytes[position - 6] == backslash && bytes[position - 5] == UInt8(ascii: "u")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}

/// A YAML value: only what manifests need, so that nothing in it can be read in two ways.
enum YAMLNode: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    /// Text of the program's own over several lines, shown as such.
    case script(String)
    case list([YAMLNode])
    /// In this order. Names are the program's own; whatever a user wrote is a value.
    case map([(name: String, value: YAMLNode)])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: YAMLNode...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, YAMLNode)...) {
        self = .map(elements.map { (name: $0.0, value: $0.1) })
    }

    static func strings(_ texts: [String]) -> YAMLNode { .list(texts.map { .string($0) }) }

    /// The map with further members at its end; anything else as it is.
    func adding(_ members: [(name: String, value: YAMLNode)]) -> YAMLNode {
        guard case .map(let present) = self else { return self }
        return .map(present + members)
    }

    func adding(_ name: String, _ value: YAMLNode) -> YAMLNode { adding([(name: name, value: value)]) }
}

/// Writes YAML 1.2 that YAML 1.1 reads the same way, in ASCII.
///
/// Every string is double-quoted and everything in it but printable ASCII is escaped, so that no text can end its scalar,
/// begin a comment, a document or a reference, or turn into a number, a boolean or a time.
enum YAMLText {
    /// The documents one after the other, under a comment.
    static func render(_ documents: [YAMLNode], comment: [String] = []) -> String {
        var text: String = ""
        for line in comment { text += line.isEmpty ? "#\n" : "# \(printable(line))\n" }
        for document in documents {
            text += "---\n"
            switch document {
            case .map(let members) where !members.isEmpty: append(members, 0, isInline: false, to: &text)
            case .list(let elements) where !elements.isEmpty: append(elements, 0, to: &text)
            default:
                text += scalar(document)
                text += "\n"
            }
        }
        return text
    }

    /// A double-quoted scalar.
    static func quoted(_ text: String) -> String {
        var result: String = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where (0x20..<0x7F).contains(scalar.value): result.unicodeScalars.append(scalar)
            case _ where scalar.value <= 0xFF: result += "\\x" + hex(scalar, digits: 2)
            case _ where scalar.value <= 0xFFFF: result += "\\u" + hex(scalar, digits: 4)
            default: result += "\\U" + hex(scalar, digits: 8)
            }
        }
        return result + "\""
    }

    private static func append(
        _ members: [(name: String, value: YAMLNode)], _ indent: Int, isInline: Bool, to text: inout String
    ) {
        for (position, member) in members.enumerated() {
            text += position == 0 && isInline ? " " : spaces(indent)
            text += key(member.name) + ":"
            append(member.value, indent + 2, afterDash: false, to: &text)
        }
    }

    private static func append(_ elements: [YAMLNode], _ indent: Int, to text: inout String) {
        for element in elements {
            text += spaces(indent) + "-"
            append(element, indent + 2, afterDash: true, to: &text)
        }
    }

    /// A value behind a colon or a dash, what follows it at `indent`.
    private static func append(_ node: YAMLNode, _ indent: Int, afterDash: Bool, to text: inout String) {
        switch node {
        case .map(let members) where !members.isEmpty:
            if !afterDash { text += "\n" }
            append(members, indent, isInline: afterDash, to: &text)
        case .list(let elements) where !elements.isEmpty:
            text += "\n"
            append(elements, indent, to: &text)
        case .script(let script) where isPlainBlock(script):
            text += " |\n"
            for line in script.split(separator: "\n") { text += spaces(indent) + line + "\n" }
        default: text += " " + scalar(node) + "\n"
        }
    }

    private static func scalar(_ node: YAMLNode) -> String {
        switch node {
        case .string(let text), .script(let text): quoted(text)
        case .integer(let number): String(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .list: "[]"
        case .map: "{}"
        }
    }

    /// Whether a literal block keeps the text: printable lines, none empty, the first not indented, one end of line.
    private static func isPlainBlock(_ text: String) -> Bool {
        guard text.utf8.first != UInt8(ascii: " "), text.hasSuffix("\n") else { return false }
        let lines: [Substring] = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        return lines.allSatisfy { line in
            line.utf8.contains { $0 != UInt8(ascii: " ") } && line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        }
    }

    /// A name is written bare where it is one word in every version of YAML.
    private static func key(_ name: String) -> String {
        let isLetter: (UInt8) -> Bool = { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        let isWord: Bool = name.utf8.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "-_./".utf8.contains($0)
        }
        let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        guard let first = name.utf8.first, isLetter(first), isWord, !reserved.contains(name.lowercased()) else {
            return quoted(name)
        }
        return name
    }

    private static func printable(_ line: String) -> String {
        String(String.UnicodeScalarView(line.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? $0 : "?" }))
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

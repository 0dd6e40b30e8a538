internal import StemmaJSON

/// Cells of comma-separated values (RFC 4180): every table that the registry answers is written with these.
enum CSVCell {
    /// A JSON value as one cell: texts as themselves, structured values as JSON text, nothing for null.
    static func value(_ value: JSONValue) -> String {
        switch value {
        case .null: return ""
        case .string(let string): return text(string)
        default:
            var writer = JSONWriter()
            writer.value(value)
            return quoted(writer.finishedText())
        }
    }

    /// A cell with that text, quoted where it has to be. Spreadsheets run a cell that starts like a formula; an
    /// apostrophe before it keeps it text.
    static func text(_ text: String) -> String { quoted(defused(text)) }

    /// A cell with text that cannot be a formula.
    static func quoted(_ text: String) -> String {
        let needsQuotes: Bool = text.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
        guard needsQuotes else { return text }
        // By scalars: a quote with a combining mark after it is one Character, and would be missed.
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { quoted.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
        return "\"" + String(quoted) + "\""
    }

    private static func defused(_ text: String) -> String {
        guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return text }
        return "'" + text
    }
}

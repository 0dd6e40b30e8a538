/// Patterns for SQLite's GLOB, which unlike its LIKE tells upper from lower case.
///
/// Source: the SQLite manual, "The LIKE, GLOB, REGEXP, MATCH, and extract operators". GLOB knows `*`, `?` and bracket
/// expressions; in brackets each of its special characters stands for itself.
enum GlobPattern {
    /// A scope's pattern, where only `*` and `?` are special.
    static func fromScope(_ pattern: String) -> String {
        var result: String = ""
        for character in pattern.unicodeScalars {
            if character == "[" { result += "[[]" } else { result.unicodeScalars.append(character) }
        }
        return result
    }

    /// A LIKE pattern: `%` stands for any run of characters, `_` for one, and a backslash makes the next character
    /// stand for itself.
    static func fromLike(_ pattern: String) -> String {
        var result: String = ""
        var isEscaped: Bool = false
        for character in pattern.unicodeScalars {
            if !isEscaped, character == "\\" {
                isEscaped = true
                continue
            }
            switch character {
            case "%" where !isEscaped: result += "*"
            case "_" where !isEscaped: result += "?"
            case "*", "?", "[": result += "[\(character)]"
            default: result.unicodeScalars.append(character)
            }
            isEscaped = false
        }
        // A backslash at the very end has nothing to escape and stands for itself.
        if isEscaped { result += "\\" }
        return result
    }
}

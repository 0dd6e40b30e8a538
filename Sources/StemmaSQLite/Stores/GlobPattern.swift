internal import StemmaRegistry

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

    /// The pattern of a filter's `LIKE`.
    static func from(_ pattern: FilterPattern) -> String {
        var result: String = ""
        for element in pattern.elements {
            switch element {
            case .run: result += "*"
            case .one: result += "?"
            case .literal(let character) where ["*", "?", "["].contains(character): result += "[\(character)]"
            case .literal(let character): result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

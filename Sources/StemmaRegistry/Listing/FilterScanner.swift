internal import StemmaJSON

/// Takes words, paths and literals off the front of a filter or an ordering. Columns count Unicode scalars from 1.
struct FilterScanner {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    /// The longest text that is read, in bytes of UTF-8.
    static let bytesMax = 8_192

    init(_ text: String) throws(FilterError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw FilterError(column: 1, "the text must have at most \(Self.bytesMax) bytes, found \(text.utf8.count)")
        }
        scalars = Array(text.unicodeScalars)
    }

    var column: Int { position + 1 }
    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func skipWhiteSpace() {
        while let scalar = next, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { position += 1 }
    }

    /// True at the end of the text, white space left aside.
    mutating func isAtEnd() -> Bool {
        skipWhiteSpace()
        return position == scalars.count
    }

    /// What stands at `position`, in the words of a message: a word in quotes, or the end.
    func found() -> String {
        guard let scalar = next else { return "the end" }
        var end = position
        while end < scalars.count, Self.isNameCharacter(scalars[end]), end - position < 40 { end += 1 }
        if end > position { return "'\(Self.text(scalars[position..<end]))'" }
        return NameCharacters.isControl(scalar) || NameCharacters.isInvisibleFormat(scalar)
            ? NameCharacters.codePoint(scalar) : "'\(scalar)'"
    }

    mutating func take(_ symbol: Unicode.Scalar) -> Bool {
        skipWhiteSpace()
        guard next == symbol else { return false }
        position += 1
        return true
    }

    /// Takes a keyword in whatever case, where it stands as a whole word.
    mutating func takeKeyword(_ keyword: String) -> Bool {
        skipWhiteSpace()
        let end = position + keyword.utf8.count
        guard end <= scalars.count, end == scalars.count || !Self.isNameCharacter(scalars[end]) else { return false }
        for (scalar, expected) in zip(scalars[position..<end], keyword.unicodeScalars) {
            let upper = ("a"..."z").contains(scalar) ? scalar.value - 32 : scalar.value
            guard upper == expected.value else { return false }
        }
        position = end
        return true
    }

    /// Takes a relation; the longer ones are tried first.
    mutating func takeRelation() -> FilterRelation? {
        skipWhiteSpace()
        for relation: FilterRelation in [.lessOrEqual, .greaterOrEqual, .notEqual, .less, .greater, .equal] {
            let symbols = Array(relation.rawValue.unicodeScalars)
            if scalars[position...].starts(with: symbols) {
                position += symbols.count
                return relation
            }
        }
        return nil
    }

    /// Takes a field's path: names with dots between them; a name in backquotes or double quotes may hold anything.
    mutating func path() throws(FilterError) -> FieldPath {
        skipWhiteSpace()
        var segments = [try segment(isFirst: true)]
        while next == "." {
            position += 1
            segments.append(try segment(isFirst: false))
        }
        return FieldPath(segments)
    }

    private mutating func segment(isFirst: Bool) throws(FilterError) -> String {
        if let quote = next, quote == "`" || quote == "\"" { return try quoted(quote) }
        let start = position
        while let scalar = next, Self.isNameCharacter(scalar) { position += 1 }
        guard position > start, !isFirst || !("0"..."9").contains(scalars[start]), scalars[start] != "-" else {
            position = start
            throw FilterError(column: column, "expected a field's name, found \(found())")
        }
        return Self.text(scalars[start..<position])
    }

    /// Takes a string in the quotes that stand at `position`; a quote is written twice within. Not U+0000, which
    /// neither a name nor a value may hold.
    private mutating func quoted(_ quote: Unicode.Scalar) throws(FilterError) -> String {
        let start = column
        position += 1
        var content: [Unicode.Scalar] = []
        while let scalar = next {
            position += 1
            if scalar == "\0" { throw FilterError(column: column - 1, "the character U+0000 cannot stand in a filter") }
            guard scalar == quote else {
                content.append(scalar)
                continue
            }
            guard next == quote else { return Self.text(content[...]) }
            content.append(quote)
            position += 1
        }
        throw FilterError(column: start, "the quote that opens here is never closed")
    }

    /// Takes a literal: a string in single or double quotes, a number, `true` or `false`.
    mutating func literal() throws(FilterError) -> FilterValue {
        skipWhiteSpace()
        if let quote = next, quote == "'" || quote == "\"" { return .string(try quoted(quote)) }
        if takeKeyword("TRUE") { return .boolean(true) }
        if takeKeyword("FALSE") { return .boolean(false) }
        if takeKeyword("NULL") {
            throw FilterError(column: column - 4, "nothing compares with NULL; write IS NULL or IS NOT NULL")
        }
        return try number()
    }

    private mutating func number() throws(FilterError) -> FilterValue {
        let start = position
        var previous: Unicode.Scalar = "e"
        while let scalar = next, Self.isNumberCharacter(scalar, after: previous) {
            previous = scalar
            position += 1
        }
        let text = Self.text(scalars[start..<position])
        let isFollowedByName = next.map(Self.isNameCharacter) ?? false
        guard text.utf8.contains(where: { (0x30...0x39).contains($0) }), !isFollowedByName else {
            position = start
            throw FilterError(column: column, "expected a value ('text', a number, true or false), found \(found())")
        }
        if let integer = Int64(text) { return .integer(integer) }
        guard let double = Double(text) else {
            throw FilterError(column: start + 1, "'\(text)' is not a number; a version or time stands in quotes")
        }
        guard double.isFinite else { throw FilterError(column: start + 1, "the number \(text) is too large") }
        return .double(double)
    }

    /// Digits, a point, an exponent; a sign at the start or of the exponent, which both follow an "e" here.
    private static func isNumberCharacter(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", ".", "e", "E": true
        case "+", "-": previous == "e" || previous == "E"
        default: false
        }
    }

    /// What an unquoted name is made of: letters, digits, `_` and `-`.
    private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: scalar.value >= 0x80 && scalar.properties.isAlphabetic
        }
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

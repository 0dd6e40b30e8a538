/// A pattern of `LIKE` or `ILIKE`: `%` stands for any text, `_` for one character (Unicode scalar), a backslash takes
/// the next character literally. The whole text must match.
package struct FilterPattern: Sendable, Equatable {
    /// A piece of a pattern.
    package enum Element: Sendable, Equatable {
        /// This character.
        case literal(Unicode.Scalar)
        /// Exactly one character.
        case one
        /// Any number of characters; never twice in a row.
        case run
    }

    /// As written.
    package let text: String
    /// The pattern taken apart, its escapes undone: what a translation into another notation starts from.
    package let elements: [Element]
    /// False for `ILIKE`, which takes the letters A to Z and a to z for the same.
    package let isCaseSensitive: Bool

    /// Nil where the text ends in a backslash that has nothing to take.
    package init?(_ text: String, isCaseSensitive: Bool) {
        self.text = text
        self.isCaseSensitive = isCaseSensitive
        var elements: [Element] = []
        var isEscaped = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case _ where isEscaped:
                elements.append(.literal(scalar))
                isEscaped = false
            case "\\": isEscaped = true
            case "%": if elements.last != .run { elements.append(.run) }
            case "_": elements.append(.one)
            default: elements.append(.literal(scalar))
            }
        }
        if isEscaped { return nil }
        self.elements = elements
    }

    /// Takes time in the order of pattern times text at most: a failed run is only ever taken up again at the last `%`.
    package func matches(_ candidate: String) -> Bool {
        let scalars = Array(candidate.unicodeScalars)
        var place = 0
        var element = 0
        var retry: (element: Int, place: Int)?
        while place < scalars.count {
            if element < elements.count, elements[element] == .run {
                retry = (element + 1, place)
                element += 1
            } else if element < elements.count, isMatch(elements[element], scalars[place]) {
                element += 1
                place += 1
            } else if let last = retry {
                retry = (last.element, last.place + 1)
                element = last.element
                place = last.place + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .run }
    }

    private func isMatch(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .literal(let expected):
            isCaseSensitive ? expected == scalar : Self.folded(expected) == Self.folded(scalar)
        case .one: true
        case .run: false
        }
    }

    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        ("A"..."Z").contains(scalar) ? scalar.value + 32 : scalar.value
    }
}

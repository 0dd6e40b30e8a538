/// Which models a token reaches: name patterns in which `*` stands for any run of characters and `?` for one.
package struct ModelScope: Sendable, Hashable {
    package let patterns: [String]
    /// True where one pattern is `*`, the common case that needs no matching.
    package let isUnlimited: Bool

    package init(patterns: [String]) {
        self.patterns = patterns
        isUnlimited = patterns.contains("*")
    }

    package static let everything = ModelScope(patterns: ["*"])

    /// Whether some pattern matches the whole name.
    package func contains(_ name: String) -> Bool {
        if isUnlimited { return true }
        let characters: [Unicode.Scalar] = Array(name.unicodeScalars)
        return patterns.contains { ModelScope.matches(Array($0.unicodeScalars), characters) }
    }

    /// Whether everything that a pattern stands for is in scope: only a star of the scope's own matches its stars, however
    /// many characters they are read as.
    package func covers(_ pattern: String) -> Bool {
        ["", "*", "**"].allSatisfy { run in contains(pattern.replacing("*", with: run)) }
    }

    /// Linear-time in practice and never worse than pattern times name: one star is remembered, not a stack of them.
    private static func matches(_ pattern: [Unicode.Scalar], _ name: [Unicode.Scalar]) -> Bool {
        var inPattern: Int = 0
        var inName: Int = 0
        var star: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern, inName)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == name[inName] {
                inPattern += 1
                inName += 1
            } else if let last = star {
                inPattern = last.pattern + 1
                inName = last.name + 1
                star = (last.pattern, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}

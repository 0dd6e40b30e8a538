/// A package with what is demanded of its version, as `dependencies.packages` lists it.
struct PackageRequirement: Sendable {
    /// In the one spelling that all spellings of a name share (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`.
    let name: String
    /// `1.26.4` for `==1.26.4`, else what follows the name as it stands; `*` where nothing does.
    let version: String

    init(_ text: String) {
        let isName: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        let start: Substring = text.drop(while: \.isWhitespace)
        let raw: Substring = start.prefix(while: isName)
        let rest: String = start.dropFirst(raw.count).filter { !$0.isWhitespace }
        name = raw.isEmpty ? text : PackageRequirement.normalized(raw)
        let exact: Substring = rest.drop(while: { $0 == "=" })
        if rest.isEmpty {
            version = "*"
        } else if rest.hasPrefix("=="), ExactVersion.isOne(String(exact)) {
            version = String(exact)
        } else {
            version = rest
        }
    }

    /// Versions by name. A package that is listed several times, for several platforms, has all that is said of it.
    static func byName(_ texts: [String]) -> [String: String] {
        let all: [PackageRequirement] = texts.map { PackageRequirement($0) }
        return Dictionary(grouping: all, by: \.name).mapValues { same in
            Set(same.map(\.version)).sorted().joined(separator: ", ")
        }
    }

    private static func normalized(_ name: Substring) -> String {
        let parts: [Substring] = name.lowercased()[...].split(whereSeparator: { "-_.".contains($0) })
        return parts.joined(separator: "-")
    }
}

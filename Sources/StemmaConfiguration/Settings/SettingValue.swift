/// A setting's value without its Swift type, as the sources of a configuration carry it.
package enum SettingValue: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case list([String])
}

/// What a setting accepts. Checks answer nil for a good text, else what it must be ("must be ...").
package enum SettingKind: Sendable {
    case text(check: @Sendable (String) -> String?)
    case integer(ClosedRange<Int64>)
    case boolean
    /// One of a few words.
    case choice([String])
    /// A file mode in octal digits, at most 0777.
    case mode
    case list(minimumCount: Int, check: @Sendable (String) -> String?)

    /// Reads one text as it stands in the environment, in a flag or in a YAML scalar. A list takes its items separated
    /// by commas, the empty text being the empty list. Throws `SettingProblem`.
    func parse(_ text: String) throws(SettingProblem) -> SettingValue {
        switch self {
        case .text(let check):
            if let problem = check(text) { throw SettingProblem(problem) }
            return .text(text)
        case .integer(let range):
            return .integer(try SettingKind.integer(text, in: range))
        case .boolean:
            guard text == "true" || text == "false" else { throw SettingProblem("must be true or false") }
            return .boolean(text == "true")
        case .choice(let words):
            guard words.contains(text) else { throw SettingProblem("must be one of " + words.joined(separator: ", ")) }
            return .text(text)
        case .mode:
            let isOctal: Bool = (3...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x37).contains($0) }
            guard isOctal, let mode = Int64(text, radix: 8), mode <= 0o777 else {
                throw SettingProblem("must be a file mode in octal digits such as 0660")
            }
            return .integer(mode)
        case .list:
            let pieces: [Substring] = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
            return try parse(items: pieces.map { SettingKind.trimmed($0) })
        }
    }

    /// Reads the items of a list. Throws `SettingProblem` that names the first bad item.
    func parse(items: [String]) throws(SettingProblem) -> SettingValue {
        guard case .list(let minimumCount, let check) = self else {
            throw SettingProblem("must be one value, not a list")
        }
        for item in items {
            if let problem = check(item) { throw SettingProblem("`\(item)` " + problem) }
        }
        guard items.count >= minimumCount else { throw SettingProblem("must have at least \(minimumCount) entry") }
        return .list(items)
    }

    /// Decimal digits, which `_` may group. A leading zero is refused, as YAML would read octal there.
    private static func integer(_ text: String, in range: ClosedRange<Int64>) throws(SettingProblem) -> Int64 {
        let digits: String = text.filter { $0 != "_" }
        let unsigned: Substring = digits.hasPrefix("-") ? digits.dropFirst() : Substring(digits)
        let isDecimal: Bool =
            !unsigned.isEmpty && unsigned.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (unsigned == "0" || !unsigned.hasPrefix("0")) && !text.hasPrefix("_") && !text.hasSuffix("_")
        let expectation = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard isDecimal else { throw SettingProblem(expectation) }
        guard let value = Int64(digits), range.contains(value) else {
            throw SettingProblem(expectation + ", not \(text)")
        }
        return value
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest: Substring = text
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }

    /// The value in the notation of YAML.
    package func yaml(_ value: SettingValue) -> String {
        switch value {
        case .integer(let number):
            guard case .mode = self else { return String(number) }
            let digits = String(number, radix: 8)
            return "\"" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "\""
        case .boolean(let flag):
            return flag ? "true" : "false"
        case .text(let text):
            if case .choice(let words) = self, !words.contains(where: { $0.utf8.first.map { $0 < 0x41 } ?? true }) {
                return text
            }
            return SettingKind.quoted(text)
        case .list(let items):
            return "[" + items.map { SettingKind.quoted($0) }.joined(separator: ", ") + "]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        LogText.appendQuoted(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is accepted, for the comment above a key; nil where the summary says it all.
    var constraint: String? {
        switch self {
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): words.joined(separator: ", ")
        case .text, .boolean, .mode, .list: nil
        }
    }
}

/// Why a text is no value for a setting.
struct SettingProblem: Error, Equatable {
    let detail: String

    init(_ detail: String) { self.detail = detail }
}

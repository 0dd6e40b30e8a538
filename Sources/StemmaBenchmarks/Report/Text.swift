/// Numbers and columns as text.
enum Text {
    /// With exactly that many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign: String = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        return "\(sign)\(scaled / scale)." + padded(left: "\(scaled % scale)", decimals, with: "0")
    }

    /// Rounded to a whole number, with a comma before each group of three digits.
    static func grouped(_ value: Double) -> String {
        let digits: [Character] = Array(fixed(abs(value), 0))
        var result: String = value <= -0.5 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// Without a needless `.0`.
    static func shortest(_ value: Double) -> String {
        value == value.rounded() ? fixed(value, 0) : "\(value)"
    }

    /// Filled with spaces at the right.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Filled at the left.
    static func padded(left text: String, _ width: Int, with filler: String = " ") -> String {
        String(repeating: filler, count: max(0, width - text.count)) + text
    }

    static func trimmedRight(_ text: String) -> String {
        var text: String = text
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Without white space at either end.
    static func trimmed(_ text: some StringProtocol) -> String {
        var rest: Substring =
            text.drop(while: \.isWhitespace) as? Substring ?? Substring(text.drop(while: \.isWhitespace))
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

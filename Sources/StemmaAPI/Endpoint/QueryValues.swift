internal import StemmaJSON
internal import StemmaRegistry

/// The query of a request: decoded once, each name at most once, only names the operation knows.
package struct QueryValues: Sendable {
    private let values: [String: String]

    /// Throws `validationFailed` for unknown or repeated names, `invalidRequest` for a bad encoding or a token in the query.
    init(_ text: String?, allowed: [QueryParameter]) throws(StemmaError) {
        var values: [String: String] = [:]
        var faults: [StemmaError.Fault] = []
        for pair in (text ?? "").split(separator: "&") {
            let halves: [Substring] = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = QueryValues.decode(halves[0]),
                let value = QueryValues.decode(halves.count > 1 ? halves[1] : "")
            else { throw StemmaError(.invalidRequest, "the query is not valid percent-encoded UTF-8") }
            if ["access_token", "token", "api_key"].contains(name.lowercased()) {
                throw StemmaError(.invalidRequest, "a token belongs into the Authorization header, never into a URL")
            }
            if !allowed.contains(where: { $0.name == name }) {
                faults.append(StemmaError.Fault(pointer: "?\(name)", detail: "unknown query parameter"))
            } else if values[name] != nil {
                faults.append(StemmaError.Fault(pointer: "?\(name)", detail: "appears more than once"))
            }
            values[name] = value
        }
        guard faults.isEmpty else { throw StemmaError(.validationFailed, "the query has a fault", faults: faults) }
        self.values = values
    }

    subscript(_ name: String) -> String? { values[name] }

    /// Throws `validationFailed` where it is no integer.
    func integer(_ name: String) throws(StemmaError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), String(number) == text else {
            throw StemmaError(
                .validationFailed, "the query has a fault",
                faults: [StemmaError.Fault(pointer: "?\(name)", detail: "must be an integer")])
        }
        return number
    }

    /// A number of things, or a place among them. Throws `validationFailed` where it is none that JSON can tell.
    func count(_ name: String) throws(StemmaError) -> Int64? {
        guard let number = try integer(name) else { return nil }
        guard number >= 0, number <= CanonicalJSON.largestSafeInteger else {
            throw StemmaError(
                .validationFailed, "the query has a fault",
                faults: [
                    StemmaError.Fault(pointer: "?\(name)", detail: "must be 0 to \(CanonicalJSON.largestSafeInteger)")
                ])
        }
        return Int64(number)
    }

    /// Throws `validationFailed` where it is no decimal number that is finite.
    func number(_ name: String) throws(StemmaError) -> Double? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text), number.isFinite, text.allSatisfy({ "0123456789.eE+-".contains($0) }) else {
            throw StemmaError(
                .validationFailed, "the query has a fault",
                faults: [StemmaError.Fault(pointer: "?\(name)", detail: "must be a number")])
        }
        return number
    }

    /// `true` or `false`; absent means false.
    func boolean(_ name: String) throws(StemmaError) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        default:
            throw StemmaError(
                .validationFailed, "the query has a fault",
                faults: [StemmaError.Fault(pointer: "?\(name)", detail: "must be true or false")])
        }
    }

    /// Throws `validationFailed` where it is no time.
    func time(_ name: String) throws(StemmaError) -> Timestamp? {
        guard let text = values[name] else { return nil }
        guard let time = Timestamp(text) else {
            throw StemmaError(
                .validationFailed, "the query has a fault",
                faults: [StemmaError.Fault(pointer: "?\(name)", detail: "must be an RFC 3339 time or a date")])
        }
        return time
    }

    /// Percent-decoding with `+` for a space; nil where the result is not UTF-8 or holds a NUL.
    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest: Substring.UTF8View.SubSequence = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

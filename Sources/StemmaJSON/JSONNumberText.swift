/// Numbers as text, laid out as ECMAScript does (ECMA-262, `Number::toString`), which RFC 8785 section 3.2.2.3 asks
/// for.
///
/// Swift finds the same shortest digits but writes them otherwise: `1e+16` for 10000000000000000, `1e-05` for 0.00001.
enum JSONNumberText {
    /// Appends a decimal integer.
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        if rest < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest))
            return
        }
        let start = bytes.count
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// Appends a double. What is not finite has no text in JSON and becomes `null`, as in ECMAScript's
    /// `JSON.stringify`.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        guard value.isFinite else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        let exactIntegers = 9_007_199_254_740_992.0
        if value.magnitude <= exactIntegers, value == value.rounded(.towardZero) {
            append(Int64(value), to: &bytes)
            return
        }
        var number = ShortestDecimal(value)
        number.appendLayout(to: &bytes)
    }
}

/// The shortest digits that denote a double, and where the point stands.
private struct ShortestDecimal {
    private let isNegative: Bool
    /// ASCII digits without leading and trailing zeros.
    private var digits: [UInt8] = []
    /// How many digits stand before the point; may be negative or beyond the digits (`n` in ECMA-262).
    private var pointPosition = 0

    /// Takes apart what Swift prints, such as `1.5`, `-1e+16` or `2.5e-07`. The value is finite and not zero.
    init(_ value: Double) {
        isNegative = value < 0
        var exponent = 0
        var isExponentNegative = false
        var isInExponent = false
        var integerDigits: Int?
        for byte in value.magnitude.description.utf8 {
            switch byte {
            case UInt8(ascii: "."): integerDigits = digits.count
            case UInt8(ascii: "e"): isInExponent = true
            case UInt8(ascii: "-"): isExponentNegative = true
            case UInt8(ascii: "+"): break
            default:
                if isInExponent {
                    exponent = exponent * 10 + Int(byte - 0x30)
                } else {
                    digits.append(byte)
                }
            }
        }
        pointPosition = (integerDigits ?? digits.count) + (isExponentNegative ? -exponent : exponent)
        let leadingZeros = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(leadingZeros)
        pointPosition -= leadingZeros
        while digits.last == 0x30 { digits.removeLast() }
    }

    /// The five layouts of ECMA-262, `Number::toString`, steps 6 to 10.
    mutating func appendLayout(to bytes: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        let point = UInt8(ascii: ".")
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        switch pointPosition {
        case digits.count...21:
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(zero, count: pointPosition - digits.count))
        case 1...21:
            bytes.append(contentsOf: digits[..<pointPosition])
            bytes.append(point)
            bytes.append(contentsOf: digits[pointPosition...])
        case -5...0:
            bytes.append(zero)
            bytes.append(point)
            bytes.append(contentsOf: repeatElement(zero, count: -pointPosition))
            bytes.append(contentsOf: digits)
        default:
            bytes.append(digits[0])
            if digits.count > 1 {
                bytes.append(point)
                bytes.append(contentsOf: digits[1...])
            }
            bytes.append(UInt8(ascii: "e"))
            let exponent = pointPosition - 1
            if exponent > 0 { bytes.append(UInt8(ascii: "+")) }
            JSONNumberText.append(Int64(exponent), to: &bytes)
        }
    }
}

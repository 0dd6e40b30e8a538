extension JSONReader {
    /// Reads the number that begins at `position` (RFC 8259 section 6).
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var digits = DigitRun()
        let firstDigit = position
        takeDigits(&digits)
        guard position > firstDigit else {
            throw position < count ? JSONError(.invalidNumber, byteOffset: start) : unexpected()
        }
        if base[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
            throw JSONError(.leadingZero, byteOffset: firstDigit)
        }
        let isInteger = byte != UInt8(ascii: ".") && byte | 0x20 != UInt8(ascii: "e")
        if isInteger, let value = digits.integer(isNegative: isNegative) { return .integer(value) }

        let exponent = try fraction(start, &digits) + exponent(start)
        if let value = digits.exactDouble(exponent: exponent) { return .double(isNegative ? -value : value) }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: position - start), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(.numberOutOfRange, byteOffset: start)
        }
        return .double(value)
    }

    @inline(__always)
    private mutating func takeDigits(_ digits: inout DigitRun) {
        while position < count {
            let digit = base[position] &- 0x30
            guard digit < 10 else { return }
            digits.append(digit)
            position += 1
        }
    }

    /// Takes the fraction, if any, into `digits` and answers the power of ten that it shifts them by.
    private mutating func fraction(_ start: Int, _ digits: inout DigitRun) throws(JSONError) -> Int {
        guard byte == UInt8(ascii: ".") else { return 0 }
        position += 1
        let firstDigit = position
        takeDigits(&digits)
        guard position > firstDigit else {
            throw position < count ? JSONError(.invalidNumber, byteOffset: start) : unexpected()
        }
        return firstDigit - position
    }

    /// Takes the exponent, if any. One too long to matter comes back as a very large number.
    private mutating func exponent(_ start: Int) throws(JSONError) -> Int {
        guard byte | 0x20 == UInt8(ascii: "e") else { return 0 }
        position += 1
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative || byte == UInt8(ascii: "+") { position += 1 }
        let firstDigit = position
        var exponent = 0
        while position < count {
            let digit = base[position] &- 0x30
            guard digit < 10 else { break }
            if exponent < 1_000_000 { exponent = exponent * 10 + Int(digit) }
            position += 1
        }
        guard position > firstDigit else {
            throw position < count ? JSONError(.invalidNumber, byteOffset: start) : unexpected()
        }
        return isNegative ? -exponent : exponent
    }
}

/// The decimal digits of a number without its point, as an integer while they fit.
private struct DigitRun {
    private var magnitude: UInt64 = 0
    private var count = 0

    /// 19 digits always fit 64 bits.
    private var isExact: Bool { count <= 19 }

    @inline(__always)
    mutating func append(_ digit: UInt8) {
        count += 1
        if isExact { magnitude = magnitude &* 10 &+ UInt64(digit) }
    }

    func integer(isNegative: Bool) -> Int64? {
        guard isExact else { return nil }
        if !isNegative { return Int64(exactly: magnitude) }
        return magnitude <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }

    /// The number itself where one correctly rounded operation gives it: both factors are exact in a double (Clinger
    /// 1990).
    func exactDouble(exponent: Int) -> Double? {
        guard isExact, magnitude <= UInt64(1) << 53, (-22...22).contains(exponent) else { return nil }
        let significand = Double(magnitude)
        return exponent < 0 ? significand / Self.powersOfTen[-exponent] : significand * Self.powersOfTen[exponent]
    }

    /// The powers of ten that a double holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

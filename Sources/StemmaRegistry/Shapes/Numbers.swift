internal import StemmaJSON

/// Numbers for answers, which JSON can only write where they are finite.
enum FiniteNumber {
    /// Null where there is none or it is not finite.
    static func json(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .double(value)
    }
}

/// Comparing differences of decimal fractions with decimal bounds.
enum DecimalBound {
    /// Whether two numbers are no further apart than `bound`.
    ///
    /// 0.934 and 0.933 are a little more than 0.001 apart as doubles. The bound therefore yields by what the two numbers
    /// and their difference may each be rounded: half a unit in the last place of the larger one. Where nothing is
    /// allowed, nothing yields.
    static func holds(difference: Double, of left: Double, _ right: Double, upTo bound: Double) -> Bool {
        if difference <= bound { return true }
        return bound > 0 && difference - bound <= slack(left, right)
    }

    /// Whether a difference of two numbers reaches `bound`, with the same yielding.
    static func reaches(difference: Double, of left: Double, _ right: Double, atLeast bound: Double) -> Bool {
        difference >= bound || bound > 0 && difference > 0 && bound - difference <= slack(left, right)
    }

    private static func slack(_ left: Double, _ right: Double) -> Double { 2 * max(abs(left), abs(right)).ulp }
}

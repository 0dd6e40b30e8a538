/// An interval of values, both ends in it.
package struct Interval: Equatable, Sendable {
    package let lower: Double
    package let upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// That far to both sides of a value.
    package init(around centre: Double, reach: Double) { self.init(lower: centre - reach, upper: centre + reach) }
}

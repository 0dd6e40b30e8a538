/// How fine values are kept at some moment. Whole days and whole months pass from one form into the next, so that a day has
/// all of its points or none, and a month is made of days or is one row.
package struct ObservationRetention: Sendable {
    /// Values of this day and later ones are kept as points, too.
    package let firstPointDay: Int64
    /// Values of this day and later ones have a roll-up of their day; earlier ones only that of their month. The first day
    /// of a month.
    package let firstDay: Int64

    package init(at now: Timestamp, _ limits: Limits) {
        firstPointDay = now.dayNumber - limits.observationPointDays
        let oldest: Int64 = now.dayNumber - limits.observationDayDays
        firstDay = Timestamp.firstDay(ofMonth: Timestamp.monthNumber(ofDay: oldest))
    }
}

/// One line of the report: what the daemon did, what its yardstick did, and the bar.
struct Finding {
    /// The measure it belongs to, and what exactly was measured.
    let measure: String
    let title: String
    let unit: Unit
    /// Medians are taken of these.
    let stemma: [Double]
    /// Nil where the daemon is held against a fixed number.
    var yardstick: Yardstick?
    /// Nil where the line is only for information.
    var bar: Bar?
    /// What a reader must know to judge the number.
    var note: String?

    /// What the daemon is held against, measured in the same run.
    struct Yardstick {
        let name: String
        let samples: [Double]

        var median: Double { Statistics.median(samples) }
    }

    /// The limit of the ratio daemon : yardstick, or of the daemon's own value where there is no yardstick.
    enum Bar {
        case atLeast(Double)
        case atMost(Double)
        case below(Double)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atLeast(let limit): value >= limit
            case .atMost(let limit): value <= limit
            case .below(let limit): value < limit
            }
        }

        var limit: Double {
            switch self {
            case .atLeast(let limit), .atMost(let limit), .below(let limit): limit
            }
        }

        var sign: String {
            switch self {
            case .atLeast: ">="
            case .atMost: "<="
            case .below: "<"
            }
        }
    }

    /// What a number counts; decides how it is printed.
    enum Unit: String {
        case perSecond = "1/s"
        case seconds = "s"
        case bytes = "bytes"
        case bytesPerSecond = "bytes/s"
        case count
        case microseconds = "us"
    }

    var median: Double { Statistics.median(stemma) }

    /// Daemon : yardstick, of the medians.
    var ratio: Double? {
        guard let yardstick, yardstick.median > 0 else { return nil }
        return median / yardstick.median
    }

    /// Nil where there is no bar.
    var isMet: Bool? {
        guard let bar else { return nil }
        return bar.isMet(by: yardstick == nil ? median : ratio ?? .nan)
    }
}

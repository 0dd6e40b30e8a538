package import StemmaJSON

/// The observations of one request, checked and sorted.
package struct ObservationBatch: Sendable {
    /// Values of one metric.
    package struct Series: Sendable {
        package let metric: String
        /// Where the request names the metric first.
        package let pointer: String
        /// By time, one for each moment.
        package let points: [ObservationPoint]
    }

    /// By metric name.
    package let series: [Series]
    /// Items as sent.
    package let count: Int
    /// Items that a later item of the request for the same metric and moment takes the place of.
    package let repeated: Int
    /// The first and the last moment.
    package let from: Timestamp
    package let to: Timestamp

    private static let maxFaults: Int = 100

    /// Reads a request: an object with `observations`, or the array itself. Items without a time get `now`.
    /// Throws `validationFailed` with a fault for every item, at most 100.
    package init(_ body: JSONValue, now: Timestamp, _ limits: Limits) throws(StemmaError) {
        let isBare: Bool = body.array != nil
        let faults: [ShapeFault] =
            isBare ? ObservationShapes.items.faults(in: body) : ObservationShapes.request.faults(in: body)
        guard faults.isEmpty, let items = body.array ?? body["observations"]?.array else {
            throw StemmaError.validation(faults)
        }
        var reader = ItemReader(root: isBare ? "" : "/observations", now: now, limits: limits)
        for (index, item) in items.enumerated() where reader.faults.count < ObservationBatch.maxFaults {
            reader.read(item, at: index)
        }
        guard reader.faults.isEmpty else {
            throw StemmaError.validation(Array(reader.faults.prefix(ObservationBatch.maxFaults)))
        }
        let sorted: [Series] = reader.series()
        series = sorted
        count = items.count
        repeated = items.count - sorted.reduce(0) { $0 + $1.points.count }
        from = sorted.compactMap { $0.points.first?.at }.min() ?? now
        to = sorted.compactMap { $0.points.last?.at }.max() ?? now
    }

    /// Collects the points of items by metric.
    private struct ItemReader {
        private struct Found {
            let firstIndex: Int
            var points: [ObservationPoint] = []
            /// The item without a time, where there is one.
            var timeless: Int?
        }

        let root: String
        let now: Timestamp
        let limits: Limits
        private(set) var faults: [ShapeFault] = []
        private var found: [ExactName: Found] = [:]

        init(root: String, now: Timestamp, limits: Limits) {
            self.root = root
            self.now = now
            self.limits = limits
        }

        mutating func read(_ item: JSONValue, at index: Int) {
            guard let members = item.object, let metric = members["metric"]?.string,
                let value = members["value"]?.number
            else { return }
            let before: Int = faults.count
            if abs(value) > limits.observationMagnitude {
                report("must be at most \(limits.observationMagnitude) in magnitude", "value", index)
            }
            var moment: Timestamp = now
            let time: String? = members["at"]?.string
            if let time, let given = Timestamp(time) {
                moment = given
                if given > now.adding(milliseconds: limits.observationFutureMilliseconds) {
                    report("lies in the future; the registry's clock says \(now)", "at", index)
                } else if given.milliseconds < 0 {
                    report("must not be before 1970", "at", index)
                }
            }
            var window: Int64?
            if let given = members["window"], !given.isNull {
                window = ObservationWindow.seconds(given, limit: limits.observationWindowSeconds)
                if window == nil {
                    let most: Int64 = limits.observationWindowSeconds
                    report("must be 1 to \(most) seconds, or such a span as 30m, 1h or 1d", "window", index)
                }
            }
            var series: Found = found[ExactName(metric)] ?? Found(firstIndex: index)
            if time == nil {
                // Two values of one moment would be one; nobody means that who leaves the moment out.
                if series.timeless != nil { report("is needed where a metric comes more than once", "at", index) }
                series.timeless = index
            }
            guard faults.count == before else { return }
            series.points.append(ObservationPoint(at: moment, value: value, windowSeconds: window))
            // Nobody else may hold the array while it grows.
            found[ExactName(metric)] = nil
            found[ExactName(metric)] = series
        }

        private mutating func report(_ detail: String, _ member: String, _ index: Int) {
            let pointer: String = JSONPointer.appending(member, to: JSONPointer.appending(index, to: root))
            faults.append(ShapeFault(pointer: pointer, detail: detail))
        }

        func series() -> [Series] {
            found.map { name, found in
                Series(
                    metric: name.text,
                    pointer: JSONPointer.appending("metric", to: JSONPointer.appending(found.firstIndex, to: root)),
                    points: ItemReader.sorted(found.points))
            }.sorted { ExactText.precedes($0.metric, $1.metric) }
        }

        /// By time; of several at the same moment the one that was sent last.
        private static func sorted(_ points: [ObservationPoint]) -> [ObservationPoint] {
            let order: [(offset: Int, element: ObservationPoint)] = points.enumerated().sorted {
                ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
            }
            var kept: [ObservationPoint] = []
            kept.reserveCapacity(order.count)
            for (_, point) in order {
                if kept.last?.at == point.at { kept.removeLast() }
                kept.append(point)
            }
            return kept
        }
    }
}

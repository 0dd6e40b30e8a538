/// Labels by number, in the order in which they were first seen. Labels are compared byte by byte.
struct ClassTable: Sendable {
    /// All labels one after the other.
    private var text: [UInt8] = []
    /// Where each label ends in `text`.
    private var ends: [Int] = []
    /// Open addressing: a label's number and 1, or 0 where the place is free. A power of two of them.
    private var places: [UInt32] = [UInt32](repeating: 0, count: 64)

    var count: Int { ends.count }

    /// The number of a label, or nil.
    func number(of label: UnsafeRawBufferPointer) -> Int? {
        let found: UInt32 = places[place(of: label)]
        return found == 0 ? nil : Int(found) - 1
    }

    /// The number of a label, or nil.
    func number(of label: [UInt8]) -> Int? { label.withUnsafeBytes { number(of: $0) } }

    /// The number of a label, which is the next one where it is new.
    mutating func insert(_ label: [UInt8]) -> Int {
        let place: Int = label.withUnsafeBytes { self.place(of: $0) }
        if places[place] != 0 { return Int(places[place]) - 1 }
        text.append(contentsOf: label)
        ends.append(text.count)
        places[place] = UInt32(ends.count)
        if ends.count * 2 > places.count { grow() }
        return ends.count - 1
    }

    /// The bytes of a label.
    subscript(_ number: Int) -> ArraySlice<UInt8> { text[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

    /// The labels in the order of their bytes, and for each number the place that its label has there.
    var sorted: (names: [String], places: [Int32]) {
        let order: [Int] = (0..<count).sorted { self[$0].lexicographicallyPrecedes(self[$1]) }
        var places = [Int32](repeating: 0, count: count)
        for (place, number) in order.enumerated() { places[number] = Int32(place) }
        return (order.map { name($0) }, places)
    }

    /// A label as text.
    func name(_ number: Int) -> String { String(decoding: self[number], as: UTF8.self) }

    /// Where a label is, or would be put.
    private func place(of label: UnsafeRawBufferPointer) -> Int {
        // Seeded for each process, so that nobody can choose labels that all want the same place.
        var hasher = Hasher()
        hasher.combine(bytes: label)
        var place: Int = hasher.finalize() & (places.count - 1)
        while places[place] != 0, !isSame(label, Int(places[place]) - 1) { place = (place + 1) & (places.count - 1) }
        return place
    }

    private func isSame(_ label: UnsafeRawBufferPointer, _ number: Int) -> Bool {
        let start: Int = number == 0 ? 0 : ends[number - 1]
        guard ends[number] - start == label.count else { return false }
        for index in 0..<label.count where label[index] != text[start + index] { return false }
        return true
    }

    private mutating func grow() {
        places = [UInt32](repeating: 0, count: places.count * 2)
        for number in 0..<ends.count {
            let place: Int = Array(self[number]).withUnsafeBytes { self.place(of: $0) }
            places[place] = UInt32(number + 1)
        }
    }
}

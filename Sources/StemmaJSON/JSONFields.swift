/// Reads the members of one JSON object strictly: each member is taken by name and type, and `finish` refuses what
/// nobody took. Nothing throws; faults go to the collector, and the value of a faulty member is nil.
///
///     let faults = FaultCollector()
///     let fields = JSONFields(body, faults: faults)
///     let name = fields.requiredString("name", maxBytes: 200)
///     let rows = fields.object("training_data")?.integer("row_count", range: 0...Int64.max)
///     fields.finish()
///     guard let name, faults.isEmpty else { /* 422 with faults.faults */ }
///
/// An optional member that is `null` counts as absent. Nested readers finish with their parent. Used by one task.
package final class JSONFields {
    /// Where the object stands in the document, as a JSON Pointer (RFC 6901).
    package let pointer: String
    /// Where faults go; shared by all readers of a document.
    package let faults: FaultCollector
    private let object: JSONObject
    /// Places of members by name, for objects too large to be searched again and again.
    private let places: [ExactName: Int]
    private var isTaken: [Bool]
    private var nested: [JSONFields] = []

    /// A value that is no object is a fault in itself; the reader then behaves as one of an empty object and reports no
    /// member as missing.
    package init(_ value: JSONValue, pointer: String = "", faults: FaultCollector) {
        self.pointer = pointer
        self.faults = faults
        object = value.object ?? JSONObject()
        isReadable = value.object != nil
        isTaken = Array(repeating: false, count: object.count)
        var places: [ExactName: Int] = [:]
        if object.count > 16 {
            for (place, member) in object.members.enumerated() { places[ExactName(member.name)] = place }
        }
        self.places = places
        if !isReadable { faults.add(pointer, "must be an object, found \(value.typeName)") }
    }

    /// False where the value was no object.
    package let isReadable: Bool

    /// True where the member is there, be it `null`. Does not count as taking it.
    package func has(_ name: String) -> Bool { place(of: name) != nil }

    /// True where the member is there and `null`, as a merge patch has it. Does not count as taking it.
    package func isNull(_ name: String) -> Bool { place(of: name).map { object.members[$0].value.isNull } ?? false }

    /// Takes a member of any type as it is, `null` included; nil where it is absent.
    package func value(_ name: String) -> JSONValue? {
        guard let place = place(of: name) else { return nil }
        isTaken[place] = true
        return object.members[place].value
    }

    /// Takes a member that must be there and not `null`.
    package func requiredValue(_ name: String) -> JSONValue? { present(name, isRequired: true) }

    /// Records a fault of the member `name`, for rules beyond its type.
    package func addFault(_ name: String, _ detail: String) { faults.add(pointer(to: name), detail) }

    /// The pointer to the member `name`.
    package func pointer(to name: String) -> String { JSONPointer.appending(name, to: pointer) }

    /// Records an "unknown field" for every member that was not taken, here and in the nested readers.
    package func finish() {
        for (place, member) in object.members.enumerated() where !isTaken[place] {
            addFault(member.name, "unknown field")
        }
        for fields in nested { fields.finish() }
    }

    /// Takes the member where it is present and not `null`; a missing required one is a fault.
    func present(_ name: String, isRequired: Bool) -> JSONValue? {
        let value = value(name)
        if let value, !value.isNull { return value }
        if isRequired, isReadable { addFault(name, value == nil ? "is required" : "is required and must not be null") }
        return nil
    }

    /// A reader of an object within this one, which finishes with it.
    func nest(_ value: JSONValue, at pointer: String) -> JSONFields {
        let fields = JSONFields(value, pointer: pointer, faults: faults)
        nested.append(fields)
        return fields
    }

    private func place(of name: String) -> Int? {
        if object.count > 16 { return places[ExactName(name)] }
        return object.members.firstIndex { ExactText.areSame($0.name, name) }
    }
}

/// Writes one compact JSON text front to back, commas included. Every answer of the daemon is made with it.
///
/// The calls must form a value: a key before each value in an object, an `end` for each `begin`. Nothing checks that
/// but `finish`, and only the nesting. Doubles have the layout of ECMAScript; a double that is not finite becomes
/// `null`.
///
///     var writer = JSONWriter()
///     writer.object { writer in
///         writer.field("name", "fraud_detection")
///         writer.key("aliases")
///         writer.value(["production"])
///     }
///     let bytes = writer.finish()
package struct JSONWriter: Sendable {
    /// What is written so far.
    package private(set) var bytes: [UInt8] = []
    private var isCommaDue = false
    private var depth = 0

    /// `capacity` in bytes is reserved from the start.
    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// The text. It is a programmer's error to ask for it while an array or object is open.
    package consuming func finish() -> [UInt8] {
        precondition(depth == 0, "an array or object is still open")
        return bytes
    }

    /// The text as a string.
    package consuming func finishedText() -> String { String(decoding: finish(), as: UTF8.self) }

    /// Opens an object; `key` and a value follow for each member, then `endObject`.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Closes the object opened last.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Opens an array; its elements follow, then `endArray`.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Closes the array opened last.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes an object whose members `body` writes.
    package mutating func object<Failure>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        beginObject()
        try body(&self)
        endObject()
    }

    /// Writes an array whose elements `body` writes.
    package mutating func array<Failure>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        beginArray()
        try body(&self)
        endArray()
    }

    /// Writes a member's name; its value is written next.
    package mutating func key(_ name: String) {
        comma()
        JSONStringText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        isCommaDue = false
    }

    /// Writes a member's name that is encoded already.
    package mutating func key(_ name: JSONKey) {
        comma()
        name.bytes.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        isCommaDue = false
    }

    /// Writes `null`.
    package mutating func null() { raw("null") }
    /// Writes `true` or `false`.
    package mutating func value(_ value: Bool) { raw(value ? "true" : "false") }
    /// Writes a decimal integer.
    package mutating func value(_ value: Int) { self.value(Int64(value)) }

    /// Writes a decimal integer.
    package mutating func value(_ value: Int64) {
        comma()
        JSONNumberText.append(value, to: &bytes)
    }

    /// Writes a number in ECMAScript's layout, `5.0` as `5`; `null` where it is not finite.
    package mutating func value(_ value: Double) {
        comma()
        JSONNumberText.append(value, to: &bytes)
    }

    /// Writes a string with its quotes and escapes.
    package mutating func value(_ value: String) {
        comma()
        JSONStringText.append(value, to: &bytes)
    }

    /// Writes a string by its UTF-8, with its quotes and escapes.
    package mutating func value(utf8 text: Span<UInt8>) {
        comma()
        text.withUnsafeBufferPointer { JSONStringText.append($0, to: &bytes) }
    }

    /// Writes an array of strings.
    package mutating func value(_ values: [String]) {
        beginArray()
        for value in values { self.value(value) }
        endArray()
    }

    /// Writes a whole value, members in their order.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): self.value(value)
        case .integer(let value): self.value(value)
        case .double(let value): self.value(value)
        case .string(let value): self.value(value)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let object): self.value(object)
        }
    }

    /// Writes a whole object, members in their order.
    package mutating func value(_ object: JSONObject) {
        beginObject()
        for member in object.members {
            key(member.name)
            value(member.value)
        }
        endObject()
    }

    /// Writes a value that is JSON text already. The caller vouches that it is one whole value.
    package mutating func raw(_ fragment: [UInt8]) {
        comma()
        bytes.append(contentsOf: fragment)
    }

    /// As above, for a part of a longer text.
    package mutating func raw(_ fragment: Span<UInt8>) {
        comma()
        fragment.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// As above, for text.
    package mutating func raw(_ fragment: String) {
        comma()
        bytes.append(contentsOf: fragment.utf8)
    }

    /// Writes a line feed, after which the next value begins a text of its own (NDJSON).
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        isCommaDue = false
    }

    private mutating func comma() {
        if isCommaDue { bytes.append(UInt8(ascii: ",")) }
        isCommaDue = true
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        isCommaDue = false
        depth += 1
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        isCommaDue = true
        depth -= 1
    }
}

/// A member's name with its quotes and its colon, encoded once for texts that repeat it tens of thousands of times.
package struct JSONKey: Sendable {
    fileprivate let bytes: [UInt8]

    package init(_ name: String) {
        var bytes: [UInt8] = []
        JSONStringText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        self.bytes = bytes
    }
}

// Members in one call: name and value. Nil is written as `null`, so that a resource has the same members always; leave
// the call out where a member shall be absent.
extension JSONWriter {
    /// A string or `null`.
    package mutating func field(_ name: String, _ value: String?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// An integer or `null`.
    package mutating func field(_ name: String, _ value: Int?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// An integer or `null`.
    package mutating func field(_ name: String, _ value: Int64?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// A number or `null`.
    package mutating func field(_ name: String, _ value: Double?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// A boolean or `null`.
    package mutating func field(_ name: String, _ value: Bool?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// An array of strings or `null`.
    package mutating func field(_ name: String, _ values: [String]?) {
        key(name)
        if let values { self.value(values) } else { null() }
    }

    /// Any value; nil is `null`.
    package mutating func field(_ name: String, _ value: JSONValue?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// An object or `null`.
    package mutating func field(_ name: String, _ object: JSONObject?) {
        key(name)
        if let object { self.value(object) } else { null() }
    }

    /// A member whose value is JSON text already; see `raw`.
    package mutating func field(_ name: String, raw fragment: [UInt8]?) {
        key(name)
        if let fragment { raw(fragment) } else { null() }
    }
}

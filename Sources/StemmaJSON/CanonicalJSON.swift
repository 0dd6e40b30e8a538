/// The one text of a JSON value that everybody who hashes or signs it arrives at: RFC 8785 (JSON Canonicalization
/// Scheme).
///
/// Members are sorted by the UTF-16 code units of their names, numbers have ECMAScript's layout, nothing is normalised.
package enum CanonicalJSON {
    /// The canonical text in UTF-8. Numbers are what they denote as doubles (RFC 8785 section 3.2.2.3), so integers
    /// beyond 2^53 lose their last digits here.
    package static func encode(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        if case .object = value { bytes.reserveCapacity(1_024) }
        append(value, to: &bytes)
        return bytes
    }

    /// As above, for the members of an object.
    package static func encode(_ object: JSONObject) -> [UInt8] { encode(.object(object)) }

    /// The canonical text of a leaf of the audit log. Throws `NotALeafValue` for numbers on which two readers might
    /// disagree: all but integers within 2^53 - 1 of zero. (Decimals go into a leaf as strings.)
    package static func encodeLeaf(_ value: JSONValue) throws(NotALeafValue) -> [UInt8] {
        // Where a fault is, is only told where there is one: naming places takes longer than all the rest.
        if !isLeaf(value) { try requireLeaf(value, at: "") }
        return encode(value)
    }

    /// The largest integer that every JSON reader keeps exact (RFC 8259 section 6).
    package static let largestSafeInteger: Int64 = (1 << 53) - 1

    private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value) where value.magnitude <= UInt64(largestSafeInteger):
            JSONNumberText.append(value, to: &bytes)
        case .integer(let value): JSONNumberText.append(Double(value), to: &bytes)
        case .double(let value): JSONNumberText.append(value, to: &bytes)
        case .string(let value): JSONStringText.append(value, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object): append(object, to: &bytes)
        }
    }

    private static func append(_ object: JSONObject, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var members: [JSONObject.Member] = object.members
        // Most objects that are written here were made in order.
        let isSorted: Bool = zip(members, members.dropFirst()).allSatisfy { precedes($0.name, $1.name) }
        if !isSorted { members.sort { precedes($0.name, $1.name) } }
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONStringText.append(member.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(member.value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// The order of UTF-16 code units, found on UTF-8 bytes. It differs from the order of bytes in one case only:
    /// characters beyond U+FFFF (lead bytes F0 to F4) stand before U+E000 to U+FFFF (EE, EF), because their surrogates
    /// do.
    package static func precedes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        let shared = min(left.count, right.count)
        var index = 0
        while index < shared, left[index] == right[index] { index += 1 }
        guard index < shared else { return left.count < right.count }
        let (x, y) = (left[index], right[index])
        if x >= 0xEE, y >= 0xEE, (x >= 0xF0) != (y >= 0xF0) { return x >= 0xF0 }
        return x < y
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        ExactText.withBytes(left) { a in ExactText.withBytes(right) { b in precedes(a, b) } }
    }

    private static func isLeaf(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .string: true
        case .integer(let value): value.magnitude <= UInt64(largestSafeInteger)
        case .double: false
        case .array(let values): values.allSatisfy(isLeaf)
        case .object(let object): object.members.allSatisfy { isLeaf($0.value) }
        }
    }

    private static func requireLeaf(_ value: JSONValue, at pointer: String) throws(NotALeafValue) {
        switch value {
        case .null, .bool, .string: break
        case .integer(let value):
            guard value.magnitude <= UInt64(largestSafeInteger) else {
                throw NotALeafValue(pointer: pointer, reason: "an integer beyond 2^53 - 1")
            }
        case .double: throw NotALeafValue(pointer: pointer, reason: "a number that is not an integer")
        case .array(let values):
            for (index, value) in values.enumerated() {
                try requireLeaf(value, at: JSONPointer.appending(index, to: pointer))
            }
        case .object(let object):
            for member in object.members {
                try requireLeaf(member.value, at: JSONPointer.appending(member.name, to: pointer))
            }
        }
    }
}

/// A value that must not stand in a leaf of the audit log.
package struct NotALeafValue: Error, Equatable, Sendable {
    /// JSON Pointer (RFC 6901) to it.
    package let pointer: String
    /// What it is, as a noun phrase.
    package let reason: String

    /// Made by `CanonicalJSON.encodeLeaf`, and by tests to compare with.
    package init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }
}

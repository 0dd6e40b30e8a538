extension JSONFields {
    /// How many elements or members are taken where the caller names no limit.
    package static let defaultCountMax = 1_000

    /// A reader of the object in that member, or nil where it is absent. It finishes with this one.
    package func object(_ name: String) -> JSONFields? {
        present(name, isRequired: false).map { nest($0, at: pointer(to: name)) }
    }

    /// As above, and it must be there.
    package func requiredObject(_ name: String) -> JSONFields? {
        present(name, isRequired: true).map { nest($0, at: pointer(to: name)) }
    }

    /// The object in that member with everything inside it, unread: for free metadata.
    package func freeObject(_ name: String) -> JSONObject? {
        guard let value = present(name, isRequired: false) else { return nil }
        return value.object ?? refuse(value, at: pointer(to: name), "an object")
    }

    /// The elements of an array as they are.
    package func array(_ name: String, maxCount: Int = defaultCountMax) -> [JSONValue]? {
        present(name, isRequired: false).flatMap { elements($0, at: pointer(to: name), maxCount: maxCount) }
    }

    /// As above, and it must be there.
    package func requiredArray(_ name: String, maxCount: Int = defaultCountMax) -> [JSONValue]? {
        present(name, isRequired: true).flatMap { elements($0, at: pointer(to: name), maxCount: maxCount) }
    }

    /// An array of strings. Elements that are none are left out and faults.
    package func stringArray(
        _ name: String, maxCount: Int = defaultCountMax, maxBytes: Int = defaultStringBytesMax,
        allowsEmpty: Bool = false
    ) -> [String]? {
        array(name, maxCount: maxCount).map { values in
            values.enumerated().compactMap { index, value in
                text(
                    value, at: JSONPointer.appending(index, to: pointer(to: name)), maxBytes: maxBytes,
                    allowsEmpty: allowsEmpty)
            }
        }
    }

    /// A reader for each object of an array. They finish with this one.
    package func objectArray(_ name: String, maxCount: Int = defaultCountMax) -> [JSONFields]? {
        array(name, maxCount: maxCount).map { values in
            values.enumerated().map { nest($1, at: JSONPointer.appending($0, to: pointer(to: name))) }
        }
    }

    /// The members of an object whose names are free and whose values are strings, such as tags, in the order written.
    package func stringMap(
        _ name: String, maxCount: Int = defaultCountMax, maxNameBytes: Int = 256,
        maxBytes: Int = defaultStringBytesMax
    ) -> [(name: String, value: String)]? {
        map(name, maxCount: maxCount, maxNameBytes: maxNameBytes) { value, pointer in
            self.text(value, at: pointer, maxBytes: maxBytes, allowsEmpty: true)
        }
    }

    /// The same with numbers for values, such as metrics.
    package func numberMap(
        _ name: String, maxCount: Int = defaultCountMax, maxNameBytes: Int = 256
    ) -> [(name: String, value: Double)]? {
        map(name, maxCount: maxCount, maxNameBytes: maxNameBytes) { value, pointer in
            self.real(value, at: pointer, range: nil)
        }
    }

    private func map<Element>(
        _ name: String, maxCount: Int, maxNameBytes: Int, _ convert: (JSONValue, String) -> Element?
    ) -> [(name: String, value: Element)]? {
        guard let object = freeObject(name) else { return nil }
        let base = pointer(to: name)
        guard object.count <= maxCount else {
            faults.add(base, "must have at most \(maxCount) members, found \(object.count)")
            return nil
        }
        return object.members.compactMap { member in
            let pointer = JSONPointer.appending(member.name, to: base)
            guard (1...maxNameBytes).contains(member.name.utf8.count), !member.name.utf8.contains(0) else {
                faults.add(pointer, "the name must have 1 to \(maxNameBytes) bytes of UTF-8 and no U+0000")
                return nil
            }
            return convert(member.value, pointer).map { (name: member.name, value: $0) }
        }
    }

    private func elements(_ value: JSONValue, at pointer: String, maxCount: Int) -> [JSONValue]? {
        guard case .array(let values) = value else { return refuse(value, at: pointer, "an array") }
        guard values.count <= maxCount else {
            faults.add(pointer, "must have at most \(maxCount) elements, found \(values.count)")
            return nil
        }
        return values
    }
}

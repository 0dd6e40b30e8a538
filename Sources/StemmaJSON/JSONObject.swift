/// The members of a JSON object in the order they were written; names are unique.
///
/// Names are compared byte by byte, so two spellings of an accented letter are two names.
package struct JSONObject: Sendable {
    /// A name and its value.
    package struct Member: Sendable, Hashable {
        /// Without escapes, as the string it denotes.
        package let name: String
        /// Any value, `null` included.
        package var value: JSONValue

        /// See the members.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        package static func == (left: Member, right: Member) -> Bool {
            ExactText.areSame(left.name, right.name) && left.value == right.value
        }

        package func hash(into hasher: inout Hasher) {
            ExactText.hash(name, into: &hasher)
            hasher.combine(value)
        }
    }

    /// In the order they were written.
    package private(set) var members: [Member]

    /// The caller vouches that the names are unique.
    package init(_ members: [Member] = []) { self.members = members }

    /// True for `{}`.
    package var isEmpty: Bool { members.isEmpty }
    /// How many members there are.
    package var count: Int { members.count }

    /// The value of a member, or nil where there is none. Looks through the members in order.
    package subscript(name: String) -> JSONValue? {
        position(of: name).map { members[$0].value }
    }

    /// Gives the member that value, in its place where it exists, else at the end.
    package mutating func set(_ name: String, _ value: JSONValue) {
        if let position = position(of: name) {
            members[position].value = value
        } else {
            members.append(Member(name: name, value: value))
        }
    }

    /// Takes the member out and answers its value; nil where there was none.
    @discardableResult
    package mutating func remove(_ name: String) -> JSONValue? {
        position(of: name).map { members.remove(at: $0).value }
    }

    private func position(of name: String) -> Int? {
        members.firstIndex { ExactText.areSame($0.name, name) }
    }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if zip(left.members, right.members).allSatisfy({ ExactText.areSame($0.name, $1.name) }) {
            return zip(left.members, right.members).allSatisfy { $0.value == $1.value }
        }
        return left.sortedMembers() == right.sortedMembers()
    }

    /// Members are mixed by addition, which does not care for their order.
    package func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var one = Hasher()
            one.combine(member)
            sum &+= one.finalize()
        }
        hasher.combine(sum)
        hasher.combine(count)
    }

    private func sortedMembers() -> [Member] {
        members.sorted { ExactText.precedes($0.name, $1.name) }
    }
}

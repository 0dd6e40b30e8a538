/// What is known of many nodes, in few pieces of memory: a walk answers tens of thousands of them, and a string for each of
/// their names would cost more than finding them.
package struct LineageNodeTable: Sendable {
    /// The texts of a node, in the order in which they are added.
    package enum Text: Int, CaseIterable {
        case key
        case name
        /// Its own, or that of its model where it is a registered version.
        case owner
        case model
        case version
    }

    /// Everything of a node but its texts.
    package struct Facts: Sendable {
        package let id: Int64
        package let type: LineageEntityType
        package let versionID: Int64?
        /// Of a registered version.
        package let state: LifecycleState?
        package let isDeleted: Bool
        /// Whether any deployment of it was ever recorded.
        package let wasDeployed: Bool
        package let trainingHours: Double?
        package let hourlyCost: Double?

        package init(
            id: Int64, type: LineageEntityType, versionID: Int64?, state: LifecycleState?, isDeleted: Bool,
            wasDeployed: Bool, trainingHours: Double?, hourlyCost: Double?
        ) {
            self.id = id
            self.type = type
            self.versionID = versionID
            self.state = state
            self.isDeleted = isDeleted
            self.wasDeployed = wasDeployed
            self.trainingHours = trainingHours
            self.hourlyCost = hourlyCost
        }
    }

    package private(set) var facts: [Facts] = []
    /// The texts of all nodes, one after the other.
    private var bytes: [UInt8] = []
    /// Where each text ends; the complement of it where there is no such text.
    private var ends: [Int] = []

    package init() {}

    /// Adds a node; a call of `append(text:)` follows for each `Text`.
    package mutating func append(_ facts: Facts) { self.facts.append(facts) }

    /// Adds the next text of the node that was added last: its UTF-8, nil where it has none.
    package mutating func append(text: UnsafeRawBufferPointer?) {
        if let text { bytes.append(contentsOf: text) }
        ends.append(text == nil ? ~bytes.count : bytes.count)
    }

    /// Lends the UTF-8 of a text; nil where the node has none.
    package func withText<T>(_ text: Text, at position: Int, _ body: (Span<UInt8>) -> T) -> T? {
        let slot: Int = position * Text.allCases.count + text.rawValue
        let end: Int = ends[slot]
        guard end >= 0 else { return nil }
        let before: Int = slot == 0 ? 0 : ends[slot - 1]
        return body(bytes.span.extracting((before < 0 ? ~before : before)..<end))
    }

    package func text(_ text: Text, at position: Int) -> String? {
        withText(text, at: position) { span in
            span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
    }
}

extension LineageNodeTable: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { facts.count }

    package subscript(position: Int) -> LineageNodeRecord {
        let facts: Facts = facts[position]
        return LineageNodeRecord(
            id: facts.id, node: LineageNodeID(facts.type, text(.key, at: position) ?? ""),
            name: text(.name, at: position), owner: text(.owner, at: position), model: text(.model, at: position),
            versionID: facts.versionID, version: text(.version, at: position), state: facts.state,
            isDeleted: facts.isDeleted)
    }
}

/// What graphs and assessments say of a node.
package struct LineageNodeRecord: Sendable {
    package let id: Int64
    package let node: LineageNodeID
    package let name: String?
    /// Its own, or that of its model where it is a registered version.
    package let owner: String?
    package let model: String?
    package let versionID: Int64?
    package let version: String?
    /// Of a registered version.
    package let state: LifecycleState?
    package let isDeleted: Bool
}

internal import StemmaJSON

/// What a node of the lineage graph is; the entities of the specification.
package enum LineageEntityType: String, Sendable, CaseIterable {
    /// A database, a file, an API, a stream.
    case dataSource = "data_source"
    /// Data as it is trained or validated on.
    case dataset
    case feature
    /// A version of a model, registered here or elsewhere.
    case model
    /// What a model puts out, and what is decided by it.
    case prediction
    /// An application, a job, a deployment: whatever consumes.
    case system

    /// By the bytes of its name, which walks read tens of thousands of times.
    package init?(utf8: UnsafeRawBufferPointer) {
        switch (utf8.count, utf8.first) {
        case (5, UInt8(ascii: "m")): self = .model
        case (6, UInt8(ascii: "s")): self = .system
        case (7, UInt8(ascii: "d")): self = .dataset
        case (7, UInt8(ascii: "f")): self = .feature
        case (10, UInt8(ascii: "p")): self = .prediction
        case (11, UInt8(ascii: "d")): self = .dataSource
        default: return nil
        }
    }
}

/// What an edge says of its source and its target, read as a sentence: source *derives from* target.
package enum LineageRelationship: String, Sendable, CaseIterable {
    case derivesFrom = "derives_from"
    case versionOf = "version_of"
    case usesFeature = "uses_feature"
    case generates
    case influences
    case consumes

    /// The number by which stores know it. Those that must not form a cycle come first.
    package var code: Int64 {
        switch self {
        case .derivesFrom: 1
        case .versionOf: 2
        case .usesFeature: 3
        case .generates: 4
        case .influences: 5
        case .consumes: 6
        }
    }

    package init?(code: Int64) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }

    /// The highest code of those whose edges, taken together, must not form a cycle: nothing is its own ancestor.
    package static let lastAcyclicCode: Int64 = 2

    package var isAcyclic: Bool { code <= Self.lastAcyclicCode }

    /// Whether what the source is made of flows from it to the target; otherwise it flows from the target to the source.
    package var sourceIsUpstream: Bool {
        switch self {
        case .generates, .influences: true
        case .derivesFrom, .versionOf, .usesFeature, .consumes: false
        }
    }
}

/// Who told of an entity or an edge first.
package enum LineageOrigin: String, Sendable, CaseIterable {
    /// A version's own metadata: stays as long as the version is known.
    case registration
    /// Follows what is deployed.
    case deployment
    /// Follows who reads.
    case consumer
    /// OpenLineage events.
    case event
    case client

    /// The number by which stores know it at an edge.
    package var code: Int64 {
        switch self {
        case .registration: 1
        case .deployment: 2
        case .consumer: 3
        case .event: 4
        case .client: 5
        }
    }

    package init?(code: Int64) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }

    /// Whether the registry keeps it by itself, so that nobody takes it away by hand.
    var isManaged: Bool { self == .registration || self == .deployment || self == .consumer }
}

/// Names a node: `dataset:fraud_training_20240115`.
package struct LineageNodeID: Hashable, Sendable, CustomStringConvertible {
    package let type: LineageEntityType
    /// Any text on one line; a version's is its `model_id`.
    package let key: String

    package init(_ type: LineageEntityType, _ key: String) {
        self.type = type
        self.key = key
    }

    /// Reads `type:key`, split at the first colon. Throws `NameFault`.
    package init(validating text: String) throws(NameFault) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let type = LineageEntityType(rawValue: String(text[..<colon]))
        else { throw NameFault("must be type:id with one of the types \(Self.types)") }
        try self.init(type, validating: String(text[text.utf8.index(after: colon)...]))
    }

    /// Throws `NameFault` for a key that is empty, too long, or more than one line.
    package init(_ type: LineageEntityType, validating key: String) throws(NameFault) {
        let limit: Int = Limits().lineageKeyBytes
        guard (1...limit).contains(key.utf8.count) else { throw NameFault("must have an id of 1 to \(limit) bytes") }
        // Nearly every key is plain ASCII, for which the bytes are looked at once.
        if key.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }), let problem = CommonShapes.oneLine(key) {
            throw NameFault(problem)
        }
        self.init(type, key)
    }

    static let types: String = LineageEntityType.allCases.map(\.rawValue).joined(separator: ", ")

    package var description: String { "\(type.rawValue):\(key)" }

    package static func == (left: LineageNodeID, right: LineageNodeID) -> Bool {
        left.type == right.type && ExactText.areSame(left.key, right.key)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        ExactText.hash(key, into: &hasher)
    }

    /// The name of the model that a node of the type `model` belongs to: what stands before the version in a `model_id`, or
    /// the whole key.
    var modelName: String? {
        guard type == .model else { return nil }
        return (try? ModelID(validating: key))?.name.text ?? key
    }
}

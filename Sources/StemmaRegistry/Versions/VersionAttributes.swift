internal import StemmaJSON

/// The scalars of a version that filters and orderings can see, under the names that the filter grammar uses.
enum VersionAttributes {
    /// Members that are filterable by their bare name.
    private static let plain: [String] = [
        "domain", "use_case", "change_type", "model_type", "framework", "framework_version",
    ]
    /// Structured members whose scalars are filterable as `metadata.<member>.<path>`.
    private static let groups: [String] = [
        "training_data", "infrastructure_requirements", "dependencies", "lineage", "reproducibility", "risk",
    ]

    /// In no particular order, without duplicates, at most `limit`. Where a free metadata member has the name of a
    /// structured one, the structured one counts.
    static func collect(
        immutable: JSONObject, tags: JSONObject, metrics: JSONObject, limit: Int
    ) -> [(field: String, value: AttributeValue)] {
        var collector = Collector(limit: limit)
        for name in plain { collector.add(immutable[name], as: name) }
        for member in tags.members { collector.add(member.value, as: "tags." + member.name) }
        for member in metrics.members { collector.add(member.value, as: "metrics." + member.name) }
        for name in plain { collector.add(immutable[name], as: "metadata." + name) }
        for name in groups { collector.add(immutable[name], as: "metadata." + name) }
        for member in immutable["metadata"]?.object?.members ?? [] {
            collector.add(member.value, as: "metadata." + member.name)
        }
        return collector.attributes
    }

    /// Makes a stored version's attributes anew.
    static func store(_ record: VersionRecord, _ transaction: any MetadataTransaction) throws {
        let immutable: JSONObject =
            record.status == .ready
            ? try VersionDocument.current(of: record) : try VersionDocument.immutable(of: record)
        try transaction.setAttributes(
            version: record.id,
            collect(
                immutable: immutable, tags: try StoredJSON.object(record.tags),
                metrics: try StoredJSON.object(record.metrics), limit: Limits().attributesPerVersion))
    }

    private struct Collector {
        let limit: Int
        private(set) var attributes: [(field: String, value: AttributeValue)] = []
        private var seen: Set<String> = []

        init(limit: Int) { self.limit = limit }

        mutating func add(_ value: JSONValue?, as field: String) {
            switch value {
            case .string(let text): insert(field, .text(text))
            case .integer(let number): insert(field, .integer(number))
            case .double(let number): insert(field, .number(number))
            case .bool(let flag): insert(field, .boolean(flag))
            case .object(let object):
                for member in object.members { add(member.value, as: field + "." + member.name) }
            case .array, .null, nil: break
            }
        }

        private mutating func insert(_ field: String, _ value: AttributeValue) {
            guard attributes.count < limit, seen.insert(field).inserted else { return }
            attributes.append((field, value))
        }
    }
}

internal import StemmaRegistry

/// Rows with random values, for filters.
enum FilterSamples {
    private static let texts: [String] = [
        "", "a", "A", "ab", "aB", "abc", "a%b", "a_b", "é", "É", "e\u{301}", "z*", "[x]", "x?", "a\\b", "10", "it's",
        "🦊",
        "torch", "Torch",
    ]
    private static let numbers: [FilterValue] = [
        .integer(-1), .integer(0), .integer(1), .integer(2), .integer(10), .integer(9_007_199_254_740_993),
        .double(0.5),
        .double(1), .double(-2.25), .double(9_007_199_254_740_992), .double(0.1), .double(1e300),
    ]

    /// A text, number or boolean, or nothing.
    static func scalar(_ random: inout SeededGenerator) -> FilterValue? {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: nil
        case 1: .boolean(Bool.random(using: &random))
        case 2: random.pick(numbers)
        default: .string(random.pick(texts))
        }
    }

    private static func text(_ random: inout SeededGenerator) -> String? {
        random.oneIn(3) ? nil : random.pick(texts)
    }

    static func versions(
        _ store: any MetadataStore, _ random: inout SeededGenerator
    ) async throws -> [FilterSample] {
        let plans: [(values: [FieldPath: FilterValue], version: String)] = (0..<60).map { number in
            let suffix: String = random.pick(["", "-rc.1", "-alpha", "+build.\(number)"])
            return (versionValues(&random), "\(number % 7).\(number).0\(suffix)")
        }
        return try await store.change { transaction in
            var models: [String: Int64] = [:]
            return try plans.map { plan in
                try insert(plan.values, version: plan.version, into: &models, transaction)
            }
        }
    }

    private static func versionValues(_ random: inout SeededGenerator) -> [FieldPath: FilterValue] {
        var values: [FieldPath: FilterValue] = [:]
        values[FieldPath(["model"])] = .string(random.pick(["fraud", "Fraud", "ch%rn"]))
        values[FieldPath(["state"])] = .string(
            random.pick(LifecycleState.allCases.filter { $0 != .production }).rawValue)
        values[FieldPath(["status"])] = .string(random.pick([VersionStatus.draft, .ready]).rawValue)
        values[FieldPath(["description"])] = text(&random).map { .string($0) }
        values[FieldPath(["created_by"])] = .string(random.pick(["ada", "bob"]))
        values[FieldPath(["created_at"])] = .time(Seed.moment(Int64.random(in: 0..<6, using: &random)).milliseconds)
        values[FieldPath(["size_bytes"])] = .integer(Int64.random(in: 0..<4, using: &random))
        for name in ["framework", "model_type", "change_type"] {
            values[FieldPath([name])] = text(&random).map { .string($0) }
        }
        for name in ["auc", "loss.test"] where !random.oneIn(3) {
            values[FieldPath(["metrics", name])] = random.pick(numbers)
        }
        for path in [
            ["tags", "team"], ["tags", "a.b"], ["metadata", "x"], ["metadata", "training_data", "row_count"],
        ] {
            values[FieldPath(path)] = scalar(&random)
        }
        return values
    }

    private static func insert(
        _ given: [FieldPath: FilterValue], version: String, into models: inout [String: Int64],
        _ transaction: any MetadataTransaction
    ) throws -> FilterSample {
        let text: (String) -> String? = { name in
            if case .string(let text) = given[FieldPath([name])] { text } else { nil }
        }
        let model: String = text("model") ?? ""
        let modelID: Int64 = try models[model] ?? Seed.model(transaction, model)
        models[model] = modelID
        guard case .time(let created) = given[FieldPath(["created_at"])],
            case .integer(let size) = given[FieldPath(["size_bytes"])]
        else { throw ContractFailure(message: "a sample without time and size", file: #fileID, line: #line) }
        let id: Int64 = try Seed.version(
            transaction, of: modelID, version, status: VersionStatus(rawValue: text("status") ?? "") ?? .ready,
            state: LifecycleState(rawValue: text("state") ?? "") ?? .development, description: text("description"),
            sizeBytes: size, at: Timestamp(milliseconds: created), by: text("created_by") ?? "ada")
        let fixed: Set<String> = ["framework", "model_type", "change_type"]
        var attributes: [(field: String, value: AttributeValue)] = []
        for (path, value) in given where path.segments.count > 1 || fixed.contains(path.segments[0]) {
            attributes.append((path.description, try attribute(value)))
        }
        try transaction.setAttributes(version: id, attributes)
        var values: [FieldPath: FilterValue] = given
        values[FieldPath(["version"])] = .version(try expectSome(SemanticVersion(version), version))
        values[FieldPath(["model_id"])] = .string("\(model)_v\(version)")
        values[FieldPath(["updated_at"])] = .time(created)
        let record = try expectSome(try transaction.version(id: id), "the version")
        values[FieldPath(["number"])] = .integer(record.number)
        return FilterSample(id: id, values: values)
    }

    private static func attribute(_ value: FilterValue) throws -> AttributeValue {
        switch value {
        case .string(let text): return .text(text)
        case .integer(let number): return .integer(number)
        case .double(let number): return .number(number)
        case .boolean(let flag): return .boolean(flag)
        case .time, .version: throw ContractFailure(message: "no attribute", file: #fileID, line: #line)
        }
    }
}

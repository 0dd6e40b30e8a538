internal import StemmaRegistry

/// A row with the values that the evaluator sees.
struct FilterSample: Sendable {
    let id: Int64
    /// By the field's path.
    let values: [FieldPath: FilterValue]

    /// The lookup of `FilterExpression.matches`.
    @Sendable
    func value(_ path: FieldPath) -> FilterValue? { values[path] }
}

/// Random trees over a schema, with literals that the samples hold, or nearly.
struct RandomFilter {
    private let fields: [FilterField]
    private let values: [FilterValue]

    init(samples: [FilterSample], schema: FilterSchema) throws {
        let paths: Set<FieldPath> = Set(samples.flatMap(\.values.keys))
        // In a fixed order, so that the seed decides everything.
        let known: [FilterField] = paths.sorted { $0.description < $1.description }.compactMap(schema.field)
        let absent: FilterField? = schema.field(FieldPath(["tags", "absent"]))
        fields = known + (absent.map { [$0] } ?? [])
        values = known.flatMap { field in samples.compactMap { $0.values[field.path] } }
        try expect(known.count == paths.count, "a sample has a field that the schema does not know")
    }

    func tree(_ random: inout SeededGenerator, depth: Int = 4) -> FilterExpression {
        guard depth > 0, !random.oneIn(3) else { return test(&random) }
        let parts: [FilterExpression] = (0..<Int.random(in: 2...3, using: &random)).map { _ in
            tree(&random, depth: depth - 1)
        }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .not(parts[0])
        case 1, 2: return .all(parts)
        default: return .any(parts)
        }
    }

    private func test(_ random: inout SeededGenerator) -> FilterExpression {
        let field: FilterField = random.pick(fields)
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            return .isNull(field)
        case 1:
            return pattern(field, &random)
        case 2:
            let first: FilterValue = literal(field, &random)
            let others: [FilterValue] = (0..<5).map { _ in literal(field, &random) }
            return .membership(field, [first] + others.filter { FilterRelation.equal.holds(first, $0) != nil })
        default:
            return .comparison(field, random.pick(FilterRelation.allCases), literal(field, &random))
        }
    }

    /// A value that the field's type allows. Fields of any type get values of every scalar type.
    private func literal(_ field: FilterField, _ random: inout SeededGenerator) -> FilterValue {
        let fitting: [FilterValue] = values.filter { RandomFilter.fits($0, field.type) }
        let value: FilterValue = random.pick(fitting)
        switch value {
        case .integer(let number) where random.oneIn(3): return .double(Double(number))
        case .double(let number) where random.oneIn(3): return .integer(Int64(exactly: number.rounded()) ?? 0)
        default: return value
        }
    }

    private static func fits(_ value: FilterValue, _ type: FilterType) -> Bool {
        switch (type, value) {
        case (.string, .string), (.number, .integer), (.number, .double), (.boolean, .boolean), (.time, .time),
            (.version, .version), (.any, .string), (.any, .integer), (.any, .double), (.any, .boolean):
            true
        default: false
        }
    }

    private func pattern(_ field: FilterField, _ random: inout SeededGenerator) -> FilterExpression {
        let texts: [String] = values.compactMap { value in
            switch value {
            case .string(let text): text
            case .version(let version): version.text
            default: nil
            }
        }
        var pattern: String = ""
        for character in random.pick(texts).unicodeScalars.prefix(12) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: pattern += "%"
            case 1: pattern += "_"
            case 2: pattern += "\\\(character)"
            case 3: pattern += String(character).uppercased()
            case 4 where character != "\\": pattern += "\(character)%"
            default: if character != "\\" { pattern.unicodeScalars.append(character) }
            }
        }
        let isCaseSensitive: Bool = Bool.random(using: &random)
        guard let made = FilterPattern(pattern, isCaseSensitive: isCaseSensitive) else { return .isNull(field) }
        return .pattern(field, made)
    }
}

internal import StemmaRegistry

/// Promises of lists about orders: that pages joined together are what sorting the whole would give.
enum OrderChecks {
    static let all: [MetadataStoreContract.Check] = [
        .init("versions come in any order that is asked for, page by page") { store in
            try await agree(store, .versions, FilterSamples.versions) { order, limit in
                try await ListWalk.versions(store, nil, order, limit: limit).flatMap { $0 }.map(\.id)
            }
        },
        .init("models come in any order that is asked for, page by page") { store in
            try await agree(store, .models, FilterSamples.models) { order, limit in
                try await ListWalk.models(store, order, limit: limit).flatMap { $0 }.map(\.id)
            }
        },
        .init("audit events come in any order that is asked for, page by page") { store in
            try await agree(store, .audit, FilterSamples.events) { order, limit in
                try await ListWalk.events(store, order, limit: limit).flatMap { $0 }.map(\.sequence)
            }
        },
    ]

    private static func agree(
        _ store: any MetadataStore, _ schema: FilterSchema,
        _ fill: @Sendable (any MetadataStore, inout SeededGenerator) async throws -> [FilterSample],
        _ list: (_ order: String, _ limit: Int) async throws -> [Int64]
    ) async throws {
        var random = SeededGenerator(for: "orders")
        let samples: [FilterSample] = try await fill(store, &random)
        let paths: [FieldPath] = Set(samples.flatMap(\.values.keys)).sorted { $0.description < $1.description }
        for _ in 0..<40 {
            let chosen: ArraySlice<FieldPath> = paths.shuffled(using: &random)
                .prefix(Int.random(in: 1...Ordering.termsMax, using: &random))
            let order: String = chosen.map { "\(quoted($0))\(Bool.random(using: &random) ? " desc" : "")" }
                .joined(separator: ", ")
            let ordering: Ordering = try Ordering.parse(order, fields: schema)
            let wanted: [Int64] = samples.sorted { precedes($0, $1, ordering) }.map(\.id)
            let found: [Int64] = try await list(order, Int.random(in: 1...17, using: &random))
            try expectEqual(found, wanted, "seed \(random.seed): \(order)")
        }
    }

    /// A path whose names may hold anything.
    private static func quoted(_ path: FieldPath) -> String {
        path.segments.map { "`\($0)`" }.joined(separator: ".")
    }

    /// What `ListQuery` says, in the plainest way.
    private static func precedes(_ left: FilterSample, _ right: FilterSample, _ ordering: Ordering) -> Bool {
        for term in ordering.terms {
            switch (left.value(term.field.path), right.value(term.field.path)) {
            case (nil, nil): continue
            case (nil, _?): return false
            case (_?, nil): return true
            case (let a?, let b?):
                if isLess(a, b) { return term.isAscending }
                if isLess(b, a) { return !term.isAscending }
            }
        }
        return ordering.terms[0].isAscending ? left.id < right.id : left.id > right.id
    }

    /// Numbers come before texts, texts before booleans.
    private static func isLess(_ left: FilterValue, _ right: FilterValue) -> Bool {
        FilterRelation.less.holds(left, right) ?? (rank(left) < rank(right))
    }

    private static func rank(_ value: FilterValue) -> Int {
        switch value {
        case .integer, .double, .time: 0
        case .string: 1
        case .boolean, .version: 2
        }
    }
}

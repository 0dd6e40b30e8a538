internal import StemmaRegistry
internal import Synchronization

/// Promises of `MetadataStore` itself.
enum TransactionChecks {
    private struct Refusal: Error {}

    /// What was published, in order.
    private final class Published: Sendable {
        private let sequences = Mutex<[Int64]>([])

        var all: [Int64] { sequences.withLock { $0 } }

        func add(_ sequence: Int64) { sequences.withLock { $0.append(sequence) } }
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("a body that throws leaves no trace and its error arrives") { store in
            do {
                try await store.change { transaction in
                    _ = try Seed.model(transaction, "fraud")
                    throw Refusal()
                }
                throw ContractFailure(message: "nothing was thrown", file: #fileID, line: #line)
            } catch is Refusal {}
            let model: ModelRecord? = try await store.read { try $0.model(named: "fraud") }
            try expect(model == nil, "the model was kept")
            let principal: Int64? = try await store.read { try $0.principal(subject: "ada") }
            try expect(principal == nil, "the principal was kept")
        },
        .init("a refused verb leaves the rest of its transaction usable") { store in
            let names: [String] = try await store.change { transaction in
                _ = try Seed.model(transaction, "fraud")
                do {
                    _ = try Seed.model(transaction, "fraud")
                    return []
                } catch let error as StemmaError where error.code == .modelExists {
                    _ = try Seed.model(transaction, "churn")
                }
                return try ["fraud", "churn"].filter { try transaction.model(named: $0) != nil }
            }
            try expectEqual(names, ["fraud", "churn"])
        },
        .init("committed runs in the order of the commits, before the write answers") { store in
            let published = Published()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask { try await publish(number, in: store, to: published) }
                }
                try await group.waitForAll()
            }
            try expectEqual(published.all, Array(0..<40))
        },
        .init("a read sees every write that was answered before") { store in
            for number in 0..<20 {
                try await store.change { transaction in try transaction.setSetting("n", to: [UInt8(number)]) }
                let value: [UInt8]? = try await store.read { try $0.setting("n") }
                try expectEqual(value, [UInt8(number)])
            }
        },
        .init("writes are taken while nothing failed") { store in
            try expect(store.writesSuspendedReason == nil, "a reason without a failure")
        },
    ]
    private static func publish(
        _ number: Int, in store: any MetadataStore, to published: Published
    ) async throws {
        let sequence: Int64 = try await store.write(
            { transaction in try Seed.event(transaction, "event.\(number)", .registry) },
            committed: { sequence in published.add(sequence) })
        try expect(published.all.contains(sequence), "answered before it was published")
    }
}

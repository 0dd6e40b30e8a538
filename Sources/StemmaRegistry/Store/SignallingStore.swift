/// A store that tells of every commit.
struct SignallingStore: MetadataStore {
    let store: any MetadataStore
    let signal: @Sendable () -> Void

    func read<T: Sendable>(_ body: @escaping @Sendable (any MetadataReader) throws -> T) async throws -> T {
        try await store.read(body)
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any MetadataTransaction) throws -> T, committed: (@Sendable (T) -> Void)?
    ) async throws -> T {
        let signal: @Sendable () -> Void = self.signal
        return try await store.write(
            body,
            committed: { result in
                committed?(result)
                signal()
            })
    }

    func expunge(_ text: ErasureText, rewriteBytes: Int64) async throws -> Int {
        try await store.expunge(text, rewriteBytes: rewriteBytes)
    }

    var writesSuspendedReason: String? { store.writesSuspendedReason }
}

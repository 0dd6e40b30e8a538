internal import StemmaJSON
internal import Synchronization

/// The definition in force, read once for each revision.
package final class LifecycleBook: Sendable {
    private let current = Mutex<LifecycleRevision?>(nil)

    /// Stores `initial` as the first revision where there is none. What a registry starts with is part of the program
    /// as its schema is; events of transitions name the digest of the definition that they obeyed.
    static func open(
        _ store: any MetadataStore, _ environment: Environment, initial: JSONValue
    ) async throws -> LifecycleBook {
        let definition = try LifecycleDefinition(initial)
        try await store.write(
            { transaction in
                guard try transaction.lifecycleRevisionInForce() == 0 else { return }
                try transaction.insertLifecycleDefinition(
                    StoredJSON.text(definition.json.object ?? JSONObject()), revision: 1, at: environment.now(), by: nil
                )
            }, committed: nil)
        return LifecycleBook()
    }

    /// The revision in force as the reader sees it. Throws `internalError` where none was ever stored.
    package func inForce(_ reader: any MetadataReader) throws -> LifecycleRevision {
        let number: Int64 = try reader.lifecycleRevisionInForce()
        if let known = current.withLock({ $0 }), known.revision == number { return known }
        guard let record = try reader.lifecycleDefinition(nil) else {
            throw StemmaError(.internalError, "no lifecycle is defined", cause: "lifecycle_revision is empty")
        }
        let revision: LifecycleRevision = try Self.read(record)
        // The one transaction that may still roll back a revision is the one that stores it, and that one does not ask.
        current.withLock { $0 = revision }
        return revision
    }

    static func read(_ record: LifecycleDefinitionRecord) throws -> LifecycleRevision {
        LifecycleRevision(
            revision: record.revision, definition: try LifecycleDefinition(.object(try StoredJSON.object(record.json))),
            created: record.created, createdBy: record.createdBy)
    }
}

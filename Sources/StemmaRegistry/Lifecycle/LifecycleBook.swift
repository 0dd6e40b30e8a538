internal import StemmaJSON
internal import Synchronization

/// The definition in force, parsed once for each revision.
package final class LifecycleBook: Sendable {
    /// Committed for certain: whoever puts it here has seen its commit.
    private let current: Mutex<LifecycleRevision>

    private init(_ revision: LifecycleRevision) { current = Mutex(revision) }

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
        return LifecycleBook(try await store.read { try LifecycleBook.stored($0) })
    }

    /// The revision in force as the reader sees it. Throws `internalError` where none was ever stored.
    package func inForce(_ reader: any MetadataReader) throws -> LifecycleRevision {
        let number: Int64 = try reader.lifecycleRevisionInForce()
        let known: LifecycleRevision = current.withLock { $0 }
        // A transaction may see a revision that will be rolled back yet, and its number be given to another one.
        return known.revision == number ? known : try LifecycleBook.stored(reader)
    }

    /// Reads the revision that is in force now, after another one was committed.
    func refresh(_ store: any MetadataStore) async throws {
        let stored: LifecycleRevision = try await store.read { try LifecycleBook.stored($0) }
        current.withLock { if $0.revision < stored.revision { $0 = stored } }
    }

    private static func stored(_ reader: any MetadataReader) throws -> LifecycleRevision {
        guard let record = try reader.lifecycleDefinition(nil) else {
            throw StemmaError(.internalError, "no lifecycle is defined", cause: "lifecycle_revision is empty")
        }
        return try LifecycleRevision(record)
    }
}

extension LifecycleRevision {
    /// Throws `internalError` where the stored definition is damaged.
    init(_ record: LifecycleDefinitionRecord) throws {
        self.init(
            revision: record.revision, definition: try LifecycleDefinition(.object(try StoredJSON.object(record.json))),
            created: record.created, createdBy: record.createdBy)
    }
}

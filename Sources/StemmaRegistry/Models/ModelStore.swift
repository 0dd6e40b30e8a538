/// Reading models.
package protocol ModelReader {
    /// The model of exactly that name, deleted ones included.
    func model(named name: String) throws -> ModelRecord?

    /// Models that are not deleted. Sort fields: those of `FilterSchema.models`.
    func models(_ query: ListQuery) throws -> Page<ModelRecord>
}

/// Changing models. Every verb changes `updated` and `revision` of the row.
package protocol ModelWriter {
    /// The new row's key. Throws `modelExists` where the name was ever used.
    func insertModel(name: String, fields: ModelFields, created: Timestamp, createdBy: Int64) throws -> Int64

    func updateModel(_ id: Int64, fields: ModelFields, at moment: Timestamp) throws

    /// Counts one more registration and answers its number, starting with 1.
    func takeRegistrationNumber(model id: Int64) throws -> Int64

    /// Adds to the count of published versions.
    func addToVersionCount(model id: Int64, _ difference: Int64, at moment: Timestamp) throws

    /// Tombstones the model and all its versions, and removes its aliases and drafts.
    func deleteModel(_ id: Int64, at moment: Timestamp) throws
}

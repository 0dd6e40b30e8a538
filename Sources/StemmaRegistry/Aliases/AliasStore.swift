/// Reading aliases.
package protocol AliasReader {
    func alias(model id: Int64, named alias: String) throws -> AliasRecord?

    /// A model's aliases by name.
    func aliases(model id: Int64) throws -> [AliasRecord]

    /// Every alias of every model that is not deleted: what is loaded at start.
    func forEachAlias(_ body: (AliasRecord) throws -> Void) throws
}

package protocol AliasWriter {
    /// Sets or moves; counts the alias's revision up.
    func putAlias(model id: Int64, alias: String, version: Int64, at moment: Timestamp, by principal: Int64) throws

    /// False where there was none.
    func removeAlias(model id: Int64, alias: String) throws -> Bool
}
